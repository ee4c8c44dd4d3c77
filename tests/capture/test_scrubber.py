"""A scrubber stands before the disk: what it cannot clean does not pass, whatever goes wrong with it."""

import asyncio
import contextvars
import gc
import logging
import os
import re
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agentlog
from agentlog.capture.scrubber import BINARY, FieldScrubber
from agentlog.errors import MissingExtraError, SettingError
from agentlog.schema.changes import is_loss, lossy_fields

SECRET = "hunter2-hunter2"
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"my password is {SECRET}"}]


def without_secret(value: Any) -> Any:
    """A scrubber that works on the whole value at once."""
    return orjson.loads(orjson.dumps(value).replace(SECRET.encode(), b"[password]"))


def test_every_text_is_scrubbed_and_nothing_is_said_of_it() -> None:
    scrubber = FieldScrubber(without_secret)
    said, reason = scrubber.clean(MESSAGES, "messages")
    assert said == [MESSAGES[0], {"role": "user", "content": "my password is [password]"}]
    assert reason is None


def test_agentlogs_own_scrubber_fits() -> None:
    said, reason = FieldScrubber(agentlog.scrub, limit_s=30).clean({"password": SECRET, "n": [1, None]}, "metadata")
    assert reason is None
    assert said["n"] == [1, None]
    assert SECRET not in str(said)


@pytest.mark.parametrize("value", [None, True, 3, 2.5, [], [1, None], {}])
def test_what_holds_no_text_passes_without_a_question(value: Any) -> None:
    assert FieldScrubber(lambda _: 1 / 0).clean(value, "usage") == (value, None)


class SecretError(Exception):
    """Tells the secret when asked."""

    def __str__(self) -> str:
        return SECRET

    __repr__ = __str__


def raising(error: BaseException) -> Callable[[Any], Any]:
    def scrub(value: Any) -> Any:
        raise error

    return scrub


def endless(value: Any) -> Any:
    return endless(value)


class Odd:
    value = object()


TROUBLES: list[tuple[str, Callable[[Any], Any], str]] = [
    ("an exception", raising(SecretError(SECRET)), "the scrubber raised SecretError"),
    ("an exit", raising(SystemExit(SECRET)), "the scrubber raised SystemExit"),
    ("a stop", raising(KeyboardInterrupt(SECRET)), "the scrubber raised KeyboardInterrupt"),
    ("a cancellation", raising(asyncio.CancelledError(SECRET)), "the scrubber raised CancelledError"),
    ("nothing", lambda value: None, "the scrubber raised AttributeError"),
    ("text for a list", str, "the scrubber answered with another shape"),
    ("fewer parts", lambda value: value[:-1], "the scrubber answered with another shape"),
    ("other keys", lambda value: [{**part, "more": SECRET} for part in value], "the scrubber answered with another shape"),
    ("numbers for text", lambda value: [dict.fromkeys(part, 1) for part in value], "the scrubber answered with another shape"),
    ("no JSON", lambda value: [dict.fromkeys(part, object()) for part in value], "the scrubber answered with what is no JSON value"),
    ("a strange result", lambda value: Odd(), "the scrubber answered with what is no JSON value"),
    ("endless descent", endless, "the scrubber raised RecursionError"),
]


@pytest.mark.parametrize(("scrub", "why"), [trouble[1:] for trouble in TROUBLES], ids=[trouble[0] for trouble in TROUBLES])
def test_any_trouble_withholds_the_field_and_names_its_kind_only(scrub: Callable[[Any], Any], why: str) -> None:
    said, reason = FieldScrubber(scrub, limit_s=60).clean(MESSAGES, "messages")
    assert said == [{"role": message["role"], "content": f"[withheld: {why}]"} for message in MESSAGES]
    assert reason == f"messages: withheld, {why}"
    assert is_loss(reason)


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (SECRET, "MARKER"),
        ({"role": SECRET, "content": SECRET}, {"role": "user", "content": "MARKER"}),
        ({"role": "assistant", "content": SECRET, "tool_calls": []}, {"role": "assistant", "content": "MARKER"}),
        ([{"type": "function", "function": {"name": SECRET}}], [{"withheld": "MARKER"}]),
        ({SECRET: 1}, {"withheld": "MARKER"}),
        (
            {"status": "error", "tests_passed": False, "review_score": 2.5, "error": {"message": SECRET}},
            {"status": "error", "tests_passed": False, "review_score": 2.5, "withheld": "MARKER"},
        ),
        ({"status": SECRET, "rating": 4, "comments": SECRET}, {"rating": 4, "withheld": "MARKER"}),
    ],
)
def test_what_stands_in_place_of_a_field_is_of_its_kind(value: Any, left: Any) -> None:
    said, _ = FieldScrubber(raising(ValueError())).clean(value, "x")
    marker = "[withheld: the scrubber raised ValueError]"
    assert orjson.dumps(said) == orjson.dumps(left).replace(b"MARKER", marker.encode())


