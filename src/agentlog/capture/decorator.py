"""log_interaction: a decorator after which every call of a function is in the log."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from agentlog.capture.default import default_logger
from agentlog.capture.logger import AgentLogger
from agentlog.capture.recording import Facts, Told, record_function
from agentlog.capture.told import checked
from agentlog.errors import SettingError

F = TypeVar("F", bound=Callable[..., Any])


def log_interaction(
    role: Told = None,
    task_type: Told = None,
    *,
    logger: AgentLogger | None = None,
    model: Any = None,
    metadata: Mapping[str, Any] | None = None,
    prompt: Callable[..., Any] | None = None,
    output: Callable[[Any], Any] | None = None,
) -> Callable[[F], F]:
    """Log every call of a function, coroutine function, generator function, async generator function or method.

    ``role`` and ``task_type`` are texts, or functions of the call's arguments; without ``role``, an argument ``agent`` or the object whose
    method this is may have one. ``prompt`` is a function from the call's arguments to what was asked, ``output`` one from the result to
    what was answered, for functions whose prompt and answer are not found by themselves. ``model`` is a name, or a dictionary with name,
    provider, revision and quantization; without it the answer may say. Without ``logger``, the default logger is used, which
    writes to AGENTLOG_DIR or ``agentlog-data``. `agentlog.capture.prompt` and `agentlog.capture.answer` say what is recorded of
    arguments and results.

    Raises:
        SettingError: it stands above a class or a property; it was told what cannot be used; or it was written without brackets, which
            is found out at the first call.
    """
    facts = checked(Facts(role, task_type, model, metadata, prompt, output))
    if logger is not None and not isinstance(logger, AgentLogger):
        raise SettingError(f"logger is {logger!r:.60}: give an AgentLogger, or leave it out to log to AGENTLOG_DIR or agentlog-data")

    def decorate(function: F) -> F:
        if isinstance(function, functools.partialmethod):
            return cast(F, functools.partialmethod(decorate(function.func), *function.args, **function.keywords))
        if isinstance(function, staticmethod | classmethod):
            return cast(F, type(function)(record_function(function.__func__, facts, logger or default_logger)))
        if not callable(function):
            raise SettingError(f"{type(function).__name__} is no function: write @log_interaction(role=…) directly above the function")
        return cast(F, record_function(function, facts, logger or default_logger))

    return decorate
