"""Engines by the name that a user gives."""

from agentlog._extras import require_installed
from agentlog.engines.base import Engine
from agentlog.engines.cpus import available_cpus
from agentlog.engines.process import ProcessEngine
from agentlog.engines.ray import RayEngine
from agentlog.engines.serial import SerialEngine
from agentlog.errors import SettingError

ENGINES = ("serial", "process", "ray")


def make_engine(name: str, workers: int | None = None, address: str | None = None) -> Engine:
    """The engine of that name. Nothing is started before its first map.

    Args:
        name: one of `ENGINES`.
        workers: how many processes work; by default one for each CPU that this process may use, on a Ray cluster all that it has.
        address: the Ray cluster to use, ``host:port`` or ``auto``; by default Ray runs on this machine, for this engine alone.

    Raises:
        SettingError: there is no such engine, or it cannot do with these workers or this address.
        MissingExtraError: Ray is asked for and not installed.
    """
    if name not in ENGINES:
        raise SettingError(f"unknown engine {name!r}: choose from {', '.join(ENGINES)}")
    if workers is not None and workers < 1:
        raise SettingError(f"workers is {workers}: an engine needs at least 1")
    if address is not None and name != "ray":
        raise SettingError(f"the engine {name} has no address: only ray runs on a cluster")
    if name == "serial":
        if workers not in (None, 1):
            raise SettingError(f"the engine serial has one worker, not {workers}: use the engine process")
        return SerialEngine()
    if name == "process":
        return ProcessEngine(workers or available_cpus())
    for module in ("ray", "pyarrow"):
        require_installed(module, "ray")
    return RayEngine(workers, address)
