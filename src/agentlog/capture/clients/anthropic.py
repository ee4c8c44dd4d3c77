"""Which requests of Anthropic's client ask a model, and what they ask: messages.

Whatever a request says beside its system prompt, messages, tools and model are its parameters.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from agentlog.capture.clients.client import Beginner, Watch, logged_client
from agentlog.capture.prompt import Prompt
from agentlog.capture.recording import Told
from agentlog.formats import anthropic

C = TypeVar("C")
_PLACED = ("system", "messages", "tools", "model")


def wrap_anthropic(
    logger: Beginner, client: C, *, role: Told = None, task_type: Told = None, metadata: Mapping[str, Any] | None = None
) -> C:
    """A copy of an ``Anthropic`` or ``AsyncAnthropic`` client, or of one of a class derived from them, whose model calls are logged.

    ``role`` and ``task_type`` are texts, or functions of what a request sends, by name: ``role=lambda **sent: sent["model"]``.
    Without a role, a call has that of the logged call within which it is made.

    Raises:
        SettingError: ``client`` is no client of the package ``anthropic``.
    """
    return logged_client(client, Watch(logger, "anthropic", read_prompt, role, task_type, metadata))


def read_prompt(path: str, body: dict[str, Any]) -> Prompt | None:
    """What a request asks a model; None if it asks none."""
    if not path.endswith("/messages"):
        return None
    params = {name: part for name, part in body.items() if name not in _PLACED}
    arguments = {} if anthropic.fits(body) else {"messages": body["messages"]}
    return Prompt(anthropic.read_input(body), anthropic.read_tools(body.get("tools")), params, arguments=arguments)
