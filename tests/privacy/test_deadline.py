"""Code of the user's own is waited for so long and no longer, and its failures say nothing of the text."""

import os
import threading

import pytest

from agentlog.errors import RecogniserError, SettingError
from agentlog.privacy import deadline as module
from agentlog.privacy.deadline import MOST_HANGING, Deadline


@pytest.fixture
def gate():
    """What hanging calls wait for; opened at the end, so that no thread outlives its test."""
    opened = threading.Event()
    yield opened
    opened.set()
    for thread in module._left_behind:
        thread.join()


def test_the_answer_is_handed_on() -> None:
    asked = Deadline("badge")
    assert [asked.run(str.upper, text) for text in ("a", "b")] == ["A", "B"]


def test_texts_of_one_thread_share_a_worker_and_texts_of_another_do_not_wait_for_it(gate: threading.Event) -> None:
    asked = Deadline("badge")
    names = {asked.run(lambda text: threading.current_thread().ident, "x") for _ in range(3)}
    assert len(names) == 1
    waiting = threading.Thread(target=asked.run, args=(lambda text: gate.wait(), "x"))
    waiting.start()
    assert asked.run(str.upper, "a") == "A"
    gate.set()
    waiting.join()


def test_what_it_raises_is_told_by_its_kind_only() -> None:
    def fail(text: str) -> None:
        raise ValueError(f"cannot read {text}")

    with pytest.raises(RecogniserError, match=r"^recogniser 'badge' raised ValueError$") as caught:
        Deadline("badge").run(fail, "the private text")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, RecursionError])
def test_nothing_that_is_raised_gets_by(kind: type[BaseException]) -> None:
    def fail(text: str) -> None:
        raise kind

    with pytest.raises(RecogniserError, match=kind.__name__):
        Deadline("badge").run(fail, "x")


def test_an_error_of_our_own_is_handed_on_as_it_is() -> None:
    def fail(text: str) -> None:
        raise RecogniserError("recogniser 'badge' answered with what is no span")

    with pytest.raises(RecogniserError, match="no span"):
        Deadline("badge").run(fail, "x")


def test_what_hangs_is_left_behind_and_the_next_text_has_a_thread_of_its_own(gate: threading.Event) -> None:
    asked = Deadline("badge", limit_s=0.02)
    with pytest.raises(RecogniserError, match=r"'badge' timed out after 0\.02 s"):
        asked.run(lambda text: gate.wait(), "x")
    assert Deadline.run(asked, lambda text: "well", "y") == "well"


def test_an_answer_that_came_too_late_counts_as_none() -> None:
    """Code in C may keep the interpreter to itself, so that nobody could stop waiting."""
    asked = Deadline("badge", limit_s=1e-9)
    with pytest.raises(RecogniserError, match="timed out"):
        asked.run(lambda text: sum(range(1000)), "x")


def test_after_some_that_hang_nothing_is_tried_until_they_come_back(gate: threading.Event) -> None:
    asked = Deadline("badge", limit_s=0.01)
    for _ in range(MOST_HANGING):
        with pytest.raises(RecogniserError):
            asked.run(lambda text: gate.wait(), "x")
    with pytest.raises(SettingError, match="'other' is not asked any more"):
        Deadline("other").run(str.upper, "x")
    gate.set()
    for thread in module._left_behind:
        thread.join()
    assert Deadline("other").run(str.upper, "x") == "X"


def test_a_limit_is_more_than_nothing() -> None:
    with pytest.raises(SettingError, match="more than 0"):
        Deadline("badge", limit_s=0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_begins_with_threads_of_its_own() -> None:
    asked = Deadline("badge", limit_s=5)
    asked.run(str.upper, "a")
    child = os.fork()
    if child == 0:
        os._exit(0 if asked.run(str.upper, "b") == "B" else 1)
    assert os.waitpid(child, 0)[1] == 0