def test_a_scrubber_that_hangs_is_left_behind_and_the_next_value_gets_a_new_thread() -> None:
    go_on = threading.Event()

    def scrub(value: Any) -> Any:
        if value == "hang":
            go_on.wait()
        return value

    scrubber = FieldScrubber(scrub, limit_s=0.05)
    try:
        assert scrubber.clean("hang", "x") == (
            "[withheld: the scrubber took more than 0.05 s]",
            "x: withheld, the scrubber took more than 0.05 s",
        )
        patient = FieldScrubber(scrub, limit_s=60)
        assert patient.clean("fine", "x") == ("fine", None)
    finally:
        go_on.set()


def test_loading_modules_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The module's import ends only when the limit has passed some times over.
    (tmp_path / "slow_scrubber_module.py").write_text("import time\ntime.sleep(1.2)\n")
    monkeypatch.syspath_prepend(tmp_path)

    def scrub(value: Any) -> Any:
        import slow_scrubber_module  # type: ignore[import-not-found]

        assert slow_scrubber_module
        return value

    assert FieldScrubber(scrub, limit_s=0.5).clean("text", "x") == ("text", None)


def test_threads_that_hang_do_not_pile_up() -> None:
    go_on = threading.Event()

    def scrub(value: Any) -> Any:
        go_on.wait()
        return value

    scrubber = FieldScrubber(scrub, limit_s=0.01)
    try:
        reasons = [scrubber.clean("text", "x")[1] for _ in range(30)]
        assert [worker.thread.is_alive() for worker in scrubber._left_behind] == [True] * 8
        assert reasons[-1] == "x: withheld, the scrubber has not come back from 8 earlier values"
    finally:
        go_on.set()
    for worker in scrubber._left_behind:
        worker.thread.join()
    scrubber._limit_s = 60
    assert scrubber.clean("text", "x") == ("text", None)


def test_the_callers_context_is_visible() -> None:
    tenant: contextvars.ContextVar[str] = contextvars.ContextVar("tenant")
    scrubber = FieldScrubber(lambda value: value.replace("x", tenant.get()), limit_s=60)
    tenant.set("acme")
    assert scrubber.clean("x", "f") == ("acme", None)

    async def ask(name: str) -> Any:
        tenant.set(name)
        await asyncio.sleep(0)
        return scrubber.clean("x", "f")[0]

    async def ask_both() -> list[Any]:
        return await asyncio.gather(ask("one"), ask("two"))

    assert asyncio.run(ask_both()) == ["one", "two"]


def test_eight_threads_get_each_their_own_answer_one_at_a_time() -> None:
    inside: list[int] = []
    most: list[int] = []

    def scrub(value: Any) -> Any:
        inside.append(1)
        most.append(len(inside))
        inside.pop()
        return {"own": value["own"].replace(SECRET, "-")}

    scrubber = FieldScrubber(scrub, limit_s=60)
    answers: dict[int, list[Any]] = {number: [] for number in range(8)}

    def ask(number: int) -> None:
        answers[number] += [scrubber.clean({"own": f"{SECRET}{number}.{turn}"}, "x") for turn in range(100)]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: [({"own": f"-{number}.{turn}"}, None) for turn in range(100)] for number in range(8)}
    assert max(most) == 1


def test_a_fork_starts_a_thread_of_its_own_even_while_the_parents_is_busy() -> None:
    busy, go_on = threading.Event(), threading.Event()

    def scrub(value: Any) -> Any:
        if value == "wait":
            busy.set()
            go_on.wait()
        return value.replace(SECRET, "-")

    scrubber = FieldScrubber(scrub, limit_s=60)
    other = threading.Thread(target=scrubber.clean, args=("wait", "x"))
    other.start()
    busy.wait()
    child = os.fork()
    if child == 0:
        os._exit(0 if scrubber.clean(SECRET, "x") == ("-", None) else 1)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        go_on.set()
        other.join()
    assert scrubber.clean(SECRET, "x") == ("-", None)


def test_a_scrubber_that_logs_is_not_waited_for() -> None:
    inner: list[Any] = []

    def scrub(value: Any) -> Any:
        inner.append(scrubber.clean("from within", "y"))
        return value

    scrubber = FieldScrubber(scrub, limit_s=60)
    assert scrubber.clean("text", "x") == ("text", None)
    assert inner == [
        (
            "[withheld: the scrubber logs by the logger that it scrubs for]",
            "y: withheld, the scrubber logs by the logger that it scrubs for",
        )
    ]


def test_what_the_scrubber_does_to_its_value_and_its_answer_afterwards_reaches_nobody() -> None:
    seen: list[Any] = []

    def scrub(value: Any) -> Any:
        seen.append(value)
        return value

    given = {"list": ["a"]}
    said, _ = FieldScrubber(scrub, limit_s=60).clean(given, "x")
    seen[0]["list"].append(SECRET)
    assert given == said == {"list": ["a"]}


