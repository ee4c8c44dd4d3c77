"""Reading only what is new of a log gives what reading all of it gives, whatever happened to its files in between."""

import os
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.build import reading
from agentlog.build.reading import read_sessions
from agentlog.build.sessions import Sessions
from agentlog.errors import BuildRefusedError
from agentlog.schema.interaction import Interaction
from tests.make import distinct_lines, line, write_log

Seen = tuple[Any, ...]
IDS = [str(UUID(int=number)) for number in range(1, 9)]
FIELDS = [*Interaction.model_fields]


def own(name: str, **fields: Any) -> dict[str, Any]:
    """A call as agentlog itself writes it: all fields in their order, and a UUID."""
    told = line(0, id=name, model_output={"role": "assistant", "content": "a", "tool_calls": []}, **fields)
    return {field: told.get(field, {"tools": [], "params": {}, "metadata": {}}.get(field)) for field in FIELDS}


def dumped(said: Any) -> bytes:
    return orjson.dumps(said) + b"\n"


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    session, role = draw(st.sampled_from([None, "", "s", *IDS])), draw(st.sampled_from(["coder", "coder", "tester"]))
    return own(draw(st.sampled_from(IDS)), session=session, role=role, timestamp=f"2026-11-20T17:00:0{draw(st.integers(0, 9))}.000000Z")


@st.composite
def later(draw: st.DrawFn) -> dict[str, Any]:
    rated = draw(st.booleans())
    head = {"event": "feedback" if rated else "result", "id": draw(st.sampled_from([IDS[0].replace("0", "a"), "foreign"]))}
    said = {"human_feedback": {"rating": 1}} if rated else {"execution_result": {"status": draw(st.sampled_from(["success", "failure"]))}}
    reviewer = {"reviewer": None} if rated else {}
    return {**head, "interaction_id": draw(st.sampled_from(IDS)), "timestamp": "2026-11-21T17:00:00.000000Z", **reviewer, **said}


def torn(drawn: tuple[dict[str, Any], int, bytes]) -> bytes:
    return orjson.dumps(drawn[0])[: drawn[1]] + drawn[2]


def with_two_ids(drawn: tuple[dict[str, Any], str]) -> bytes:
    return orjson.dumps(drawn[0])[:-1] + b',"id":"' + drawn[1].encode() + b'"}\n'


lines = st.one_of(
    calls().map(dumped),
    later().map(dumped),
    calls().map(lambda call: dumped(dict(sorted(call.items())))),
    st.tuples(calls(), st.integers(90, 300), st.sampled_from([b"", b"\n"])).map(torn),
    calls().map(orjson.dumps),
    st.tuples(calls(), st.sampled_from(IDS)).map(with_two_ids),
    st.sampled_from([b"\n", b"[1]\n", b"no\n", b'{"event":"interaction","id":"x"}\n']),
)
happenings = st.sampled_from(["append", "append", "append", "rewrite", "compress", "remove", "touch"])
steps = st.tuples(happenings, st.integers(0, 3), st.lists(lines, max_size=3))


def happen(day: Path, what: str, number: int, more: list[bytes]) -> None:
    file = day / f"{number}.jsonl"
    if what == "append" or not file.exists():
        with file.open("ab") as stream:
            # One file in two begins with a byte order mark.
            stream.write((b"\xef\xbb\xbf" if number % 2 and not stream.tell() else b"") + b"".join(more))
    elif what == "rewrite":
        file.write_bytes(b"".join([*more, *file.read_bytes().splitlines(keepends=True)[1:]]))
    elif what == "compress":
        file.with_name(f"{file.name}.zst").write_bytes(zstandard.compress(file.read_bytes()))
        file.unlink()
    elif what == "remove":
        file.unlink()
    else:
        os.utime(file, ns=(1, 1))


def seen(sessions: Sessions, contents: dict[bytes, bytes]) -> Seen:
    """All that a build sees; contents that are kept already are not read."""
    with sessions:
        for place, key in enumerate(sessions.keys):
            if key not in contents:
                contents[key] = sessions.content(place)
        return sessions.facts, [contents[key] for key in sessions.keys], sessions.set_aside


def read(data: Path, contents: dict[bytes, bytes], **known: Any) -> Seen | str:
    try:
        return seen(read_sessions(data, "coder", **known), contents)
    except BuildRefusedError as error:
        return str(error)


@settings(max_examples=100, deadline=None)
@given(first=st.lists(lines, min_size=3, max_size=8), then=st.lists(steps, max_size=6))
def test_reading_only_what_is_new_gives_what_reading_everything_gives(first: list[bytes], then: list[tuple[str, int, list[bytes]]]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_MOST_CHANGED", 1.0)
        data, kept = Path(folder), dict[bytes, bytes]()
        day = data / "log" / "2026-11-20"
        day.mkdir(parents=True)
        for what, number, more in [("append", 0, first), *then]:
            happen(day, what, number, more)
            assert read(data, kept, index=data / "index", have=kept.__contains__) == read(data, {})


def reads_after(data: Path, change: Any) -> tuple[Seen | str, Seen | str]:
    """What an incremental and a clean reading see after a change."""
    kept: dict[bytes, bytes] = {}
    read(data, kept, index=data / "index", have=kept.__contains__)
    change()
    return read(data, kept, index=data / "index", have=kept.__contains__), read(data, {})


@pytest.mark.parametrize("keeps_times", [False, True])
def test_a_line_that_was_changed_in_place_is_read_again_though_the_file_has_its_size(tmp_path: Path, keeps_times: bool) -> None:
    for part in range(10):
        file = write_log(tmp_path, distinct_lines(50)[5 * part : 5 * part + 5], name=f"{part}.jsonl")
    about = file.stat()

    def change() -> None:
        file.write_bytes(file.read_bytes().replace(b"done: w47x0", b"done: v47x0"))
        os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns + (not keeps_times)))

    found, clean = reads_after(tmp_path, change)
    assert found == clean
    assert b"done: v47x0" in b"".join(clean[1])


def test_what_is_taken_out_of_a_file_that_grows_otherwise_is_gone(tmp_path: Path) -> None:
    for part in range(10):
        file = write_log(tmp_path, distinct_lines(50)[5 * part : 5 * part + 5], name=f"{part}.jsonl")

    def change() -> None:
        left = file.read_bytes().splitlines(keepends=True)[1:]
        file.write_bytes(b"".join(left) + dumped(line(900, session="new", task_description="long " * 200)))

    found, clean = reads_after(tmp_path, change)
    assert found == clean


def test_a_role_that_lost_its_last_call_to_another_is_refused_each_time(tmp_path: Path) -> None:
    write_log(tmp_path, [line(1, role="coder"), *(line(number, role="tester") for number in range(2, 20))])
    found, clean = reads_after(tmp_path, lambda: write_log(tmp_path, [line(1, role="a")], name="b.jsonl"))
    assert found == clean
    assert "no interactions of role 'coder'" in str(found)
    assert read(tmp_path, {}, index=tmp_path / "index", have=lambda key: True) == clean
