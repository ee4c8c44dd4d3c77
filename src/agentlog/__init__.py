"""agentlog: every call of your LLM agents becomes a record, every record can become training, every adapter is proven.

This is the one door. Names are looked up when they are first used, so that ``import agentlog`` costs next to nothing and loads
neither pydantic nor any numerical package.
"""

# Type checkers know this name; taking it from typing would make up most of the time that importing agentlog takes.
TYPE_CHECKING = False

__version__ = "0.5.1"

__all__ = [
    "AgentLogger",
    "AgentlogError",
    "build_dataset",
    "log_interaction",
    "near_duplicates",
    "read_interactions",
    "scrub",
]

_HOMES = {
    "AgentLogger": "agentlog.capture.logger",
    "AgentlogError": "agentlog.errors",
    "build_dataset": "agentlog.build.run",
    "log_interaction": "agentlog.capture.decorator",
    "near_duplicates": "agentlog.stages.dedup_near",
    "read_interactions": "agentlog.store.reader",
    "scrub": "agentlog.stages.scrub",
}

if TYPE_CHECKING:
    from agentlog.build.run import build_dataset
    from agentlog.capture.decorator import log_interaction
    from agentlog.capture.logger import AgentLogger
    from agentlog.errors import AgentlogError
    from agentlog.stages.dedup_near import near_duplicates
    from agentlog.stages.scrub import scrub
    from agentlog.store.reader import read_interactions


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'agentlog' has no attribute {name!r}")
    import importlib

    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
