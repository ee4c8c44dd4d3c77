"""The logger of those who name none: made when it is first needed, from the environment."""

from agentlog.capture.logger import AgentLogger

_default: AgentLogger | None = None


def default_logger() -> AgentLogger:
    """The default logger."""
    global _default
    if _default is None:
        _default = AgentLogger()
    return _default


def replace_default_logger(logger: AgentLogger | None) -> AgentLogger | None:
    """Make this the default logger and return the one before; with None the next use makes a new one."""
    global _default
    before, _default = _default, logger
    return before
