"""Which requests of OpenAI's client ask a model, and what they ask: chat completions and responses.

Whatever a request says beside its messages, tools and model are its parameters.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from agentlog.capture.clients.client import Beginner, Watch, logged_client
from agentlog.capture.prompt import Prompt
from agentlog.capture.recording import Told
from agentlog.formats import openai_responses
from agentlog.formats.response import tree

C = TypeVar("C")


def wrap_openai(logger: Beginner, client: C, *, role: Told = None, task_type: Told = None, metadata: Mapping[str, Any] | None = None) -> C:
    """A copy of an ``OpenAI`` or ``AsyncOpenAI`` client, or of one of a class derived from them, whose model calls are logged.

    ``role`` and ``task_type`` are texts, or functions of what a request sends, by name: ``role=lambda **sent: sent["model"]``.
    Without a role, a call has that of the logged call within which it is made.

    Raises:
        SettingError: ``client`` is no client of the package ``openai``.
    """
    return logged_client(client, Watch(logger, "openai", read_prompt, role, task_type, metadata))


def read_prompt(path: str, body: dict[str, Any]) -> Prompt | None:
    """What a request asks a model; None if it asks none."""
    if path.endswith("/chat/completions"):
        params = _without(body, "messages", "tools", "model")
        return Prompt(tree(body.get("messages")), tree(body.get("tools") or ()), params)
    if path.endswith("/responses"):
        fits = openai_responses.fits(body)
        params = _without(body, "input", "instructions", "tools", "model")
        tools = openai_responses.read_tools(body.get("tools"))
        return Prompt(openai_responses.read_input(body), tools, params, arguments={} if fits else {"input": body["input"]})
    return None


def _without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: part for name, part in body.items() if name not in names}
