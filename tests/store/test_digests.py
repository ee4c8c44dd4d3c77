"""The record of what closed files hold: whole lines, the newest saying most, a torn tail gone before the next."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from agentlog.store.digests import Content, content_of, read_digests, record_content
from agentlog.store.layout import digests_file

ONE = Content("sha256:1", 10, 2)
TWO = Content("sha256:2", 20, 3)


@given(st.lists(st.binary(max_size=20)))
def test_content_does_not_depend_on_how_the_bytes_are_cut(chunks: list[bytes]) -> None:
    assert content_of(chunks) == content_of([b"".join(chunks)])
    assert content_of(chunks).lines == b"".join(chunks).count(b"\n")


def test_what_was_recorded_is_read_back(tmp_path: Path) -> None:
    record_content(tmp_path, "a.jsonl", ONE)
    record_content(tmp_path, "b.jsonl", TWO)
    assert read_digests(tmp_path) == ({"a.jsonl": ONE, "b.jsonl": TWO}, [])


def test_a_day_without_a_record_has_none(tmp_path: Path) -> None:
    assert read_digests(tmp_path) == ({}, [])


def test_a_record_torn_by_a_crash_is_gone_when_the_next_is_written(tmp_path: Path) -> None:
    record_content(tmp_path, "a.jsonl", ONE)
    whole = digests_file(tmp_path).read_bytes()
    digests_file(tmp_path).write_bytes(whole + whole[:30])
    assert len(read_digests(tmp_path).bad) == 1
    record_content(tmp_path, "b.jsonl", TWO)
    assert read_digests(tmp_path) == ({"a.jsonl": ONE, "b.jsonl": TWO}, [])


def test_a_line_that_is_no_digest_is_told(tmp_path: Path) -> None:
    digests_file(tmp_path).write_bytes(b'{"file":"a"}\n[1]\nno json\n')
    assert [bad.number for bad in read_digests(tmp_path).bad] == [1, 2, 3]
