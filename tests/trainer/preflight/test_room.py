"""Room: what a run writes, takes and lasts is said as numbers, and what does not fit is refused."""

import pytest

from tests.trainer.tiny import make_project
from trainer import TrainConfig
from trainer.base.weights import lora_numbers
from trainer.checklist import Checklist, Item
from trainer.config import LoraConfig
from trainer.machine import memory
from trainer.machine.memory import Available
from trainer.machine.pace import Pace
from trainer.preflight.room import check_disk, check_memory, note_time


def config(base, **settings) -> TrainConfig:
    return TrainConfig(role="coder", base_model=str(base), batch_size=1, accumulation=1, **settings)


def disk(tmp_path, base, rows: int = 8, **settings) -> Item:
    checklist = Checklist()
    check_disk(checklist, config(base, **settings), make_project(tmp_path, str(base)), base, rows)
    return checklist.items[0]


def room_for(base, monkeypatch, free: int | None, dtype: str = "float32", **settings) -> list[Item]:
    monkeypatch.setattr(memory, "available", lambda: Available(free, "this machine"))
    checklist = Checklist()
    check_memory(checklist, config(base, **settings), base, dtype)
    return checklist.items


def test_checkpoints_in_the_trash_count_too(tmp_path, base):
    item = disk(tmp_path, base, rows=10, epochs=10, save_every=1, keep_checkpoints=3)
    assert item.verdict == "ok"
    assert "adapter and 100 checkpoints, 96 of them in the trash" in item.value


def test_the_need_is_the_adapter_and_a_checkpoint_for_each_save(tmp_path, base):
    numbers = lora_numbers(base, 8, ("q_proj", "v_proj"))
    item = disk(tmp_path, base, epochs=1)
    assert item.value.startswith(f"{(4 * numbers * 4 + 64_000 + 8 * 400) / 1e3:,.0f} kB needed (adapter and 1 checkpoints)")


def test_more_targets_need_more_disk(tmp_path, base):
    few, all_ = (disk(tmp_path, base, lora=LoraConfig(r=64, target_modules=targets)).value for targets in (("q_proj",), ("all-linear",)))
    assert few != all_


def test_a_base_that_fits_is_told_with_what_is_free(base, monkeypatch):
    (item,) = room_for(base, monkeypatch, 10**9)
    assert (item.name, item.verdict) == ("memory", "ok")
    assert "for the base in float32, 1,000.0 MB free (this machine)" in item.value


def test_a_base_that_does_not_fit_is_refused_before_it_is_loaded(base, monkeypatch):
    (item,) = room_for(base, monkeypatch, 1000)
    assert item.verdict == "refuse"
    assert not item.acceptable
    assert item.advice == "dtype: bfloat16 or --quantize nf4 is the way to train this base"


def test_a_4_bit_copy_that_does_not_fit_either_wants_another_machine(base, monkeypatch):
    (item,) = room_for(base, monkeypatch, 1000, quantize="nf4")
    assert "in 4 bit" in item.value
    assert item.advice.startswith("a machine with more memory")


def test_where_nothing_is_known_nothing_is_said(base, monkeypatch):
    assert room_for(base, monkeypatch, None) == []


@pytest.mark.parametrize(
    ("least", "most", "likely", "said"),
    [(40, 80, 60, "40 s to 80 s, likely 60 s"), (60, 60.2, 60, "60 s, likely 60 s"), (120, 7200, 600, "2 min to 2.0 h, likely 10 min")],
)
def test_time_is_a_range(least, most, likely, said):
    checklist = Checklist()
    note_time(checklist, Pace(least, most, likely, "100 tokens/s on rows of 20"))
    assert checklist.items[0].value == f"{said}, check-ups not counted (measured: 100 tokens/s on rows of 20)"
