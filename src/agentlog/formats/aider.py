"""Aider's chat histories (Markdown): one chat, one session; each answer of the model, one interaction.

A chat begins with ``# aider chat started at``. Lines that begin with ``####`` are the user's, lines that begin with ``>`` aider's own;
both end in two spaces, by which they are told from the Markdown of an answer. A text is an answer if it follows the user, or aider's count
of tokens, or if the count follows it. Where aider went on by itself (files added, output of linters and tests), what it printed stands as
the message that was answered: the words that it sent are not in the file, nor are its system prompt and the contents of files.

Aider's benchmark keeps results beside a chat, in a JSON file of the same name. A result belongs to the chat of the same cost. Of a task's
attempts, one was chosen and judged by hidden tests (``resolved``); of the others it is known whether edits, linter and visible tests
went well. Times are those of a chat's beginning, taken as UTC, one second a call.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from agentlog._ids import content_id
from agentlog._io.jsonl import BadLine
from agentlog.errors import ImportRefusedError
from agentlog.formats.run import SECOND_NS, Call, FileRead, Options, Run, read_bytes, run_of

_BEGIN = "# aider chat started at "
_MODEL = re.compile(r"(?:Main model|Models?): (\S+?),? with ")
_TOKENS = re.compile(
    r"(?:Tokens: )?(?P<sent>[\d.,]+k?) (?:prompt tokens|sent), (?:.*?cache.*?, )?(?P<got>[\d.,]+k?) (?:completion tokens|received)"
    r"(?:[.,] (?:Cost: )?\$(?P<cost>[\d.]+))?"
)
_OUTCOMES = ("edit_outcome", "lint_outcome", "test_outcome")
# By these the result says which of the attempts was chosen.
_CHOSEN = ("try", "model", "model_patch")
_SAME_COST = 1e-6

SUFFIXES = (".md",)
"""What the files of a folder that are read are called."""


@dataclass
class _Block:
    """Lines of one kind that stand together: the user's (``#``), aider's (``>``), its count of tokens (``$``), or a text."""

    kind: str
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip("\n").rstrip()


@dataclass
class _Chat:
    """One chat: when and where it begins, and its blocks."""

    line: int
    started: str
    blocks: list[_Block] = field(default_factory=list)


def read_file(file: Path, options: Options) -> FileRead:
    """The chats of a history, with the results beside it.

    Raises:
        ImportRefusedError: it cannot be read, is no history of aider, or the JSON file beside it is broken.
    """
    try:
        text = read_bytes(file).decode()
    except UnicodeDecodeError as error:
        raise ImportRefusedError(f"{file} is no text: {error.reason}") from error
    chats = list(_chats(text))
    if not chats:
        raise ImportRefusedError(f"{file} is no history of aider: no line begins with '{_BEGIN}'")
    results = _results_beside(file)
    read = FileRead()
    for number, chat in enumerate(chats, start=1):
        calls, set_aside = _calls_of(chat)
        read.set_aside += [BadLine(file, line, reason) for line, reason in set_aside]
        if calls:
            read.runs.append(_run_of(calls, chat, results, options, file, number))
        else:
            read.runs_set_aside += 1
            read.set_aside.append(BadLine(file, chat.line, "a chat without an answer of a model"))
    return read


def _chats(text: str) -> Iterator[_Chat]:
    chat: _Chat | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith(_BEGIN):
            if chat:
                yield chat
            chat = _Chat(number, line.removeprefix(_BEGIN).strip())
        elif chat:
            _put(chat.blocks, line, number)
    if chat:
        yield chat


def _put(blocks: list[_Block], line: str, number: int) -> None:
    """Put a line to the block before it, or begin one."""
    kind, said = _kind_of(line)
    if blocks and blocks[-1].kind == kind != "$":
        blocks[-1].lines.append(said)
    # Blank lines part blocks; within a text they belong to it.
    elif said.strip() or kind != " ":
        blocks.append(_Block(kind, number, [said]))


def _kind_of(line: str) -> tuple[str, str]:
    said = line.rstrip()
    if line.endswith("  ") and (said == "####" or said.startswith("#### ")):
        return "#", said[5:]
    if line.endswith("  ") and (said == ">" or said.startswith("> ")):
        return ("$" if _TOKENS.match(said[2:]) else ">"), said[2:]
    return " ", line


def _calls_of(chat: _Chat) -> tuple[list[Call], list[tuple[int, str]]]:
    """The calls of a chat in order, and what of it is no answer and yet none of aider's lines."""
    blocks = chat.blocks
    model = next((found[1] for block in blocks if block.kind == ">" if (found := _MODEL.search(block.text))), None)
    history: list[dict[str, Any]] = []
    calls: list[Call] = []
    set_aside = []
    printed: list[str] = []
    for place, block in enumerate(blocks):
        before = blocks[place - 1].kind if place else ""
        counted = next((blocks[at] for at in (place - 1, place + 1) if 0 <= at < len(blocks) and blocks[at].kind == "$"), None)
        if block.kind == "#":
            history.append({"role": "user", "content": block.text})
            printed = []
        elif block.kind == ">" and history:
            printed.append(block.text)
        elif block.kind == "$" and before != " " and (place + 1 == len(blocks) or blocks[place + 1].kind != " "):
            set_aside.append((block.line, "a count of tokens without an answer"))
        elif block.kind == " " and history and (counted or before == "#"):
            said = "\n".join(printed).strip()
            history += [{"role": "user", "content": said}] if said and history[-1]["role"] == "assistant" else []
            answer = {"role": "assistant", "content": block.text}
            calls.append(Call(list(history), answer, model=model, usage=_usage(counted), metadata={"line": block.line}))
            history.append(answer)
            printed = []
        elif block.kind == " ":
            set_aside.append((block.line, "a text that answers nothing"))
    return calls, set_aside


