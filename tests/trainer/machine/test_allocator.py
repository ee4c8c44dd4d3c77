"""Freed memory stays while a run trains, and goes back to the system afterwards; elsewhere and by hand nothing is touched."""

import subprocess
import sys

import pytest

from trainer.machine import allocator

MEASURE = """
import resource, torch
from trainer.machine.allocator import give_back, memory_kept

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for step in range(5):
        kept = [torch.ones(40 << 18) for _ in range(6)]
        del kept
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

faults()
without = faults()
with memory_kept() as kept:
    faults()
    within, held = faults(), resident()
print(kept, without, within, held - resident())
"""


def run(measure: str) -> tuple[bool, int, int, int]:
    done = subprocess.run([sys.executable, "-c", measure], capture_output=True, text=True, check=True)
    kept, *numbers = done.stdout.split()
    without, within, given_back = map(int, numbers)
    return kept == "True", without, within, given_back


glibc = pytest.mark.skipif(allocator._glibc() is None, reason="the C library is not glibc")


@glibc
def test_within_a_run_blocks_find_the_memory_of_those_before_them_and_afterwards_it_is_given_back():
    kept, without, within, given_back = run(MEASURE)
    assert kept
    assert within < without / 4
    assert given_back > 200 << 20


@glibc
@pytest.mark.parametrize("name", ["MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"])
def test_what_somebody_has_set_by_hand_stays(name, monkeypatch):
    monkeypatch.setenv(name, "")
    with allocator.memory_kept() as kept:
        assert not kept


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(allocator, "_glibc", lambda: None)
    with allocator.memory_kept() as kept:
        assert not kept


def test_it_ends_with_what_failed_within(monkeypatch):
    with pytest.raises(ZeroDivisionError), allocator.memory_kept():
        raise ZeroDivisionError


@glibc
def test_memory_can_be_given_back_in_between():
    *_, given_back = run(MEASURE.replace("print(kept", "    give_back()\n    print(kept"))
    assert given_back > 200 << 20
