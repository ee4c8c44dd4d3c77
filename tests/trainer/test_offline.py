"""Offline: the hub is forbidden before anything could ask it, and what was allowed is allowed again afterwards."""

import os
import sys

import pytest
from huggingface_hub import constants

from agentlog.errors import MissingExtraError
from trainer.offline import require_offline, stay_offline

PROBE = """
import os
seen = os.environ.get("HF_HUB_OFFLINE")
"""


@pytest.fixture(autouse=True)
def hub(monkeypatch):
    """The settings as they would be if nobody had said anything; put back afterwards."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "")
    monkeypatch.delenv("HF_HUB_OFFLINE")


@pytest.fixture
def probe(tmp_path, monkeypatch):
    """A module that looks, while it is imported, whether it might ask the hub."""
    (tmp_path / "offline_probe.py").write_text(PROBE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "offline_probe"
    sys.modules.pop("offline_probe", None)


def test_staying_offline_reaches_a_client_that_is_loaded_already():
    stay_offline()
    assert constants.HF_HUB_OFFLINE
    assert constants.HF_HUB_DISABLE_TELEMETRY
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_an_allowed_hub_still_gets_no_telemetry():
    stay_offline(allow_hub=True)
    assert not constants.HF_HUB_OFFLINE
    assert constants.HF_HUB_DISABLE_TELEMETRY


def test_a_module_is_imported_offline_and_the_hub_is_as_before_afterwards(probe):
    require_offline((probe,), "train")
    assert sys.modules[probe].seen == "1"
    assert "HF_HUB_OFFLINE" not in os.environ
    assert not constants.HF_HUB_OFFLINE


def test_who_was_offline_stays_offline(probe):
    stay_offline()
    require_offline((probe,), "train")
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert constants.HF_HUB_OFFLINE


def test_what_is_missing_is_named_with_its_extra():
    with pytest.raises(MissingExtraError, match=r"no_such_module is not installed: pip install 'agentlog\[quant\]'"):
        require_offline(("no_such_module",), "quant")
    assert not constants.HF_HUB_OFFLINE
