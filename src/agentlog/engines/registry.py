"""Engines by the name that a user gives."""

from agentlog.engines.base import Engine
from agentlog.engines.serial import SerialEngine
from agentlog.errors import SettingError

ENGINES = ("serial",)


def make_engine(name: str) -> Engine:
    """The engine of that name.

    Raises:
        SettingError: there is none; the message names those there are.
    """
    if name not in ENGINES:
        raise SettingError(f"unknown engine {name!r}: choose from {', '.join(ENGINES)}")
    return SerialEngine()
