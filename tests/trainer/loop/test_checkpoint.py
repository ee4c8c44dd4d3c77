"""Checkpoints: only a whole one is ever gone on from, and older ones leave for the trash, never for good."""

import errno
import fcntl
import json
from pathlib import Path

import pytest

from agentlog.errors import TrainingRefusedError
from tests.trainer.loops import make_run
from trainer.loop.checkpoint import (
    discard,
    hold,
    is_disk_full,
    is_whole,
    newest_whole,
    rotate,
    seal,
    survives_full_disk,
    writing_checkpoint,
)


def checkpoint(run: Path, steps: int) -> Path:
    folder = run / f"checkpoint-{steps}"
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(b"w" * steps)
    (folder / "state").write_bytes(b"s")
    return folder


def whole(run: Path, *steps: int) -> None:
    for step in steps:
        seal(checkpoint(run, step))


def there(run: Path) -> set[str]:
    return {path.name for path in run.glob("checkpoint-*")}


def test_the_whole_one_with_the_most_steps_is_chosen(tmp_path):
    whole(tmp_path, 2, 10, 9)
    assert newest_whole(tmp_path).name == "checkpoint-10"


def test_one_that_was_never_sealed_is_passed_over(tmp_path):
    whole(tmp_path, 2)
    checkpoint(tmp_path, 4)
    assert newest_whole(tmp_path).name == "checkpoint-2"


def test_a_changed_or_missing_file_makes_it_no_checkpoint(tmp_path):
    changed, missing, torn = (checkpoint(tmp_path, steps) for steps in (2, 4, 6))
    for folder in (changed, missing, torn):
        seal(folder)
        assert is_whole(folder)
    (changed / "weights").write_bytes(b"x")
    (missing / "state").unlink()
    (torn / "whole.json").write_bytes(b'{"state":')
    assert newest_whole(tmp_path) is None


def test_a_checkpoint_appears_whole_or_not_at_all(tmp_path):
    run = make_run(tmp_path)
    with pytest.raises(ZeroDivisionError), writing_checkpoint(run, 3) as staging:
        (staging / "weights").write_bytes(b"w" * (1 // 0))
    assert list(run.iterdir()) == []
    with writing_checkpoint(run, 3) as staging:
        (staging / "weights").write_bytes(b"w")
        assert newest_whole(run) is None
    assert newest_whole(run).name == "checkpoint-3"


def test_a_damaged_checkpoint_gives_way_to_a_new_one_of_its_step(tmp_path):
    run = make_run(tmp_path)
    checkpoint(run, 3)
    with writing_checkpoint(run, 3) as staging:
        (staging / "weights").write_bytes(b"new")
    assert (newest_whole(run) / "weights").read_bytes() == b"new"
    assert (tmp_path / "data/trash/runs/coder/run-1/checkpoint-3/state").read_bytes() == b"s"


def test_rotation_keeps_the_newest_and_the_best_and_moves_the_others_with_a_note(tmp_path):
    run, other = make_run(tmp_path), make_run(tmp_path, "run-2")
    whole(run, 2, 4, 6, 8, 10)
    whole(other, 2, 4)
    rotate(run, keep=2, newest=10, best=4)
    assert there(run) == {"checkpoint-10", "checkpoint-8", "checkpoint-4"}
    assert there(other) == {"checkpoint-2", "checkpoint-4"}
    trash = tmp_path / "data/trash/runs/coder/run-1"
    assert {path.name for path in trash.iterdir()} == {"checkpoint-2", "checkpoint-2.json", "checkpoint-6", "checkpoint-6.json"}
    assert is_whole(trash / "checkpoint-2")
    note = json.loads((trash / "checkpoint-2.json").read_text())
    assert note["from"] == str(run / "checkpoint-2")
    assert note["when"]
    assert "older than the newest 2" in note["why"]


def test_a_later_checkpoint_that_is_damaged_does_not_push_out_the_one_just_written(tmp_path):
    run = make_run(tmp_path)
    whole(run, 2, 4)
    checkpoint(run, 9)
    rotate(run, keep=1, newest=4, best=None)
    assert there(run) == {"checkpoint-9", "checkpoint-4"}
    assert newest_whole(run).name == "checkpoint-4"


def test_nothing_in_the_trash_is_ever_replaced(tmp_path):
    run = make_run(tmp_path)
    places = []
    for _ in range(3):
        places.append(discard(checkpoint(run, 2), "a test").name)
    assert places == ["checkpoint-2", "checkpoint-2.2", "checkpoint-2.3"]


def test_a_run_is_held_by_one_process_at_a_time(tmp_path):
    run = make_run(tmp_path)
    with (run / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(TrainingRefusedError, match="run run-1 is being trained by another process"), hold(run):
            pass
    with hold(run), hold(run), (run / ".lock").open("w") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (run / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError("[enforce fail at inline_container.cc:603] . unexpected pos 64 vs 0"),
        RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed"),
    ],
)
def test_a_full_disk_is_known_in_whatever_words(error):
    assert is_disk_full(error)

    def write():
        raise error

    assert survives_full_disk(write)


def test_other_failures_are_not_taken_for_a_full_disk():
    def write():
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        survives_full_disk(write)
