"""Runs as lists of chat messages: what becomes of paths, results, odd messages."""

from typing import Any

import pytest

from agentlog.formats.messages import read_result, read_run
from agentlog.formats.run import Options
from agentlog.schema.events import parse_event

CHAT = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": '{"a":  1}'}}]},
    {"role": "tool", "tool_call_id": "c", "content": "1"},
    {"role": "assistant", "content": "done"},
]


def test_each_assistant_message_answers_the_messages_before_it() -> None:
    run = read_run({"messages": CHAT}, Options("coder", "gpt"), "f.json")
    assert [line["messages"] for line in run.lines] == [CHAT[:1], CHAT[:3]]
    assert [line["model_output"] for line in run.lines] == [CHAT[1], CHAT[3]]
    assert {(line["agent_role"], line["model"]["name"]) for line in run.lines} == {("coder", "gpt")}
    assert {line["metadata"]["imported_from"] for line in run.lines} == {"f.json"}
    assert [line["timestamp"] for line in run.lines] == ["1970-01-01T00:00:01.000000Z", "1970-01-01T00:00:03.000000Z"]


def test_every_line_is_an_event_of_the_schema() -> None:
    for line in read_run({"messages": CHAT}, Options("coder"), "f").lines:
        assert parse_event(line).id == line["id"]


def test_paths_lead_through_objects_and_lists() -> None:
    value = {"log": [{"chat": CHAT}], "info": {"id": 7, "score": [0, 1.0]}, "a.b": "dotted"}
    options = Options("r", messages_path="log.0.chat", session_path="a.b", task_path="info.id", result_path="info.score.-1")
    run = read_run(value, options, "f")
    assert run.session == "dotted"
    assert {line["task_id"] for line in run.lines} == {"7"}
    assert run.lines[0]["execution_result"] == {"status": "success", "value": 1.0}
    assert run.lacking == []


def test_a_value_that_is_not_there_is_told() -> None:
    run = read_run({"messages": CHAT, "reward": None}, Options("r", session_path="id", result_path="reward"), "f")
    assert run.lacking == ["session", "result"]
    assert run.lines[0]["execution_result"] is None


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (True, "success"), (False, "failure"), (1, "success"), (1.0, "success"), (2.5, "success"), (0, "failure"), (-1, "failure"),
        (0.5, "partial"), ("Success", "success"), ("passed", "success"), ("C", "success"), ("I", "failure"), ("incorrect", "failure"),
        (" failed ", "failure"), ("timeout", "timeout"), ({"a": 1}, None),
    ],
)  # fmt: skip
def test_a_result_is_a_truth_value_a_number_or_a_word_and_is_kept_raw(value: Any, status: str | None) -> None:
    assert read_result(value) == {"status": status, "value": value}


def test_a_run_is_kept_up_to_the_first_message_that_cannot_be_used() -> None:
    run = read_run({"messages": [*CHAT[:2], {"role": "critic", "content": "no"}, CHAT[3]]}, Options("r"), "f")
    assert len(run.lines) == 1
    assert run.set_aside == ["message 2: unknown role 'critic'; it and the 1 answers after it are left out"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "not an object but list"),
        ({}, "no list of messages at 'messages'; the run has no keys"),
        ({"traj": CHAT}, "the run has traj"),
        ({"messages": []}, "no message of an assistant"),
        ({"messages": [3, *CHAT]}, "message 0: not an object but int"),
    ],
)
def test_a_run_without_anything_to_use_is_refused_with_its_reason(value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_run(value, Options("r"), "f")


def test_ids_are_of_content_role_and_position() -> None:
    def ids(value: Any, role: str = "r") -> list[str]:
        return [line["id"] for line in read_run(value, Options(role), "any").lines]

    run = {"messages": [*CHAT, *CHAT]}
    assert ids(run) == ids(run)
    assert len(set(ids(run))) == 4
    assert set(ids(run)).isdisjoint(ids(run, "other") + ids({**run, "trial": 2}))


def test_text_parts_that_call_their_text_value_are_read_as_text() -> None:
    part = {"type": "text", "value": "hello", "weight": 1}
    [line] = read_run(
        {"messages": [CHAT[0], {"role": "assistant", "content": [part, {"type": "image", "value": "x"}]}]}, Options("coder"), "f"
    ).lines
    assert line["model_output"]["content"] == [{"type": "text", "text": "hello", "weight": 1}, {"type": "image", "value": "x"}]


def test_a_bare_list_of_messages_is_a_run() -> None:
    assert len(read_run(CHAT, Options("coder"), "f").lines) == 2
