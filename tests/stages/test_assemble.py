"""Sessions fold into as few rows as say the same."""

import copy
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.schema.interaction import Interaction, Session
from agentlog.schema.outcome import DropReason, Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.assemble import AssembleConfig, assemble
from agentlog.stages.select import SelectConfig, select
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


def calling(*names: str, arguments: str = '{"x": 1}') -> dict[str, Any]:
    calls = [{"id": name, "type": "function", "function": {"name": "look", "arguments": arguments}} for name in names]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def heard(name: str, text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": name, "content": text}


def contents(row: Sample) -> list[Any]:
    return [message.get("content") for message in row.messages]


def test_history_that_repeats_tool_calls_under_other_ids_folds_and_the_results_answer_the_ids_of_the_row() -> None:
    first = interaction(1, messages=[user("a")], model_output=calling("c1", "c2"))
    history = [user("a"), calling("x1", "x2"), heard("x2", "two"), heard("x1", "one")]
    second = interaction(2, messages=history, model_output=calling("x3"))
    third = interaction(3, messages=[*history, calling("y3"), heard("y3", "three")], model_output=said("d"))
    [row] = fold(first, second, third).kept
    assert row.trained == (1, 4, 6)
    assert [message.get("tool_call_id") for message in row.messages] == [None, None, "c2", "c1", None, "x3", None]


def test_results_of_parallel_tool_calls_that_are_swapped_are_another_conversation() -> None:
    first = interaction(1, messages=[user("a"), calling("c1", "c2"), heard("c1", "one"), heard("c2", "two")], model_output=said("b"))
    swapped = [user("a"), calling("c1", "c2"), heard("c2", "one"), heard("c1", "two"), said("b"), user("c")]
    assert len(fold(first, interaction(2, messages=swapped)).kept) == 2


def test_ids_that_are_given_again_in_every_turn_answer_the_newest_call() -> None:
    history = [user("a"), calling("0"), heard("0", "one")]
    first = interaction(1, messages=[user("a")], model_output=calling("0"))
    second = interaction(2, messages=history, model_output=calling("0", arguments="{}"))
    third = interaction(3, messages=[*history, calling("0", arguments="{}"), heard("0", "two")], model_output=said("d"))
    [row] = fold(first, second, third).kept
    assert row.trained == (1, 3, 5)


@pytest.mark.parametrize(
    "repeated",
    [
        [{"type": "text", "text": "b"}],
        [{"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}],
        [{"type": "output_text", "text": ""}, {"type": "text", "text": "b"}],
    ],
)
def test_a_text_and_the_same_text_in_parts_are_the_same(repeated: list[dict[str, Any]]) -> None:
    first = interaction(1, messages=[user("a")], model_output=said("b"))
    history = [{"role": "user", "content": [{"type": "text", "text": "a"}]}, {"role": "assistant", "content": repeated}, user("c")]
    [row] = fold(first, interaction(2, messages=history, model_output=said("d"))).kept
    assert contents(row) == ["a", "b", "c", "d"]


def test_another_picture_is_another_conversation_and_the_same_one_is_not() -> None:
    def shown(url: str, **marks: Any) -> dict[str, Any]:
        return {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}, **marks}]}

    first = interaction(1, messages=[shown("data:1", cache_control={"type": "ephemeral"})], model_output=said("b"))
    same = interaction(2, messages=[shown("data:1"), said("b"), user("c")], model_output=said("d"))
    other = interaction(3, messages=[shown("data:2"), said("b"), user("c")], model_output=said("d"))
    assert [row.trained for row in fold(first, same, other).kept] == [(1, 3), (3,)]


def test_arguments_in_another_notation_are_the_same_and_other_arguments_are_not() -> None:
    first = interaction(1, messages=[user("a")], model_output=calling("c", arguments='{"y": 2, "x": 1}'))
    same = interaction(2, messages=[user("a"), calling("c", arguments='{"x":1,"y":2}'), heard("c", "3")], model_output=said("d"))
    other = interaction(3, messages=[user("a"), calling("c", arguments='{"x":1,"y":3}'), heard("c", "3")], model_output=said("d"))
    torn = interaction(4, messages=[user("a"), calling("c", arguments='{"x":1,')], model_output=said("d"))
    assert [row.source_ids for row in fold(first, same, other, torn).kept] == [(first.id, same.id), (other.id,), (torn.id,)]