def _usage(counted: _Block | None) -> dict[str, Any] | None:
    found = _TOKENS.match(counted.text) if counted else None
    if not found:
        return None
    usage = {"input_tokens": _count(found["sent"]), "output_tokens": _count(found["got"])}
    return usage | ({"cost": float(found["cost"].rstrip("."))} if found["cost"] else {})


def _count(text: str) -> int:
    """Newer versions say 3.1k."""
    number = text.replace(",", "")
    return round(float(number[:-1]) * 1000) if number.endswith("k") else int(number.replace(".", ""))


def _results_beside(file: Path) -> dict[str, Any]:
    beside = file.parent / f"{file.name.removesuffix('.gz').removesuffix('.md')}.json"
    if not beside.is_file():
        return {}
    try:
        value = orjson.loads(read_bytes(beside))
    except orjson.JSONDecodeError as error:
        raise ImportRefusedError(f"{beside}, the results beside {file.name}, is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ImportRefusedError(f"{beside}, the results beside {file.name}, is not an object")
    return value


def _run_of(calls: list[Call], chat: _Chat, results: dict[str, Any], options: Options, file: Path, number: int) -> Run:
    attempt, result = _attempt_of(calls, results)
    started = _time_of(chat.started)
    model = attempt.get("model")
    task = results.get("instance_id")
    known = [
        Call(
            call.messages,
            call.answer,
            result,
            model=model if isinstance(model, str) else call.model,
            usage=call.usage,
            time_ns=None if started is None else started + position * SECOND_NS,
            metadata=call.metadata,
        )
        for position, call in enumerate(calls)
    ]
    key = content_id("agentlog.import.aider.chat", [chat.started, [[call.messages[0], call.answer] for call in calls]])
    name = file.name.partition(".md")[0].strip(".")
    return run_of("aider", key, known, options, file.name, f"{name}-{number}", task if isinstance(task, str) else None)


def _attempt_of(calls: list[Call], results: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The attempt that cost as much as a chat, and what came of it."""
    cost = sum((call.usage or {}).get("cost", 0.0) for call in calls)
    told = results.get("all_results")
    attempts = (
        [each for each in told if isinstance(each, dict) and isinstance(each.get("cost"), int | float)] if isinstance(told, list) else []
    )
    alike = [each for each in attempts if abs(each["cost"] - cost) < _SAME_COST]
    if len(alike) != 1 or not cost:
        return {}, None
    attempt = alike[0]
    outcomes = {name: attempt[name] for name in _OUTCOMES if isinstance(attempt.get(name), bool)}
    resolved = results.get("resolved")
    if isinstance(resolved, bool) and all(attempt.get(name) == results.get(name) for name in _CHOSEN):
        return attempt, {"status": "success" if resolved else "failure", "tests_passed": resolved, "resolved": resolved, **outcomes}
    failed = not all(outcomes.values())
    return attempt, {
        "status": "failure" if failed else None,
        "tests_passed": outcomes.get("test_outcome"),
        **outcomes,
    } if outcomes else None


def _time_of(text: str) -> int | None:
    try:
        return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_NS
    except ValueError:
        return None
