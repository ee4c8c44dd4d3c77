"""Sessions fold into as few rows as say the same."""

from hypothesis import given, settings

from agentlog.schema.interaction import Interaction, Session
from agentlog.schema.outcome import DropReason, Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.assemble import AssembleConfig, assemble
from tests.make import SYSTEM, interaction, session_lists, session_of


def fold(*interactions: Interaction) -> Outcome[Sample]:
    return assemble([session_of(*interactions)], AssembleConfig())


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def said(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def test_a_run_logged_with_its_full_history_is_one_row_in_which_every_answer_is_trained_once() -> None:
    first = interaction(1, messages=[SYSTEM, user("a")], model_output=said("b"))
    second = interaction(2, messages=[SYSTEM, user("a"), said("b"), user("c")], model_output=said("d"))
    [row] = fold(first, second).kept
    assert [message["content"] for message in row.messages] == [SYSTEM["content"], "a", "b", "c", "d"]
    assert row.trained == (2, 4)
    assert row.source_ids == (first.id, second.id)


def test_null_content_and_empty_tool_calls_do_not_hinder_folding() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "look", "arguments": '{"x": 1}'}}
    first = interaction(1, messages=[user("a")], model_output={"role": "assistant", "content": None, "tool_calls": [call]})
    history = [user("a"), {"role": "assistant", "content": "", "tool_calls": [call]}, {"role": "tool", "tool_call_id": "1", "content": "2"}]
    second = interaction(2, messages=history, model_output={**said("d"), "tool_calls": []})
    [row] = fold(first, second).kept
    assert row.trained == (1, 3)
    assert "tool_calls" not in row.messages[3]
    assert row.messages[1]["tool_calls"][0]["function"]["arguments"] == '{"x": 1}'


def test_a_retry_from_the_same_prompt_is_a_row_of_its_own() -> None:
    outcome = fold(
        interaction(1, messages=[user("a")], model_output=said("b")), interaction(2, messages=[user("a")], model_output=said("c"))
    )
    assert [row.trained for row in outcome.kept] == [(1,), (1,)]


def test_a_correction_is_trained_in_the_answers_place_while_the_run_goes_on_from_what_was_said() -> None:
    first = interaction(1, messages=[user("a")], model_output=said("wrong"), human_feedback={"corrections": "right"})
    second = interaction(2, messages=[user("a"), said("wrong"), user("c")], model_output=said("d"))
    corrected, run = fold(first, second).kept
    assert corrected.messages[-1]["content"] == "right"
    assert corrected.answers[0].original == said("wrong")
    assert run.messages[1]["content"] == "wrong"
    assert run.trained == (3,)


def test_calls_without_an_answer_are_dropped_with_their_reason() -> None:
    outcome = fold(
        interaction(1, model_output=None, execution_result={"status": "error"}),
        interaction(2, model_output=said("  ")),
        interaction(3),
    )
    assert [drop.reason for drop in outcome.dropped] == [DropReason.CALL_FAILED, DropReason.NO_ANSWER]
    assert len(outcome.kept) == 1


def test_an_answer_knows_of_which_fields_the_log_had_to_lose_something() -> None:
    changed = ["model_output.content: object as its repr", "messages[0].content: lone surrogates escaped", "tools: tuple as a list"]
    [row, other] = fold(interaction(1, metadata={"changed": changed}), interaction(2)).kept
    assert row.answers[0].changed == ("messages", "model_output")
    assert other.answers[0].changed == ()


def test_other_tools_are_another_row() -> None:
    first = interaction(1, messages=[user("a")], model_output=said("b"))
    tool = {"type": "function", "function": {"name": "f"}}
    second = interaction(2, messages=[user("a"), said("b"), user("c")], model_output=said("d"), tools=[tool])
    assert [row.tools for row in fold(first, second).kept] == [[], [tool]]


@settings(deadline=None, max_examples=60)
@given(session_lists())
def test_what_is_trained_is_what_was_logged_after_the_prompt_that_was_logged(sessions: list[Session]) -> None:
    logged = {call.id: call for session in sessions for call in session.interactions}
    for row in assemble(sessions, AssembleConfig()).kept:
        for index, source in zip(row.trained, row.source_ids, strict=True):
            call = logged[source]
            correction = call.human_feedback.corrections if call.human_feedback else None
            assert row.messages[index]["content"] == (correction or call.model_output["content"])
            assert [m["content"] for m in row.messages[:index]] == [m["content"] for m in call.messages]