@pytest.mark.parametrize("place", ["reasoning_content", "reasoning", "thinking"])
def test_reasoning_that_the_history_leaves_out_is_a_branch_and_reasoning_that_it_keeps_is_none(place: str) -> None:
    first = interaction(1, messages=[user("a")], model_output={**said("b"), place: "let me see"})
    stripped = interaction(2, messages=[user("a"), said("b"), user("c")], model_output=said("d"))
    kept = interaction(3, messages=[user("a"), {**said("b"), place: "let me see"}, user("c")], model_output=said("d"))
    assert [row.source_ids for row in fold(first, stripped, kept).kept] == [(first.id, kept.id), (stripped.id,)]


def test_reasoning_inside_the_text_that_the_history_leaves_out_is_a_branch() -> None:
    first = interaction(1, messages=[user("a")], model_output=said("<think>hm</think>b"))
    second = interaction(2, messages=[user("a"), said("b"), user("c")], model_output=said("d"))
    assert [row.trained for row in fold(first, second).kept] == [(1,), (3,)]


def test_a_compacted_history_and_another_system_prompt_are_rows_of_their_own() -> None:
    first = interaction(1, messages=[SYSTEM, user("a")], model_output=said("b"))
    compacted = interaction(2, messages=[SYSTEM, user("so far: a, b"), user("c")], model_output=said("d"))
    edited = interaction(3, messages=[{**SYSTEM, "content": "Be brief."}, user("a"), said("b"), user("c")], model_output=said("d"))
    goes_on = interaction(4, messages=[*compacted.messages, said("d"), user("e")], model_output=said("f"))
    assert [row.trained for row in fold(first, compacted, edited, goes_on).kept] == [(2,), (3, 5), (4,)]


def test_sub_agents_whose_calls_alternate_fold_apart() -> None:
    one, other = [SYSTEM, user("plan")], [{**SYSTEM, "content": "You search."}, user("find")]
    calls = []
    for turn in range(3):
        for name, history in (("one", one), ("other", other)):
            answer = said(f"{name} {turn}")
            calls.append(interaction(len(calls), messages=list(history), model_output=answer))
            history += [answer, user("go on")]
    assert [row.trained for row in fold(*calls).kept] == [(2, 4, 6), (2, 4, 6)]


def test_of_two_answers_to_one_prompt_the_run_extends_the_one_that_it_goes_on_from() -> None:
    first = interaction(1, messages=[user("a")], model_output=said("b"))
    retry = interaction(2, messages=[user("a")], model_output=said("c"))
    goes_on = interaction(3, messages=[user("a"), said("b"), user("e")], model_output=said("f"))
    assert [row.source_ids for row in fold(first, retry, goes_on).kept] == [(first.id, goes_on.id), (retry.id,)]


def test_a_retry_that_was_answered_alike_keeps_its_row_and_two_continuations_extend_one_each() -> None:
    first, retry = (interaction(number, messages=[user("a")], model_output=said("b")) for number in (1, 2))
    history = [user("a"), said("b")]
    one, other = (interaction(number, messages=[*history, user(f"c{number}")], model_output=said("d")) for number in (3, 4))
    assert sorted(row.trained for row in fold(first, retry, one, other).kept) == [(1, 3), (1, 3)]


def test_the_second_call_that_continues_an_answer_trains_its_own_answer_only() -> None:
    first = interaction(1, messages=[user("a")], model_output=said("b"))
    one, other = (interaction(number, messages=[user("a"), said("b"), user("c")], model_output=said(f"d{number}")) for number in (2, 3))
    assert [row.trained for row in fold(first, one, other).kept] == [(1, 3), (3,)]


