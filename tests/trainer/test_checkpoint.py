"""Checkpoints: only a whole one is ever gone on from."""

from pathlib import Path

from trainer.checkpoint import is_whole, newest_whole, seal


def checkpoint(run: Path, steps: int) -> Path:
    folder = run / f"checkpoint-{steps}"
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(b"w" * steps)
    (folder / "state").write_bytes(b"s")
    return folder


def test_the_whole_one_with_the_most_steps_is_chosen(tmp_path):
    for steps in (2, 10, 9):
        seal(checkpoint(tmp_path, steps))
    assert newest_whole(tmp_path).name == "checkpoint-10"


def test_one_that_was_never_sealed_is_passed_over(tmp_path):
    seal(checkpoint(tmp_path, 2))
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
