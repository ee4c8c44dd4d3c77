"""Nothing leaves the machine unless it was asked to: the hub's client is told so before it is used.

The environment counts for what is imported or started later; a client that is loaded already keeps its settings in a module, which is
told as well. Telemetry stays off in either case.
"""

import os
import sys


def stay_offline(allow_hub: bool = False) -> None:
    """Forbid the hub and telemetry to this process; ``allow_hub`` forbids the telemetry only."""
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    if not allow_hub:
        os.environ["HF_HUB_OFFLINE"] = "1"
    constants = sys.modules.get("huggingface_hub.constants")
    if constants is not None:
        constants.HF_HUB_DISABLE_TELEMETRY = True  # type: ignore[attr-defined]
        constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE or not allow_hub  # type: ignore[attr-defined]