def test_a_call_that_repeats_or_continues_a_failed_one_is_a_row_as_if_that_had_never_been() -> None:
    failed = interaction(1, messages=[user("a")], model_output=None, execution_result={"status": "error"})
    again = interaction(2, messages=[user("a")], model_output=said("b"))
    beyond = interaction(3, messages=[user("a"), said("b"), user("it broke")], model_output=said("d"))
    outcome = fold(failed, again, beyond)
    assert [row.trained for row in outcome.kept] == [(1, 3)]
    assert [drop.source_ids for drop in outcome.dropped] == [(failed.id,)]


def test_calls_whose_times_are_out_of_order_fold_all_the_same() -> None:
    history: list[dict[str, Any]] = []
    calls = []
    for number in range(4):
        history = [*history, user(f"q{number}")]
        calls.append(interaction(number, messages=history, model_output=said(f"a{number}")))
        history = [*history, said(f"a{number}")]
    [row] = fold(*reversed(calls)).kept
    assert row.source_ids == tuple(call.id for call in calls)


def test_a_run_that_goes_on_from_a_correction_extends_the_row_of_the_correction() -> None:
    first = interaction(1, messages=[user("a")], model_output=said("wrong"), human_feedback={"corrections": "right"})
    second = interaction(2, messages=[user("a"), said("right"), user("c")], model_output=said("d"))
    [row] = fold(first, second).kept
    assert contents(row) == ["a", "right", "c", "d"]
    assert row.trained == (1, 3)


def test_a_correction_extends_the_row_that_its_call_continues() -> None:
    first = interaction(1, messages=[user("a")], model_output=said("b"))
    second = interaction(2, messages=[user("a"), said("b"), user("c")], model_output=said("no"), human_feedback={"corrections": "yes"})
    third = interaction(3, messages=[user("a"), said("b"), user("c"), said("no"), user("e")], model_output=said("f"))
    corrected, run = fold(first, second, third).kept
    assert (contents(corrected), corrected.trained) == (["a", "b", "c", "yes"], (1, 3))
    assert (contents(run), run.trained) == (["a", "b", "c", "no", "e", "f"], (5,))


def test_answers_that_failed_were_interrupted_or_rated_low_carry_no_loss_and_stay_as_context() -> None:
    history: list[dict[str, Any]] = []
    calls = []
    verdicts: list[dict[str, Any]] = [
        {"execution_result": {"status": "failure"}},
        {"execution_result": {"status": "interrupted"}},
        {"human_feedback": {"rating": 1}},
        {"execution_result": {"tests_passed": False}, "human_feedback": {"rating": 1, "corrections": "mended"}},
        {},
    ]
    for number, verdict in enumerate(verdicts):
        history = [*history, user(f"q{number}")]
        calls.append(interaction(number, messages=history, model_output=said(f"a{number}"), **verdict))
        history = [*history, said(f"a{number}")]
    outcome = select(fold(*calls).kept, SelectConfig())
    assert [(contents(row)[-1], row.trained) for row in outcome.kept] == [("mended", (7,)), ("a4", (9,))]
    assert contents(outcome.kept[1])[:8:2] == ["q0", "q1", "q2", "q3"]
    assert contents(outcome.kept[1])[1:9:2] == ["a0", "a1", "a2", "a3"]
    assert [drop.reason for drop in outcome.dropped] == [DropReason.FAILED, DropReason.LOW_RATING]


def test_calls_of_different_tasks_share_no_row() -> None:
    first = interaction(1, messages=[user("a")], model_output=said("b"), task_id="one")
    second = interaction(2, messages=[user("a"), said("b"), user("c")], model_output=said("d"), task_id="two")
    assert [(row.task_id, row.trained) for row in fold(first, second).kept] == [("one", (1,)), ("two", (3,))]


def test_a_row_has_the_task_type_that_most_of_its_answers_have() -> None:
    history: list[dict[str, Any]] = []
    calls = []
    for number, task_type in enumerate([None, "plan", "fix", "fix"]):
        history = [*history, user(f"q{number}")]
        calls.append(interaction(number, messages=history, model_output=said(f"a{number}"), task_type=task_type))
        history = [*history, said(f"a{number}")]
    [row] = fold(*calls).kept
    assert row.task_type == "fix"
    assert [answer.task_type for answer in row.answers] == [None, "plan", "fix", "fix"]


