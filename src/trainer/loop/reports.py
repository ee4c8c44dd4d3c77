"""Reports: TensorBoard, MLflow and W&B, through transformers' own callbacks. Asked for by name, kept on this machine unless said otherwise.

Each must be installed before the first step is taken. Without a server or a mode of the user's own, what they write stays in the run's
folder and nothing is sent anywhere.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from agentlog._extras import require_installed
from agentlog.errors import MissingExtraError

_MODULES = {"tensorboard": ("tensorboard", "tensorboardX"), "mlflow": ("mlflow",), "wandb": ("wandb",)}


def insist_on_reports(names: Iterable[str]) -> None:
    """Make sure that whatever a run is to report to is there.

    Raises:
        MissingExtraError: one is not installed.
    """
    for name in names:
        _insist_on(name)


def prepare_reports(names: Sequence[str], run: Path) -> None:
    """Make sure that every report can be written, and that none leaves this machine without being told to.

    Raises:
        MissingExtraError: one is not installed.
    """
    insist_on_reports(names)
    for name in names:
        folder = run / "reports" / name
        # The libraries read these when they begin; what the user has set stands.
        if name == "tensorboard":
            os.environ["TENSORBOARD_LOGGING_DIR"] = str(folder)
        elif name == "mlflow":
            os.environ.setdefault("MLFLOW_TRACKING_URI", folder.absolute().as_uri())
        else:
            folder.mkdir(parents=True, exist_ok=True)
            os.environ.setdefault("WANDB_MODE", "offline")
            os.environ.setdefault("WANDB_DIR", str(folder))


def _insist_on(name: str) -> None:
    for module in _MODULES[name]:
        try:
            require_installed(module, "train")
        except MissingExtraError:
            continue
        return
    raise MissingExtraError(f"{name} is not installed, and the run is to report to it: pip install {name}, or leave it out of report_to")
