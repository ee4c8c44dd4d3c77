"""Small real things for tests: interactions, sessions, logs, samples, and strategies that draw them."""

from pathlib import Path
from typing import Any

import orjson
from hypothesis import strategies as st

from agentlog.schema.interaction import Interaction, Session
from agentlog.schema.outline import Outline
from agentlog.schema.sample import Answer, Sample
from agentlog.stages.outline import OutlineConfig, outline

SYSTEM = {"role": "system", "content": "You write Python."}


def line(number: int, *, session: str = "s", role: str = "coder", **fields: Any) -> dict[str, Any]:
    """One interaction as it stands in a log."""
    given = {
        "event": "interaction",
        "schema_version": 1,
        "id": f"{session}-{number}",
        "timestamp": f"2026-11-20T17:{number // 60 % 60:02d}:{number % 60:02d}.000000Z",
        "session_id": session,
        "agent_role": role,
        "task_type": "implement",
        "messages": [SYSTEM, {"role": "user", "content": f"question {number} of {session}"}],
        "model_output": {"role": "assistant", "content": f"answer {number} of {session}"},
        "model": {"name": "some-model"},
    }
    return {**given, **fields}


def interaction(number: int, **fields: Any) -> Interaction:
    """One interaction as a reader hands it out."""
    return Interaction.model_validate(line(number, **fields))


def session_of(*interactions: Interaction) -> Session:
    """A session of these interactions."""
    return Session(id=interactions[0].session_id or interactions[0].id, interactions=interactions)


def write_log(data: Path, lines: list[dict[str, Any]], name: str = "a.jsonl") -> Path:
    """A log folder with these lines in one file."""
    file = data / "log" / "2026-11-20" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in lines))
    return file


def distinct_lines(tasks: int, *, role: str = "coder") -> list[dict[str, Any]]:
    """Calls that share neither session nor wording, with results: one in five failed."""
    lines = []
    for task in range(tasks):
        words = " ".join(f"w{task}x{position}" for position in range(12))
        lines.append(
            line(
                task,
                session=f"{role}-task-{task}",
                role=role,
                task_type=("implement", "fix", "refactor")[task % 3],
                messages=[SYSTEM, {"role": "user", "content": f"please do {words}"}],
                model_output={"role": "assistant", "content": f"done: {words} and {task}"},
                execution_result={"status": "failure" if task % 5 == 4 else "success", "tests_passed": task % 5 != 4},
            )
        )
    return lines


words = st.sampled_from(["alpha", "beta", "gamma", "delta", "ana@corp.io", "+49 30 901820", "x=1", "", "naïve", "日本"])
texts = st.lists(words, max_size=12).map(" ".join)


@st.composite
def samples(draw: st.DrawFn, number: int) -> Sample:
    """A sample of one to three answered turns."""
    turns = draw(st.integers(1, 3))
    messages: list[dict[str, Any]] = [SYSTEM]
    answers = []
    for turn in range(turns):
        messages += [{"role": "user", "content": draw(texts)}, {"role": "assistant", "content": draw(texts)}]
        answers.append(
            Answer(
                index=len(messages) - 1,
                interaction_id=f"{number}-{turn}",
                timestamp=f"2026-11-20T17:00:{number % 60:02d}.000000Z",
                model=draw(st.sampled_from(["big", "small", None])),
                status=draw(st.sampled_from(["success", "failure", None])),
                tests_passed=draw(st.sampled_from([True, False, None])),
                rating=draw(st.sampled_from([1.0, 3.0, 5.0, None])),
            )
        )
    return Sample(
        id=f"sample-{number}",
        messages=messages,
        trained=tuple(answer.index for answer in answers),
        task_type=draw(st.sampled_from(["implement", "fix", None])),
        source_ids=tuple(answer.interaction_id for answer in answers),
        session_id=draw(st.sampled_from(["one", "two", f"own-{number}"])),
        task_id=draw(st.sampled_from(["t1", "t2", None])),
        answers=tuple(answers),
    )


@st.composite
def sample_lists(draw: st.DrawFn) -> list[Sample]:
    """Samples with different ids, some of them saying the same."""
    return [draw(samples(number)) for number in range(draw(st.integers(0, 6)))]


def outline_of(sample: Sample) -> Outline:
    """The outline of a sample, with the sample at hand."""
    return outline([sample], OutlineConfig()).kept[0]


def outline_lists() -> st.SearchStrategy[list[Outline]]:
    """Outlines of rows with different ids, some of them saying the same."""
    return sample_lists().map(lambda made: outline(made, OutlineConfig()).kept)


@st.composite
def session_lists(draw: st.DrawFn) -> list[Session]:
    """Sessions in which some calls continue earlier ones, some begin anew, and some have no answer."""
    made = []
    for place in range(draw(st.integers(0, 4))):
        history: list[dict[str, Any]] = [SYSTEM]
        calls = []
        for number in range(draw(st.integers(1, 5))):
            if draw(st.booleans()):
                history = [SYSTEM]
            history = [*history, {"role": "user", "content": draw(texts)}]
            output = {"role": "assistant", "content": draw(texts)}
            correction = draw(st.sampled_from([None, None, "better"]))
            calls.append(
                interaction(number, session=f"s{place}", messages=history, model_output=output, human_feedback={"corrections": correction})
            )
            history = [*history, output]
        made.append(session_of(*calls))
    return made
