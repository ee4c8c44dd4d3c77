"""An engine has a name, as many workers as were asked for, and refuses what it cannot do."""

import importlib.util

import pytest

from agentlog.engines.base import Call
from agentlog.engines.cpus import available_cpus
from agentlog.engines.registry import ENGINES, make_engine
from agentlog.errors import MissingExtraError, SettingError


def test_every_name_makes_an_engine_and_no_other_does() -> None:
    for name in ENGINES:
        with make_engine(name) as engine:
            assert engine.workers >= 1
    with pytest.raises(SettingError, match="choose from serial, process, ray"):
        make_engine("warp")


def test_the_process_engine_has_a_worker_for_each_cpu_unless_told_otherwise() -> None:
    with make_engine("process") as engine:
        assert engine.workers == available_cpus()
    with make_engine("process", workers=3) as engine:
        assert engine.workers == 3


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_without_workers_is_refused(name: str) -> None:
    with pytest.raises(SettingError, match="workers is 0: an engine needs at least 1"):
        make_engine(name, workers=0)


def test_the_serial_engine_refuses_more_workers_than_it_has() -> None:
    assert list(make_engine("serial", workers=1).map(Call("builtins:sum"), [[1, 2]])) == [3]
    with pytest.raises(SettingError, match="serial has one worker, not 4"):
        make_engine("serial", workers=4)


@pytest.mark.parametrize("name", ["serial", "process"])
def test_only_ray_has_an_address(name: str) -> None:
    with pytest.raises(SettingError, match=f"{name} has no address"):
        make_engine(name, address="head:6379")


def test_an_address_of_a_ray_client_is_refused() -> None:
    with pytest.raises(SettingError, match="does not run over a Ray client"):
        make_engine("ray", address="ray://head:10001")


def test_ray_that_is_not_installed_is_asked_for_by_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'agentlog\[ray\]'"):
        make_engine("ray")