def test_keys_that_are_no_plain_names_are_scrubbed_as_texts() -> None:
    scrubber = FieldScrubber(without_secret, limit_s=60)
    said, reason = scrubber.clean({"users": {f"{SECRET}@corp.io": 1}}, "metadata")
    assert said == {"users": {"[password]@corp.io": 1}}
    assert reason is None


def test_a_scrubber_that_blanks_every_text_leaves_names_alone() -> None:
    def blank(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: blank(part) for key, part in value.items()}
        return [blank(part) for part in value] if isinstance(value, list) else "***" if isinstance(value, str) else value

    said, reason = FieldScrubber(blank, limit_s=60).clean(MESSAGES, "messages")
    assert said == [{"role": "***", "content": "***"}] * 2
    assert reason is None


def test_a_key_that_would_become_its_neighbour_withholds_the_field() -> None:
    scrubber = FieldScrubber(lambda value: ["name"] if value == ["é"] else value, limit_s=60)
    assert scrubber.clean({"é": 1, "name": 2}, "x")[0] == {"withheld": "[withheld: the scrubber made two keys one]"}


def test_keys_that_would_become_one_withhold_the_field() -> None:
    scrubber = FieldScrubber(lambda value: ["[key]" for _ in value] if isinstance(value, list) else value, limit_s=60)
    assert scrubber.clean({"a b": 1, "c d": 2}, "x")[0] == {"withheld": "[withheld: the scrubber answered with another shape]"}


PART = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


def test_binary_content_never_passes() -> None:
    message = {"role": "user", "content": [PART, {"type": "text", "text": SECRET}, {"source": {"media_type": "a/b", "data": "AAAA"}}]}
    data, changed = FieldScrubber(without_secret, limit_s=60).encode([message, b"\0\xff"], "messages")
    said = orjson.loads(data)
    assert said[0]["content"][0]["image_url"]["url"] == f"data:image/png;base64,{BINARY}"
    assert said[0]["content"][1]["text"] == "[password]"
    assert said[0]["content"][2]["source"]["data"] == BINARY
    assert said[1] == {"base64": BINARY}
    assert changed == ["messages: bytes as base64", "messages: binary content withheld"]


def test_any_object_is_scrubbed_as_the_json_that_it_becomes() -> None:
    class Thing:
        def __init__(self) -> None:
            self.note = SECRET

    data, changed = FieldScrubber(without_secret, limit_s=60).encode({f"key {SECRET}": (Thing(), ValueError(SECRET))}, "metadata")
    assert SECRET not in data.decode() + str(changed)
    assert lossy_fields(changed) == {"metadata"}


def test_a_scrubber_that_is_let_go_ends_its_thread() -> None:
    scrubber = FieldScrubber(without_secret, limit_s=60)
    scrubber.clean("text", "x")
    thread = scrubber._worker.thread if scrubber._worker else None
    gone = weakref.ref(scrubber)
    del scrubber
    gc.collect()
    assert gone() is None
    assert thread is not None
    thread.join(10)
    assert not thread.is_alive()


def test_what_can_not_be_a_scrubber_is_refused_at_once() -> None:
    with pytest.raises(SettingError):
        FieldScrubber("scrub")  # type: ignore[arg-type]
    with pytest.raises(SettingError):
        FieldScrubber(without_secret, limit_s=0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(max_size=20) | st.just(f"a {SECRET} b"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9) | st.just(f"{SECRET} key"), inner, max_size=3),
    max_leaves=12,
)
_own = FieldScrubber(without_secret, limit_s=60)


@settings(deadline=None)
@given(JSON)
def test_no_value_that_is_scrubbed_holds_the_secret_anywhere(value: Any) -> None:
    said, reason = _own.clean(value, "x")
    assert SECRET.encode() not in orjson.dumps(said)
    if reason is None:
        assert re.sub(r"\[password\]", SECRET, orjson.dumps(said).decode()) == orjson.dumps(value).decode() or "base64" in str(value)


def test_the_first_field_that_is_withheld_is_told_of_with_what_to_install(caplog: pytest.LogCaptureFixture) -> None:
    def scrub(value: Any) -> Any:
        raise MissingExtraError("presidio_analyzer is not installed: pip install 'agentlog[build]'")

    scrubber = FieldScrubber(scrub)
    with caplog.at_level(logging.WARNING, "agentlog"):
        for _ in range(3):
            said, reason = scrubber.clean(MESSAGES, "messages")
    assert reason is not None
    assert reason.endswith("MissingExtraError, presidio_analyzer is not installed, pip install 'agentlog[build]'")
    [warning] = caplog.messages
    assert warning.startswith("messages is withheld from the log (the scrubber raised ")
    assert "pip install 'agentlog[build]'" in warning
    assert "hunter2" not in str(said)
