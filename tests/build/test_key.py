"""The key of stand-ins is made once, whoever comes first."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agentlog.build.key import build_key
from agentlog.build.plan import make_plan
from agentlog.errors import SettingError
from agentlog.project import load_project


def test_builds_that_begin_at_once_have_one_key(tmp_path: Path) -> None:
    for run in range(20):
        data = tmp_path / str(run)
        data.mkdir()
        with ThreadPoolExecutor(8) as several:
            keys = set(several.map(build_key, [data] * 8))
        assert keys == {build_key(data)}


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").touch()
    with pytest.raises(SettingError, match=r"log\.jsonl is no folder: name the data folder"):
        build_key(tmp_path / "log.jsonl")


@pytest.mark.parametrize("seed", [1 << 63, -(1 << 63) - 1])
def test_a_seed_that_no_digest_can_hold_is_refused_in_one_line(tmp_path: Path, seed: int) -> None:
    with pytest.raises(SettingError, match=f"the seed is {seed}: give a whole number"):
        make_plan(load_project(tmp_path), "coder", seed=seed, key="k" * 64)
    make_plan(load_project(tmp_path), "coder", seed=-1, key="k" * 64)