def test_what_folding_saves_is_counted_in_messages_and_characters() -> None:
    first = interaction(1, messages=[user("aaaa")], model_output=calling("c", arguments="{}"))
    history = [user("aaaa"), calling("x", arguments="{}"), heard("x", "ccc")]
    second = interaction(2, messages=history, model_output={**said("dd"), "reasoning_content": "e"})
    assert fold(first, second).counts == {
        "messages_logged": 6,
        "messages_folded": 4,
        "characters_logged": 4 + 2 + 4 + 2 + 3 + 2 + 1,
        "characters_folded": 4 + 2 + 3 + 2 + 1,
    }


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


@st.composite
def trees(draw: st.DrawFn) -> Session:
    """Calls that continue any earlier answer or correction, repeat its prompt, or begin anew, in any order of time."""
    text = st.sampled_from(["a", "b", "", "ä "])
    prompts: list[list[dict[str, Any]]] = [[]]
    calls = []
    for number in range(draw(st.integers(1, 7))):
        prompt = copy.deepcopy(draw(st.sampled_from(prompts)))
        prompt += [user(draw(text)) for _ in range(draw(st.integers(0, 2)))] or ([] if prompt else [user("q")])
        output = draw(st.sampled_from([said("x"), said("y"), said(" "), None, calling("1"), calling("2", "3")]))
        correction = draw(st.sampled_from([None, None, None, "z"]))
        status = draw(st.sampled_from([None, "error"]))
        call = interaction(
            number, messages=prompt, model_output=output, human_feedback={"corrections": correction}, execution_result={"status": status}
        )
        calls.append(call)
        prompts += [prompt, *([[*prompt, output]] if output else []), *([[*prompt, said(correction)]] if correction else [])]
        if output and output.get("tool_calls"):
            renamed = copy.deepcopy(output)
            renamed["tool_calls"][-1]["id"] = "other"
            prompts.append([*prompt, renamed, heard("other", "result")])
    return session_of(*draw(st.permutations(calls)))


def meanings(messages: list[Any]) -> list[Any]:
    """Messages with the ids of tool calls replaced by their places."""
    places: dict[Any, int] = {}
    read: list[Any] = []
    for message in messages:
        for call in message.get("tool_calls") or []:
            places[call["id"]] = len(read)
        read.append(
            (message["role"], message.get("content") or "", len(message.get("tool_calls") or []), places.get(message.get("tool_call_id")))
        )
    return read


@settings(deadline=None, max_examples=300)
@given(trees())
def test_every_answer_is_trained_once_after_the_prompt_that_was_logged_and_nothing_else_is_lost(session: Session) -> None:
    logged = {call.id: call for call in session.interactions}
    before = copy.deepcopy(session)
    outcome = assemble([session], AssembleConfig())
    assert session == before
    trained = Counter(source for row in outcome.kept for source in row.source_ids)
    unanswered = Counter(source for drop in outcome.dropped for source in drop.source_ids)
    assert trained + unanswered == Counter(dict.fromkeys(logged, 1))
    for row in outcome.kept:
        assert row.trained[-1] == len(row.messages) - 1
        for index, source in zip(row.trained, row.source_ids, strict=True):
            call = logged[source]
            correction = call.human_feedback.corrections if call.human_feedback else None
            answer = said(correction) if correction else call.model_output
            assert meanings(row.messages[: index + 1]) == meanings([*call.messages, answer])
    counts = outcome.counts
    assert counts["messages_folded"] == sum(len(row.messages) for row in outcome.kept) <= counts["messages_logged"]
    assert counts["characters_folded"] <= counts["characters_logged"] + len("z") * len(logged)


@settings(deadline=None, max_examples=100)
@given(trees(), st.randoms(use_true_random=False))
def test_the_order_of_calls_does_not_change_how_many_messages_are_left(session: Session, random: Any) -> None:
    calls = list(session.interactions)
    random.shuffle(calls)
    counted = [assemble([session_of(*order)], AssembleConfig()).counts["messages_folded"] for order in (session.interactions, calls)]
    assert counted[0] == counted[1]
