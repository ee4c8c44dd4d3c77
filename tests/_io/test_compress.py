"""Compressed files read as the plain ones they were made of, and one that is cut short is never taken for a whole one."""

import gzip
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog._io.compress import DAMAGED, open_binary

PACKERS = {"zstd": zstandard.ZstdCompressor(write_checksum=True).compress, "gzip": gzip.compress, "plain": bytes}
LINES = b"".join(b'{"n":%d,"text":"%s"}\n' % (number, b"x" * (number % 700)) for number in range(3000))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.binary(max_size=200), max_size=4), kind=st.sampled_from(["zstd", "gzip"]))
def test_a_file_of_several_parts_reads_as_all_of_them(tmp_path: Path, parts: list[bytes], kind: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"".join(map(PACKERS[kind], parts)))
    with open_binary(file) as stream:
        assert stream.read() == b"".join(parts)


@pytest.mark.parametrize("kind", PACKERS)
def test_lines_are_the_same_whatever_the_packing(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(PACKERS[kind](LINES))
    with open_binary(file) as stream:
        assert list(stream) == LINES.splitlines(keepends=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.floats(0, 1, exclude_max=True), kind=st.sampled_from(["zstd", "gzip"]))
def test_a_file_cut_short_anywhere_is_damaged_and_what_is_read_before_is_right(tmp_path: Path, cut: float, kind: str) -> None:
    file = tmp_path / "file"
    raw = PACKERS[kind](LINES)
    file.write_bytes(raw[: 4 + int(cut * (len(raw) - 4))])
    read = []
    with pytest.raises(DAMAGED), open_binary(file) as stream:
        read.extend(stream)
    assert LINES.startswith(b"".join(read))


def test_bytes_behind_the_last_frame_are_damage(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(PACKERS["zstd"](b"whole\n") + b"junk")
    with pytest.raises(DAMAGED), open_binary(file) as stream:
        stream.read()
