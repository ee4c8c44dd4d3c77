"""A reader of JSON lines goes on after a bad line and says which it was."""

import gzip
from pathlib import Path
from typing import Any

import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog._io.jsonl import BadLine, Line, dump_lines, read_lines

VALUES = st.lists(st.dictionaries(st.text(max_size=4), st.integers(-(2**53), 2**53) | st.text(max_size=8) | st.none()), max_size=6)
reuse = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@reuse
@given(VALUES, st.sampled_from([bytes, gzip.compress, zstandard.compress]))
def test_what_was_written_is_read_plain_or_compressed(tmp_path: Path, values: list[Any], pack: Any) -> None:
    file = tmp_path / "log"
    file.write_bytes(pack(dump_lines(values)))
    assert [line.value for line in read_lines(file) if isinstance(line, Line)] == values


@reuse
@given(VALUES, st.integers(0, 400))
def test_a_torn_file_costs_one_line_at_most(tmp_path: Path, values: list[Any], cut: int) -> None:
    file = tmp_path / "log"
    file.write_bytes(dump_lines(values)[:cut])
    lines = list(read_lines(file))
    whole = [line.value for line in lines if isinstance(line, Line)]
    assert whole == values[: len(whole)]
    assert sum(isinstance(line, BadLine) for line in lines) <= 1


def test_a_bad_line_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b'{"a":1}\n\nnonsense\n{"a":2}')
    first, bad, last = read_lines(file)
    assert isinstance(bad, BadLine)
    assert (bad.number, bad.file) == (3, file)
    assert isinstance(first, Line)
    assert isinstance(last, Line)
    assert (first.value, last.value) == ({"a": 1}, {"a": 2})


def test_a_damaged_archive_gives_what_came_before_the_damage_and_one_report(tmp_path: Path) -> None:
    file = tmp_path / "log.gz"
    values = [{"n": number} for number in range(5000)]
    file.write_bytes(gzip.compress(dump_lines(values))[:-400])
    *lines, last = read_lines(file)
    assert isinstance(last, BadLine)
    assert "damaged file" in last.reason
    assert all(isinstance(line, Line) and line.value == values[place] for place, line in enumerate(lines[:100]))


def test_an_archive_damaged_in_any_byte_is_reported_and_never_raises(tmp_path: Path) -> None:
    file = tmp_path / "log.gz"
    whole = gzip.compress(dump_lines({"n": number * 7919 % 1009} for number in range(200)))
    for place in range(10, len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        assert any(isinstance(line, BadLine) for line in read_lines(file)), place


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b'\xef\xbb\xbf{"a":1}\r\n{"a":2}\r\n')
    assert [line.value for line in read_lines(file) if isinstance(line, Line)] == [{"a": 1}, {"a": 2}]


def test_a_value_too_deep_to_be_written_again_is_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b"".join(b"[" * levels + b"]" * levels + b"\n" for levels in (150, 210, 900)))
    shallow, deep, deeper = read_lines(file)
    assert isinstance(shallow, Line)
    for line in (deep, deeper):
        assert isinstance(line, BadLine)
        assert "nested too deeply" in line.reason
