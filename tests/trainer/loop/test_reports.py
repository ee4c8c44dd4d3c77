"""Reports: refused before the first step where they cannot be written, and kept on this machine unless the user says otherwise."""

import os

import pytest

from agentlog.errors import MissingExtraError
from trainer.loop import reports
from trainer.loop.reports import prepare_reports


@pytest.fixture
def clean(monkeypatch):
    for name in ("WANDB_MODE", "WANDB_DIR", "MLFLOW_TRACKING_URI", "TENSORBOARD_LOGGING_DIR"):
        monkeypatch.setenv(name, "")  # so that it is put back as it was
        monkeypatch.delenv(name)
    return monkeypatch


def test_what_is_not_installed_is_said_with_the_way_out(tmp_path, clean):
    clean.setattr(reports, "_MODULES", {"wandb": ("a_module_that_nobody_has",)})
    with pytest.raises(MissingExtraError, match=r"wandb is not installed.*pip install wandb"):
        prepare_reports(["wandb"], tmp_path)


def test_reports_stay_in_the_run_folder(tmp_path, clean):
    clean.setattr(reports, "_MODULES", dict.fromkeys(("tensorboard", "mlflow", "wandb"), ("json",)))
    prepare_reports(["tensorboard", "mlflow", "wandb"], tmp_path)
    assert os.environ["WANDB_MODE"] == "offline"
    assert os.environ["WANDB_DIR"] == str(tmp_path / "reports" / "wandb")
    assert os.environ["MLFLOW_TRACKING_URI"].startswith("file:///")
    assert os.environ["TENSORBOARD_LOGGING_DIR"] == str(tmp_path / "reports" / "tensorboard")


def test_what_the_user_has_set_stands(tmp_path, clean):
    clean.setattr(reports, "_MODULES", dict.fromkeys(("mlflow", "wandb"), ("json",)))
    clean.setenv("WANDB_MODE", "online")
    clean.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    prepare_reports(["mlflow", "wandb"], tmp_path)
    assert os.environ["WANDB_MODE"] == "online"
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://localhost:5000"
