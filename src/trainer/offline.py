"""Nothing leaves the machine unless it was asked to: the hub's client is told so before it is used.

The environment counts for what is imported or started later; a client that is loaded already keeps its settings in a module, which is
told as well. Telemetry stays off in either case. Importing is a use too: bitsandbytes, which peft imports where it is installed, asks
the hub for a kernel the moment it is imported, and would run what it finds.
"""

import logging
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from agentlog._extras import require_all

_OFFLINE = "HF_HUB_OFFLINE"


def stay_offline(allow_hub: bool = False) -> None:
    """Forbid the hub and telemetry to this process; ``allow_hub`` forbids the telemetry only."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    if not allow_hub:
        os.environ[_OFFLINE] = "1"
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:
        constants.HF_HUB_DISABLE_TELEMETRY = True  # type: ignore[attr-defined]
        constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE or not allow_hub  # type: ignore[attr-defined]


def require_offline(modules: Iterable[str], extra: str) -> None:
    """Make sure that optional modules are there, and that importing them asks the hub for nothing, whatever is allowed later.

    Raises:
        MissingExtraError: one is not installed; the message says which extra brings it.
    """
    with _offline():
        require_all(modules, extra)


@contextmanager
def _offline() -> Iterator[None]:
    said = os.environ.get(_OFFLINE)
    constants = sys.modules.get("huggingface_hub.constants")
    was = said is not None and said.upper() in {"1", "ON", "YES", "TRUE"} if constants is None else constants.HF_HUB_OFFLINE
    log = logging.getLogger("bitsandbytes")
    level = log.level
    log.setLevel(logging.ERROR)  # it would say that the kernel could not be had
    stay_offline()
    try:
        yield
    finally:
        log.setLevel(level)
        if said is None:
            del os.environ[_OFFLINE]
        else:
            os.environ[_OFFLINE] = said
        loaded = sys.modules.get("huggingface_hub.constants")
        if loaded is not None:
            loaded.HF_HUB_OFFLINE = was  # type: ignore[attr-defined]
