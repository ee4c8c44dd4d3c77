"""Sampling: sessions are logged whole or not at all, the same everywhere, and what is left out costs nothing on disk."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog import AgentLogger, log_interaction, read_interactions
from agentlog.capture.sampling import UNSAMPLED, Sampling
from agentlog.errors import SettingError

NAMES = [f"ticket-{number}" for number in range(4000)]


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.25, 0.5, 0.9, 1.0])
def test_the_share_of_sessions_that_are_kept_is_the_rate(rate: float) -> None:
    kept = sum(Sampling(rate).keeps("coder", name) for name in NAMES)
    # Five standard deviations: the names are fixed, so this comes out the same each time.
    assert abs(kept - rate * len(NAMES)) <= 5 * (len(NAMES) * rate * (1 - rate)) ** 0.5


@given(st.text(max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_the_sessions_of_a_lower_rate_are_among_those_of_a_higher(name: str, one: float, other: float) -> None:
    sampling = Sampling({"low": min(one, other), "high": max(one, other)})
    assert sampling.keeps("high", name) or not sampling.keeps("low", name) or not name
    assert sampling.keeps("not named", name)


def test_the_choice_is_the_same_in_every_process() -> None:
    code = "import sys; from agentlog.capture.sampling import Sampling; print([n for n in range(500) if Sampling(0.3).keeps('r', f's{n}')])"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert runs[0] == runs[1] == f"{[n for n in range(500) if Sampling(0.3).keeps('r', f's{n}')]}\n"


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan"), "0.5", None, True + 1])
def test_a_rate_that_is_none_is_refused(rate: Any) -> None:
    with pytest.raises(SettingError, match="must be a number from 0 to 1"):
        AgentLogger(sample=rate)
    with pytest.raises(SettingError, match="coder"):
        AgentLogger(sample={"coder": rate})


def test_sessions_are_whole_and_results_of_what_is_left_out_are_not_written(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path, sample=0.3)
    written = 0
    for name in NAMES[:60]:
        with log.session(name):
            ids = [call_of(log, "coder"), call_of(log, "coder")]
            with log.interaction(role="coder", prompt="outer") as outer:
                ids.append(call_of(log, "coder"))
            ids.append(outer.id)
        said = [log.result(each, status="success") for each in ids] + [log.feedback(each, rating=5) for each in ids]
        left_out = [each.startswith(UNSAMPLED) for each in ids]
        assert len({*left_out}) == 1
        assert said == [not left_out[0]] * 8
        written += 0 if left_out[0] else 12
    assert log.stats() == (written, written, 0)
    reader = read_interactions(tmp_path)
    found = list(reader)
    kept = {name for name in NAMES[:60] if Sampling(0.3).keeps("coder", name)}
    assert {each.session_id for each in found} == kept
    assert len(found) == 4 * len(kept)
    assert {each.metadata["sampling_rate"] for each in found} == {0.3}
    assert all(each.execution_result is not None and each.human_feedback is not None for each in found)
    assert (reader.skipped, reader.orphans) == ([], 0)


def test_roles_have_rates_of_their_own_and_a_call_within_one_that_is_left_out_says_so(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path, sample={"coordinator": 0.0})
    with log.session("s"), log.interaction(role="coordinator", prompt="p") as outer:
        inner = call_of(log, "coder")
    assert outer.id.startswith(UNSAMPLED)
    [read] = read_interactions(tmp_path)
    assert (read.id, read.parent_id, read.session_id) == (inner, outer.id, "s")
    assert "sampling_rate" not in read.metadata


@pytest.mark.parametrize("kind", ["function", "generator", "coroutine", "async generator", "block"])
def test_what_is_left_out_leaves_nothing_on_disk(tmp_path: Path, kind: str) -> None:
    log = AgentLogger(tmp_path / "data", sample=0.0)
    decorate = log_interaction("coder", logger=log)

    def stream(prompt: str) -> Any:
        yield prompt
        yield prompt

    async def late_stream(prompt: str) -> Any:
        yield prompt

    async def late(prompt: str) -> str:
        return prompt

    def take(step: Any) -> None:
        with pytest.raises((StopIteration, StopAsyncIteration)):
            step.send(None)

    ways: dict[str, Any] = {
        "function": lambda: decorate(lambda prompt: prompt)("p"),
        "generator": lambda: list(decorate(stream)("p")),
        "coroutine": lambda: take(decorate(late)("p")),
        "async generator": lambda: take(decorate(late_stream)("p").__anext__()),
        "block": lambda: call_of(log, "coder"),
    }
    ways[kind]()
    assert not (tmp_path / "data").exists()
    assert log.stats() == (0, 0, 0)


def call_of(log: AgentLogger, role: str) -> str:
    with log.interaction(role=role, prompt="p") as call:
        call.output = "x"
    return call.id
