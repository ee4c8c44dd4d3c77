"""Metrics: every line is kept, whatever the disk says, and a resumed run has each step once."""

import errno
import os

import pytest

from agentlog.errors import TrainingRefusedError
from trainer.loop.metrics import MetricsFile


@pytest.fixture
def file(tmp_path):
    return tmp_path / "metrics.jsonl"


def steps(file):
    return [line["step"] for line in MetricsFile(file).rewound(10**9)]


def test_lines_after_the_step_to_go_on_from_are_cut_off(file):
    metrics = MetricsFile(file)
    for step in (0, 1, 2, 2, 3):
        metrics.write({"event": "step", "step": step})
    assert [line["step"] for line in MetricsFile(file).rewound(2)] == [0, 1, 2, 2]
    assert steps(file) == [0, 1, 2, 2]


@pytest.mark.parametrize("torn", [b'{"event":"step","st', b'{"event":"step","step":3', b"\x00\x00\n", b'{"event":"step"}\n'])
def test_a_torn_line_is_cut_off(file, torn):
    MetricsFile(file).write({"event": "step", "step": 1})
    with file.open("ab") as end:
        end.write(torn)
    assert steps(file) == [1]
    MetricsFile(file).write({"event": "step", "step": 2})
    assert steps(file) == [1, 2]


def test_damage_before_the_step_to_go_on_from_is_refused_and_nothing_is_cut(file):
    """Cutting there would lose the good lines behind it, and the card would tell of fewer steps than were taken."""
    metrics = MetricsFile(file)
    for step in range(5):
        metrics.write({"event": "step", "step": step})
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*lines[:2], b'{"event":\n', *lines[3:]]))
    before = file.read_bytes()
    with pytest.raises(TrainingRefusedError, match="is damaged in line 3"):
        MetricsFile(file).rewound(4)
    assert file.read_bytes() == before
    assert [line["step"] for line in MetricsFile(file).rewound(1)] == [0, 1], "behind the checkpoint a power cut may leave anything"


def test_a_run_that_has_written_nothing_begins_with_nothing(file):
    assert MetricsFile(file).rewound(-1) == []


def test_lines_that_find_no_room_are_written_with_the_next_that_does(file, monkeypatch):
    metrics = MetricsFile(file)
    assert metrics.write({"step": 1}) is None
    room, really = [5], os.write

    def cramped(handle, data):
        if room[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = really(handle, bytes(data)[: room[0]])
        room[0] -= taken
        return taken

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", cramped)
        assert "No space left" in metrics.write({"step": 2})
        assert "No space left" in metrics.write({"step": 3})
        with pytest.raises(OSError, match="No space left"):
            metrics.flush()  # so no checkpoint appears that counts on these lines
        assert file.read_bytes() == b'{"step":1}\n'
    assert metrics.write({"step": 4}) is None
    assert steps(file) == [1, 2, 3, 4]


def test_any_other_failure_is_none_to_hide(tmp_path):
    with pytest.raises(FileNotFoundError):
        MetricsFile(tmp_path / "gone" / "metrics.jsonl").write({"step": 1})
