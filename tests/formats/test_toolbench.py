"""ToolBench's logs: calls of tools in today's shape, kept as far as the file tells what the model saw."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from agentlog import read_interactions
from agentlog.errors import ImportRefusedError
from agentlog.formats.run import FileRead, Options
from agentlog.formats.toolbench import read_file
from agentlog.ingest import import_logs
from agentlog.schema.events import parse_event

TOOLS = [{"name": "weather", "description": "Tells the weather.", "parameters": {"type": "object", "properties": {}}}]
CALL = {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": '{"at":  "sea"}'}}
DONE = '{"return_type": "give_answer", "final_answer": "It rains."}'
FINISH = {"role": "assistant", "content": "I know.", "function_call": {"name": "Finish", "arguments": DONE}}
ASKED = [{"role": "system", "content": "Use tools."}, {"role": "user", "content": "Weather at sea?"}]
TOLD = {"role": "function", "name": "weather", "content": "rain", "valid": True}
SEARCH = {
    "win": True,
    "answer_generation": {
        "query": "Weather at sea?",
        "function": TOOLS,
        "final_answer": DONE,
        "query_count": 3,
        "train_messages": [[*ASKED, CALL], [*ASKED, CALL, TOLD, FINISH]],
    },
}
QUERY = "What is the weather at sea today, and what will it be tomorrow?"


def node(role: str, message: Any, *after: dict[str, Any]) -> dict[str, Any]:
    return {"role": role, "message": message, "next": list(after)}


def tool(name: str, arguments: str, response: str, *after: dict[str, Any], cut: int | None = None) -> dict[str, Any]:
    return node("tool", str({"name": name, "arguments": arguments, "response": response})[:cut], *after)


def evaluated(*chain: dict[str, Any], query: str = QUERY, told: str = DONE) -> dict[str, Any]:
    return {"7": {"query": query, "available_tools": TOOLS, "answer": {"final_answer": told, "answer_details": list(chain)}}}


def read(tmp_path: Path, value: Any, name: str = "runs.json") -> FileRead:
    (tmp_path / name).write_bytes(orjson.dumps(value))
    return read_file(tmp_path / name, Options("tool-user", "m"))


def test_each_list_of_messages_is_a_call_in_todays_shape(tmp_path: Path) -> None:
    found = read(tmp_path, SEARCH, "12_method.json")
    [run] = found.runs
    first, second = run.lines
    assert first["model_output"]["tool_calls"] == [
        {"id": None, "type": "function", "function": {"name": "weather", "arguments": '{"at":  "sea"}'}}
    ]
    assert second["messages"] == [*ASKED, first["model_output"], {"role": "tool", "name": "weather", "content": "rain"}]
    assert second["tools"][0]["function"]["name"] == "weather"
    assert second["execution_result"] == {"status": "success", "return_type": "give_answer"}
    assert (run.session, first["task_id"]) == ("12_method", "12")
    assert parse_event(second).id == second["id"]
    assert [bad.reason for bad in found.set_aside] == ["a call on a branch that did not win: its prompt is not in the file"]


def test_a_chain_of_nodes_is_one_run_and_a_thought_belongs_to_the_call_after_it(tmp_path: Path) -> None:
    last = tool("Finish", DONE, "")
    chain = node("system", "", node("user", QUERY, node("assistant", "I look.", tool("weather", "{}", "it's rain", last))))
    found = read(tmp_path, evaluated(chain))
    assert found.set_aside == []
    first, second = found.runs[0].lines
    assert first["messages"] == [{"role": "user", "content": QUERY}]
    assert (first["model_output"]["content"], first["model_output"]["tool_calls"][0]["function"]["name"]) == ("I look.", "weather")
    assert second["messages"][-1] == {"role": "tool", "name": "weather", "content": "it's rain"}
    assert second["model_output"]["content"] is None
    assert first["task_id"] == "7"


def test_branches_of_a_chain_share_their_beginning_only(tmp_path: Path) -> None:
    chain = node("user", QUERY, tool("weather", "{}", "rain", node("assistant", "Rain."), node("assistant", "It rains.")))
    lines = read(tmp_path, evaluated(chain)).runs[0].lines
    assert [line["model_output"]["content"] for line in lines] == [None, "Rain.", "It rains."]
    assert lines[1]["messages"] == lines[2]["messages"]


def test_a_run_is_kept_up_to_its_first_cut_text(tmp_path: Path) -> None:
    """The query is whole elsewhere in the file; of the cut call the arguments are whole, of what the tool said nothing is known."""
    last = tool("Finish", DONE, "", cut=55)
    found = read(tmp_path, evaluated(node("user", QUERY[:55], tool("weather", "{}", "rain" * 50, last, cut=55))))
    [line] = found.runs[0].lines
    assert line["messages"] == [{"role": "user", "content": QUERY}]
    assert line["model_output"]["tool_calls"][0]["function"]["arguments"] == "{}"
    assert [bad.reason for bad in found.set_aside] == ["a call of which a text, or one before it, is cut to 55 characters"]


@pytest.mark.parametrize(
    ("told", "status", "kind"),
    [('{"return_type": "give_up_and_restart"}', "failure", "give_up_and_restart"), ("", "failure", None), (DONE, "success", "give_answer")],
)
def test_a_run_ends_as_it_says(tmp_path: Path, told: str, status: str, kind: str | None) -> None:
    [line] = read(tmp_path, evaluated(node("user", QUERY, node("assistant", "Rain.")), told=told)).runs[0].lines
    assert line["execution_result"] == {"status": status, "return_type": kind}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (3, "neither answer_generation nor answer"),
        ({"answer": {"answer_details": []}}, "no query"),
        ({"query": "q", "answer": {"answer_details": [3]}}, "no chain of nodes"),
        ({"query": "q", "answer": {"answer_details": [node("user", "q")]}}, "no call in it"),
        ({"query": "q", "answer": {"answer_details": [node("user", "q", node("tool", "{'name':"))]}}, "cannot be read"),
        ({"query": "q", "available_tools": 3, "answer": {}}, "its tools are not a list"),
    ],
)
def test_a_run_of_another_shape_is_set_aside(tmp_path: Path, row: Any, why: str) -> None:
    found = read(tmp_path, {**evaluated(node("user", QUERY, node("assistant", "Rain."))), "8": row})
    assert (len(found.runs), found.runs_set_aside) == (1, 1)
    assert found.set_aside[0].number == 2
    assert why in found.set_aside[0].reason


@pytest.mark.parametrize(("content", "why"), [(b"{", "is not JSON"), (b"[]", "not an object of runs"), (b"{}", "not an object of runs")])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "f.json").write_bytes(content)
    with pytest.raises(ImportRefusedError, match=why):
        read_file(tmp_path / "f.json", Options("r"))


def test_the_real_logs_are_accounted_for(tmp_path: Path, real_log: Path) -> None:
    """48 calls of 5 searches, 17 on paths that won; 1,238 calls of 300 evaluated runs, whose texts are cut to 100 characters."""
    report = import_logs([real_log], tmp_path / "data", format="toolbench", options=Options("tool-user"))
    assert (report.runs, report.runs_set_aside, report.interactions_added) == (305, 92, 226)
    assert len(report.set_aside) + report.interactions_read == 48 + 1238
    assert len({bad.reason for bad in report.set_aside}) == 2
    succeeded = {each.session_id for each in read_interactions(tmp_path / "data") if each.execution_result.status == "success"}
    assert len(succeeded) == 143
