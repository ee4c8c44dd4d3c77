"""ToolBench's logs of tool-calling runs: the answers of its search, and the files that its evaluation makes of them.

- **Answers** (one object with ``answer_generation``): every list of ``train_messages`` is one call, its last message the answer. They
  follow the path that won; calls on other branches are in the file's tree without their prompts, and so are set aside and counted.
- **Evaluation** (an object of runs by id, each with ``query``, ``available_tools``, ``answer``): a run is a chain of nodes. A text before a
  tool's node is the thought of the same answer; a tool's node is a call with what the tool said. Such files may be written with all texts
  cut to one length. A cut text is not what the model saw or said: a run is kept up to the first, and what comes after is set aside.

One run is one session. ``function_call`` and messages of role ``function`` are brought to tool calls and messages of role ``tool``. The run
says itself how it ended: it gave an answer (success), gave up, or never finished (failure): a weak witness, kept as ``return_type``.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from agentlog._ids import content_id
from agentlog._io.jsonl import TOO_DEEP, BadLine, nests_too_deeply
from agentlog.errors import ImportRefusedError
from agentlog.formats.chat_shape import is_chat
from agentlog.formats.response import assistant, tool_call, tool_schema
from agentlog.formats.run import Call, FileRead, Options, Run, read_bytes, run_of

_TEXT = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_CALLED = re.compile(rf"\{{'name': (?P<name>{_TEXT}), 'arguments': (?P<arguments>{_TEXT})[,}}]", re.DOTALL)
_RETURN_TYPE = re.compile(r'"return_type"\s*:\s*"(\w+)"')

SUFFIXES = (".json",)
"""What the files of a folder that are read are called."""


def read_file(file: Path, options: Options) -> FileRead:
    """The runs of one file; places are positions among its runs, from 1.

    Raises:
        ImportRefusedError: it cannot be read, or is no log of ToolBench.
    """
    content = read_bytes(file)
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ImportRefusedError(f"{file} is not JSON: {error}") from error
    if not isinstance(value, dict) or not value:
        raise ImportRefusedError(f"{file} is no log of ToolBench: not an object of runs")
    read = FileRead()
    runs = [(file.name.partition(".")[0], value)] if "answer_generation" in value else list(value.items())
    limit = next((length for _, row in runs if (length := _limit(row)) is not None), None)
    for place, (name, row) in enumerate(runs, start=1):
        try:
            run = _run_of(name, row, limit, options, file.name)
        except ValueError as error:
            read.runs_set_aside += 1
            read.set_aside.append(BadLine(file, place, str(error)))
            continue
        read.set_aside += [BadLine(file, place, reason) for reason in run.set_aside]
        if run.lines:
            read.runs.append(run)
        else:
            read.runs_set_aside += 1
    return read


def _run_of(name: str, row: Any, limit: int | None, options: Options, source: str) -> Run:
    found = row.get("answer_generation", row.get("answer")) if isinstance(row, dict) else None
    if not isinstance(found, dict):
        raise ValueError("neither answer_generation nor answer in it")
    tools = found.get("function") or row.get("available_tools") or []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise ValueError("its tools are not a list of objects")
    schemas = [tool_schema(tool, "parameters") for tool in tools]
    said = found.get("final_answer")
    shared = Call([], None, _result(said if isinstance(said, str) else ""), schemas)
    is_search = "answer_generation" in row
    calls, set_aside = _searched(found, shared) if is_search else _evaluated(row, found, limit, shared)
    written = [[call.messages, call.answer, schemas] for call in calls]
    if nests_too_deeply(orjson.dumps(written), written):
        raise ValueError(TOO_DEEP)
    numbered = re.match(r"(\d+)_", name)
    key = content_id("agentlog.import.toolbench.run", [name, row.get("query", found.get("query")), written])
    run = run_of("toolbench", key, calls, options, source, name, numbered[1] if is_search and numbered else name)
    return replace(run, set_aside=set_aside)


def _result(final_answer: str) -> dict[str, Any]:
    """How a run ended by its own word; one that never finished has none."""
    found = _RETURN_TYPE.search(final_answer)
    return {"status": "success" if found and found[1] == "give_answer" else "failure", "return_type": found[1] if found else None}


def _searched(found: Mapping[str, Any], shared: Call) -> tuple[list[Call], list[str]]:
    """The calls on the path that won."""
    lists = found.get("train_messages") or []
    if not isinstance(lists, list):
        raise ValueError("train_messages is not a list")
    calls = []
    set_aside = []
    for number, messages in enumerate(lists, start=1):
        chat = [_as_chat(message) for message in messages] if isinstance(messages, list) else None
        if is_chat(chat) and chat and len(chat) > 1 and chat[-1]["role"] == "assistant":
            calls.append(replace(shared, messages=chat[:-1], answer=chat[-1]))
        else:
            set_aside.append(f"call {number}: not a conversation that an assistant ends")
    count = found.get("query_count")
    if isinstance(count, int) and count > len(lists):
        set_aside += ["a call on a branch that did not win: its prompt is not in the file"] * (count - len(lists))
    if not calls and not set_aside:
        set_aside.append("no call in it")
    return calls, set_aside


def _as_chat(message: Any) -> Any:
    """A message as chats are written today; what is no message stays as it is."""
    if not isinstance(message, dict):
        return message
    chat = {name: part for name, part in message.items() if name not in ("function_call", "valid")}
    call = message.get("function_call")
    if isinstance(call, dict):
        chat["tool_calls"] = [tool_call(None, call.get("name"), call.get("arguments") or "")]
    if chat.get("role") == "function":
        chat["role"] = "tool"
    return chat


class _Place(NamedTuple):
    """A node of a run with what was said before it: messages, and the thought that belongs to the call it is."""

    node: Mapping[str, Any]
    history: list[dict[str, Any]]
    thought: str | None = None


class _Called(NamedTuple):
    """What a tool's node says; ``response`` is None where it is cut."""

    name: str
    arguments: str
    response: str | None


