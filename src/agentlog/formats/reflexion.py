"""Logs of Reflexion: programming runs, ReAct transcripts and memories of AlfWorld, told apart by their shape.

- **Programming** (JSON lines with ``prompt`` and ``solution``): one row, one session. What the model said is the solution and each
  reflection; attempts before the last are there if the row keeps them (``implementations``, ``test_feedback``). Task types are
  ``implement``, ``test`` (a solution that is a list of tests) and ``reflect``. The file's name has the model's, as Reflexion writes it.
- **ReAct** (text, ``Question:`` to ``Correct answer:``): one attempt, one session; a thought with its action is one answer, though the
  agent may have asked for each alone. An agent that was right is printed again in each later trial: that is set aside.
- **AlfWorld** (``name``, ``memory``, ``is_success``): one environment, one session; its calls are the reflections, whose prompts are not
  in the file. Memories grow, so the file of the last trial holds them all; a reflection that was read before is known by its content.

The prompts are what the logs tell of them, and nothing is put in their place: no system prompt and no examples, which were sent and never
logged. A reflection is told to the calls that come after it as a user's message, because Reflexion puts it into their prompt. What came of
a reflection is what came of the next attempt.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from agentlog._ids import content_id
from agentlog._io.jsonl import BadLine
from agentlog.errors import ImportRefusedError
from agentlog.formats.rows import read_rows
from agentlog.formats.run import Call, FileRead, Options, Run, read_bytes, run_of

_MODEL = re.compile(r"_\d+_(.+?)_pass_at_k_")
_PLACED = ("task_id", "name", "prompt", "solution", "is_solved", "reflections", "implementations", "test_feedback")
_TRIAL = re.compile(r"BEGIN TRIAL (\d+)")
_SECTION = re.compile(r"-+ BEGIN (\w+) AGENTS -+")
_LAST_LINE = "Correct answer:"
_RETRY = " You have attempted to answer following question before and failed"

_STATUSES = {"CORRECT": "success", "INCORRECT": "failure", "HALTED": "failure"}

SUFFIXES = (".jsonl", ".json", ".txt")
"""What the files of a folder that are read are called."""


def read_file(file: Path, options: Options) -> FileRead:
    """The runs of one file.

    Raises:
        ImportRefusedError: it cannot be read, or is no log of Reflexion.
    """
    content = read_bytes(file)
    if content.lstrip()[:1] in b"[{":
        return read_rows(file, lambda row: _run_of_row(row, options, file.name))
    try:
        return _read_transcript(file, content.decode(), options)
    except UnicodeDecodeError as error:
        raise ImportRefusedError(f"{file} is neither JSON nor text: {error.reason}") from error


def _run_of_row(row: Any, options: Options, source: str) -> Run:
    if not isinstance(row, dict):
        raise ValueError(f"not an object but {type(row).__name__}")
    if isinstance(row.get("prompt"), str) and "solution" in row:
        return _programming_run(row, options, source)
    if isinstance(row.get("name"), str) and "memory" in row:
        return _memory_run(row, options, source)
    raise ValueError(f"neither prompt and solution nor name and memory; the row has {', '.join(list(row)[:8]) or 'no keys'}")


def _programming_run(row: dict[str, Any], options: Options, source: str) -> Run:
    solution, solved = row["solution"], row.get("is_solved")
    is_tests = isinstance(solution, list)
    reflections, attempts, feedback = (_texts(row, name) for name in ("reflections", "implementations", "test_feedback"))
    if not isinstance(solution, str) and not (is_tests and all(isinstance(line, str) for line in solution)):
        raise ValueError("the solution is neither text nor a list of tests")
    named = _MODEL.search(source)
    model = options.model or (named[1] if named else None)
    work = "test" if is_tests else "implement"
    rest = {name: part for name, part in row.items() if name not in _PLACED}
    history: list[dict[str, Any]] = [{"role": "user", "content": row["prompt"]}]
    calls = []
    for number, reflection in enumerate(reflections):
        for attempt in attempts[number : number + 1]:
            calls.append(Call(list(history), _said(attempt), {"status": "failure"}, model=model, task_type=work, metadata=rest))
            history += [_said(attempt), *({"role": "user", "content": told} for told in feedback[number : number + 1])]
        result = _result(solved) if number == len(reflections) - 1 else {"status": "failure"}
        calls.append(Call(list(history), _said(reflection), result, model=model, task_type="reflect"))
        history.append({"role": "user", "content": reflection})
    answer = _said("\n".join(solution) if is_tests else solution)
    calls.append(Call(history, answer, _result(solved), model=model, task_type=work, metadata=rest))
    task = row.get("task_id", row.get("name"))
    task = None if task is None else str(task)
    key = content_id("agentlog.import.reflexion.run", [named[1] if named else None, row])
    return run_of("reflexion", key, calls, options, source, task, task)


def _memory_run(row: dict[str, Any], options: Options, source: str) -> Run:
    memory = _texts(row, "memory")
    if not memory:
        raise ValueError("a verdict only: nothing that a model said")
    # After a trial that failed, the newest reflection has not been used yet.
    last = _result(True) if row.get("is_success") is True else None
    calls = [
        Call(
            [{"role": "user", "content": earlier} for earlier in memory[:number]],
            _said(reflection),
            last if number == len(memory) - 1 else {"status": "failure"},
            task_type="reflect",
        )
        for number, reflection in enumerate(memory)
    ]
    key = content_id("agentlog.import.reflexion.memory", [row["name"], memory[0]])
    return run_of("reflexion", key, calls, options, source, row["name"], row["name"])


def _texts(row: dict[str, Any], name: str) -> list[str]:
    given = row.get(name) or []
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise ValueError(f"{name} is not a list of texts")
    return given


def _said(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def _result(solved: Any) -> dict[str, Any] | None:
    if not isinstance(solved, bool):
        return None
    return {"status": "success" if solved else "failure", "tests_passed": solved}


class _Attempt(NamedTuple):
    """One agent's work on one question: where it begins, in which trial it stands, how it ended, and its lines."""

    line: int
    trial: int
    ending: str
    text: str


