"""Runs that are JSON objects with a list of chat messages: one run, one session; each assistant message, one interaction.

An interaction is asked with the messages before it and answers with its own. Dotted paths say where things are in a run (``info.reward``,
``choices.0``); integers index lists. The run's result counts for each of its calls, its raw value kept as ``execution_result.value``.

The same run gives the same lines, byte for byte, whenever it is read. Ids are made of the run's content, the role and the position. A file
of this kind has no times, so the times are positions, one second a message, from the beginning of 1970: they order a session and can't be
taken for real ones. A run is kept up to the first message that cannot be used; the answers after it were asked with a history that
is not there, so they are set aside with it. Nothing is guessed.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from agentlog._ids import content_id
from agentlog.errors import ImportRefusedError
from agentlog.formats.chat_shape import ROLES, is_chat, problem_of
from agentlog.formats.rows import read_rows
from agentlog.formats.run import SECOND_NS, Call, FileRead, Options, Run, run_of

SUCCESS_WORDS = {"success", "succeeded", "successful", "passed", "pass", "resolved", "correct", "right", "true", "yes", "ok", "c"}
FAILURE_WORDS = {"failure", "failed", "fail", "unresolved", "incorrect", "wrong", "false", "no", "i"}
_MISSING = object()

SUFFIXES = (".jsonl", ".json", ".traj")
"""What the files of a folder that are read are called."""


def read_file(file: Path, options: Options) -> FileRead:
    """The runs of a file of JSON objects.

    Raises:
        ImportRefusedError: it cannot be read at all, or none of its runs is what the options say.
    """
    read = read_rows(file, lambda value: read_run(value, options, file.name))
    if not read.runs:
        reason = read.set_aside[0].reason if read.set_aside else "it holds no runs"
        raise ImportRefusedError(f"{file}: nothing in it can be imported; the first reason: {reason} (see --messages-path)")
    for name in read.runs[0].lacking:
        if all(name in run.lacking for run in read.runs):
            none = f"none of its {len(read.runs)} runs has a value at --{name}-path"
            raise ImportRefusedError(f"{file}: {none}: correct the path or leave it out")
    return read


def read_run(value: Any, options: Options, source: str) -> Run:
    """The interactions of one run, without their session; ``source`` is the name of the file they come from.

    Raises:
        ValueError: nothing of the run can be used; the message says why in a few words.
    """
    messages = _messages_of(value, options.messages_path)
    usable, set_aside = _usable(messages)
    if not any(message["role"] == "assistant" for message in usable):
        raise ValueError("; ".join(set_aside) or "no message of an assistant")
    key = content_id("agentlog.import.messages.run", value)
    asked = {"session": options.session_path, "task": options.task_path, "result": options.result_path}
    found = {name: _at(value, path) for name, path in asked.items() if path is not None}
    given = {name: part for name, part in found.items() if part is not _MISSING and part is not None}
    result = read_result(given["result"]) if "result" in given else None
    calls = [
        Call(usable[:position], message, result, time_ns=position * SECOND_NS, position=position)
        for position, message in enumerate(usable)
        if message["role"] == "assistant"
    ]
    run = run_of("messages", key, calls, options, source, _as_text(given.get("session")), _as_text(given.get("task")))
    return replace(run, set_aside=set_aside, lacking=[name for name in found if name not in given])


def read_result(value: Any) -> dict[str, Any]:
    """A run's result: a truth value, a number (1 and more is success, 0 and less failure) or a word; the value itself is kept."""
    return {"status": _status(value), "value": value}


def _status(value: Any) -> str | None:
    if isinstance(value, bool):
        return "success" if value else "failure"
    if isinstance(value, int | float):
        return "success" if value >= 1 else "failure" if value <= 0 else "partial"
    if not isinstance(value, str):
        return None
    word = value.strip().casefold()
    if word in SUCCESS_WORDS:
        return "success"
    return "failure" if word in FAILURE_WORDS else value


def _messages_of(value: Any, path: str) -> list[Any]:
    if is_chat(value):
        return list(value)
    if not isinstance(value, dict):
        raise ValueError(f"not an object but {type(value).__name__}")
    messages = _at(value, path)
    if not isinstance(messages, list):
        keys = ", ".join(list(value)[:8])
        raise ValueError(f"no list of messages at {path!r}; the run has {keys or 'no keys'}")
    return messages


def _usable(messages: list[Any]) -> tuple[list[dict[str, Any]], list[str]]:
    for position, message in enumerate(messages):
        problem = problem_of(message)
        if problem is None and message["role"] not in ROLES:
            problem = f"unknown role {message['role']!r:.40}"
        if problem is not None:
            later = sum(isinstance(other, dict) and other.get("role") == "assistant" for other in messages[position + 1 :])
            return _with_text(messages[:position]), [f"message {position}: {problem}; it and the {later} answers after it are left out"]
    return _with_text(messages), []


def _with_text(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Text parts as OpenAI writes them; some tools name their text ``value``."""
    return [
        {**message, "content": list(map(_text_part, message["content"]))} if isinstance(message.get("content"), list) else message
        for message in messages
    ]


def _text_part(part: Any) -> Any:
    if isinstance(part, dict) and part.get("type") == "text" and "text" not in part and isinstance(part.get("value"), str):
        return {("text" if name == "value" else name): said for name, said in part.items()}
    return part


def _at(value: Any, path: str) -> Any:
    """The value at a dotted path; a key that itself holds dots is found as a whole."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for step in path.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.lstrip("-").isdigit() and -len(value) <= int(step) < len(value):
            value = value[int(step)]
        else:
            return _MISSING
    return value


def _as_text(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else str(value)