def _evaluated(row: Mapping[str, Any], found: Mapping[str, Any], limit: int | None, shared: Call) -> tuple[list[Call], list[str]]:
    """The calls of all chains of nodes, up to the first text of each that is cut."""
    query, details = row.get("query"), found.get("answer_details")
    if not isinstance(query, str) or not isinstance(details, list) or not all(map(_is_node, _nodes(details))):
        raise ValueError("no query, or no chain of nodes in answer_details")
    calls: list[Call] = []
    unread = 0
    places = [_Place(node, []) for node in reversed(details)]
    while places:
        place = places.pop()
        answer, heard = _step(place, query, limit)
        if answer is not None:
            calls.append(replace(shared, messages=place.history, answer=answer))
        if heard is None:
            unread += _calls_in(place.node) - (answer is not None)
            continue
        thought = place.node.get("message") if place.node.get("role") == "assistant" and answer is None else None
        history = [*place.history, *([answer] if answer else []), *heard]
        places += [_Place(node, history, thought) for node in reversed(place.node.get("next") or [])]
    why = "cannot be read" if limit is None else f"is cut to {limit} characters"
    return calls, [f"a call of which a text, or one before it, {why}"] * unread or ([] if calls else ["no call in it"])


def _nodes(details: list[Any]) -> Iterator[Any]:
    """Every node of a run, whatever its depth."""
    nodes = list(details)
    while nodes:
        node = nodes.pop()
        yield node
        after = node.get("next") if isinstance(node, dict) else None
        nodes += after if isinstance(after, list) else []


def _is_node(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("message"), str | dict) and isinstance(node.get("next", []), list)


def _limit(row: Any) -> int | None:
    """The length that a file's texts are cut to, seen where a run repeats its query; None if they are whole."""
    found = row.get("answer") if isinstance(row, dict) else None
    query = row.get("query") if isinstance(row, dict) else None
    details = found.get("answer_details") if isinstance(found, dict) else None
    if not isinstance(query, str) or not isinstance(details, list):
        return None
    texts = [node.get("message") for node in _nodes(details) if isinstance(node, dict) and node.get("role") == "user"]
    return next((len(text) for text in texts if isinstance(text, str) and text != query and query.startswith(text)), None)


def _step(place: _Place, query: str, limit: int | None) -> tuple[dict[str, Any] | None, list[dict[str, Any]] | None]:
    """The answer that a node is, if it is one, and what was said after it; None where that is not known."""
    role, said = place.node.get("role"), place.node.get("message")
    is_cut = isinstance(said, str) and limit is not None and len(said) >= limit
    if role in ("system", "user", "assistant") and not isinstance(said, str):
        return None, None
    if role == "user":
        return None, [{"role": "user", "content": query if is_cut else said}]
    if role == "system":
        return None, None if is_cut else [{"role": "system", "content": said}] if said else []
    if role == "assistant":
        if is_cut:
            return None, None
        return (None, []) if _is_thought(place.node) else (assistant(said, []), [])
    called = _called(said, is_cut)
    if role != "tool" or called is None:
        return None, None
    answer = assistant(place.thought, [tool_call(None, called.name, called.arguments)])
    return answer, None if called.response is None else [{"role": "tool", "name": called.name, "content": called.response}]


def _called(said: Any, is_cut: bool) -> _Called | None:
    if isinstance(said, str) and not is_cut:
        try:
            said = ast.literal_eval(said)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    if isinstance(said, dict):
        parts = [said.get(name) for name in ("name", "arguments", "response")]
        texts = [part if isinstance(part, str) else orjson.dumps(part).decode() for part in parts]
        return _Called(*texts)
    found = _CALLED.match(said) if isinstance(said, str) else None
    return _Called(ast.literal_eval(found["name"]), ast.literal_eval(found["arguments"]), None) if found else None


def _calls_in(node: Mapping[str, Any]) -> int:
    """How many answers a node and those after it hold; a thought is a part of the call that follows."""
    return sum(each.get("role") == "tool" or (each.get("role") == "assistant" and not _is_thought(each)) for each in _nodes([node]))


def _is_thought(node: Mapping[str, Any]) -> bool:
    return any(after.get("role") == "tool" for after in node.get("next") or [])
