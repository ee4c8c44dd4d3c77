"""What is put into a spill comes back whole and in order, however little of it may be held in memory."""

import os
import resource
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog._io.spill import Spill
from agentlog.errors import LogError


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=60)), max_size=40), st.sampled_from([0, 200, 1 << 20]))
def test_every_stream_comes_back_whole_and_in_order(pieces: list[tuple[int, bytes]], budget: int) -> None:
    with Spill(budget) as spill:
        for stream, piece in pieces:
            spill.add(stream, piece)
        for stream in range(4):
            assert spill.take(stream) == b"".join(piece for each, piece in pieces if each == stream)
            assert spill.take(stream) == b""
        assert (spill.spilled > 0) == (budget < sum(len(piece) + 80 for _, piece in pieces))


def test_a_stream_can_be_filled_again_after_it_was_taken() -> None:
    with Spill(0) as spill:
        spill.add("a", b"1")
        assert spill.take("a") == b"1"
        spill.add("a", b"2")
        assert spill.take("a") == b"2"


def test_nothing_is_left_behind_and_nobody_else_can_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Spill(0) as spill:
        spill.add("a", b"secret")
        assert spill._file is not None
        status = os.fstat(spill._file.fileno())
        assert (status.st_nlink, status.st_mode & 0o077) == (0, 0)
        assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_in_a_line_that_helps() -> None:
    """A real file size limit of the kernel."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
        with Spill(0) as spill, pytest.raises(LogError, match="set TMPDIR"):
            spill.add("a", b"x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