def _read_transcript(file: Path, text: str, options: Options) -> FileRead:
    read = FileRead()
    seen: dict[str, int] = {}
    for attempt in _attempts(text):
        same = seen.setdefault(attempt.text, attempt.line)
        try:
            if same != attempt.line and attempt.ending == "CORRECT":
                raise ValueError("an attempt that stands above, printed again: its agent was done")
            read.runs.append(_attempt_run(attempt, options, file.name))
        except ValueError as error:
            read.runs_set_aside += 1
            read.set_aside.append(BadLine(file, attempt.line, str(error)))
    if not read.runs and not read.set_aside:
        raise ImportRefusedError(f"{file} is no log of Reflexion: it has no line that begins with 'Question:'")
    return read


def _attempts(text: str) -> Iterator[_Attempt]:
    trial, ending, begun = 0, "", 0
    lines: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not lines and (found := _TRIAL.match(line)):
            trial = int(found[1])
        elif not lines and (found := _SECTION.match(line)):
            ending = found[1]
        elif lines or line.startswith("Question:"):
            begun = begun if lines else number
            lines.append(line)
            if line.startswith(_LAST_LINE):
                yield _Attempt(begun, trial, ending, "\n".join(lines))
                lines = []
    if lines:
        yield _Attempt(begun, trial, ending, "\n".join(lines))


def _attempt_run(attempt: _Attempt, options: Options, source: str) -> Run:
    asked, *steps = _steps(attempt.text)
    if not steps:
        raise ValueError("a question without a step of an agent")
    question, solution = asked.removeprefix("Question:").strip(), _last_line(attempt.text)
    history: list[dict[str, Any]] = [{"role": "user", "content": asked.strip()}]
    value = {"ended": attempt.ending.lower(), "trial": attempt.trial}
    status = _STATUSES.get(attempt.ending)
    result = {"status": status, "value": value["ended"]} if status else None
    calls = []
    for step in steps:
        said, mark, seen = step.partition("\nObservation ")
        calls.append(Call(list(history), _said(said.strip()), result, metadata={"trial": attempt.trial, "correct_answer": solution}))
        history += [_said(said.strip()), {"role": "user", "content": f"{mark}{seen}".strip()}]
    # An agent that was not right tries again, and may well say the same.
    again = None if attempt.ending == "CORRECT" else attempt.trial
    key = content_id("agentlog.import.reflexion.attempt", [attempt.text, again])
    return run_of("reflexion", key, calls, options, source, None, question.partition(_RETRY)[0].strip())


def _steps(text: str) -> list[str]:
    """What is asked, then each step from its thought on; numbers must follow each other, as texts that were found may hold any word."""
    whole = text[: text.rfind(f"\n{_LAST_LINE}")] if f"\n{_LAST_LINE}" in text else text
    parts = []
    number = 1
    while f"\nThought {number}:" in whole:
        before, _, whole = whole.partition(f"\nThought {number}:")
        parts.append(before)
        whole = f"Thought {number}:{whole}"
        number += 1
    return [*parts, whole]


def _last_line(text: str) -> str | None:
    last = text.rpartition("\n")[2]
    return last.removeprefix(_LAST_LINE).strip() if last.startswith(_LAST_LINE) else None
