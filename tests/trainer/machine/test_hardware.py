"""Hardware: threads, precision and their reasons follow from what the machine says and from what is measured on it."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from trainer.config import TrainConfig
from trainer.machine import hardware
from trainer.machine.hardware import bfloat16_instructions, bfloat16_speed, choose_dtype, cpu_quota, physical_cores, survey, usable_threads
from trainer.machine.memory import Available


def machine(root: Path, siblings: dict[int, str], **cgroup: str) -> Path:
    """A machine as /sys and /proc show it."""
    for cpu, names in siblings.items():
        topology = root / f"sys/devices/system/cpu/cpu{cpu}/topology"
        topology.mkdir(parents=True)
        (topology / "thread_siblings_list").write_text(names + "\n")
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text("0::/outer/inner\n")
    group = root / "sys/fs/cgroup/outer/inner"
    group.mkdir(parents=True)
    for name, content in cgroup.items():
        (group / name.replace("_", ".")).write_text(content + "\n")
    return root


@pytest.fixture
def eight(monkeypatch):
    monkeypatch.setattr(hardware.os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def describe(folder: Path, **settings: object) -> Path:
    (folder / "config.json").write_text(json.dumps(settings))
    return folder


def config(**settings) -> TrainConfig:
    return TrainConfig(role="coder", base_model="base", **settings)


def test_two_threads_of_a_core_count_once(eight, tmp_path):
    root = machine(tmp_path, {cpu: f"{cpu % 4},{cpu % 4 + 4}" for cpu in range(8)})
    assert physical_cores(root) == 4
    assert usable_threads(root=root) == (4, "one for each of 4 physical cores")


def test_a_cpu_of_which_nothing_is_known_counts_as_a_core(eight, tmp_path):
    assert physical_cores(tmp_path) == 8


def test_cores_that_the_process_may_not_use_do_not_count(monkeypatch, tmp_path):
    monkeypatch.setattr(hardware.os, "sched_getaffinity", lambda pid: {0, 1, 4}, raising=False)
    assert physical_cores(machine(tmp_path, {cpu: f"{cpu % 4},{cpu % 4 + 4}" for cpu in range(8)})) == 2


def test_a_containers_quota_bounds_the_threads(eight, tmp_path):
    root = machine(tmp_path, {}, cpu_max="250000 100000")
    assert cpu_quota(root) == 2.5
    assert usable_threads(root=root) == (2, "the container may use 2.5 CPUs")


def test_the_groups_around_a_group_bound_it_too(eight, tmp_path):
    root = machine(tmp_path, {}, cpu_max="max 100000")
    assert cpu_quota(root) is None
    (root / "sys/fs/cgroup/outer/cpu.max").write_text("50000 100000\n")
    assert usable_threads(root=root)[0] == 1


def test_quotas_of_the_older_kind_are_read(eight, tmp_path):
    root = machine(tmp_path, {})
    (root / "proc/self/cgroup").write_text("3:cpu,cpuacct:/inner\n")
    group = root / "sys/fs/cgroup/cpu,cpuacct/inner"
    group.mkdir(parents=True)
    (group / "cpu.cfs_quota_us").write_text("300000\n")
    (group / "cpu.cfs_period_us").write_text("100000\n")
    assert cpu_quota(root) == 3


def test_what_the_environment_says_bounds_the_threads(eight, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert usable_threads(root=tmp_path) == (3, "OMP_NUM_THREADS is 3")


@given(st.integers(1, 512))
def test_asked_for_threads_are_used(threads):
    assert usable_threads(threads) == (threads, "")


def test_an_asked_for_precision_is_used_without_measuring(tmp_path, monkeypatch):
    monkeypatch.setattr(hardware, "bfloat16_speed", lambda *shape: pytest.fail("measured"))
    assert choose_dtype(config(dtype="bfloat16"), tmp_path) == ("bfloat16", "")


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU decides otherwise")
@pytest.mark.parametrize(("flag", "ratio", "chosen"), [("AMX", 1.5, "bfloat16"), ("AMX", 1.05, "float32"), (None, 9.0, "float32")])
def test_precision_is_what_was_measured_and_only_where_the_cpu_has_it(tmp_path, monkeypatch, flag, ratio, chosen):
    monkeypatch.setattr(hardware, "bfloat16_instructions", lambda: flag)
    monkeypatch.setattr(hardware, "bfloat16_speed", lambda *shape: ratio)
    monkeypatch.setattr(hardware, "loaded_bytes", lambda *_: 1000)
    dtype, reason = choose_dtype(config(), describe(tmp_path, hidden_size=512, intermediate_size=1376))
    assert dtype == chosen
    assert (f"{ratio:.2f} times as fast" in reason and "512 × 1376" in reason) if flag else "neither AMX nor AVX512-BF16" in reason


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU decides otherwise")
def test_a_base_that_only_fits_in_half_the_bytes_gets_them(base, monkeypatch):
    monkeypatch.setattr(hardware, "bfloat16_instructions", lambda: None)
    size = hardware.loaded_bytes(base, 4)
    monkeypatch.setattr(hardware, "available", lambda: Available(size - 1, "this machine"))
    dtype, reason = choose_dtype(config(), base)
    assert dtype == "bfloat16"
    assert "in float32 the base takes" in reason
    assert choose_dtype(config(quantize="nf4"), base)[0] == "float32"


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU decides otherwise")
def test_toy_layers_are_not_measured(base, monkeypatch):
    monkeypatch.setattr(hardware, "bfloat16_instructions", lambda: "AMX")
    dtype, reason = choose_dtype(config(), base)
    assert dtype == "float32"
    assert "so small" in reason


def test_measuring_leaves_the_random_state_alone(base):
    before = torch.get_rng_state()
    assert bfloat16_speed(64, 128, seconds=0.01) > 0
    assert torch.equal(before, torch.get_rng_state())


def test_a_survey_names_the_machine_and_sets_the_threads(base):
    was = torch.get_num_threads()
    try:
        found = survey(config(threads=1), base)
        assert torch.get_num_threads() == found.threads == 1
        assert found.device.split()[0] in ("cpu", "cuda")
        assert "threads" not in found.reasons
        assert found.reasons["dtype"]
    finally:
        torch.set_num_threads(was)


def test_instructions_are_told_in_words_that_a_person_knows():
    assert bfloat16_instructions() in (None, "AMX", "AVX512-BF16", "Arm BF16")
