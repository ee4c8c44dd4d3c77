"""The measure of labels can fail: each way in which a label may be wrong is seen and counted."""

from collections import Counter
from dataclasses import replace

import pytest

from benchmarks.train.labels import Case, judged, rendered
from benchmarks.train.reference import Expected, Reference, Refusable
from benchmarks.train.talk import conversation
from benchmarks.train.templates import byte_level, templates

pytest.importorskip("trl", reason="its package carries the real templates")

MESSAGES = [
    {"role": "user", "content": "first question"},
    {"role": "assistant", "content": "first answer"},
    {"role": "user", "content": "second question"},
    {"role": "assistant", "content": "second answer"},
]
ROW = {"id": "r", "messages": MESSAGES, "tools": [], "trained": [1, 3], "weight": 1.0}


@pytest.fixture(scope="module")
def tokenizer():
    return byte_level(next(template for template in templates() if template.name == "qwen2_5"))


@pytest.fixture(scope="module")
def case(tokenizer) -> Case:
    template = next(template for template in templates() if template.name == "qwen2_5")
    reference = Reference(template, tokenizer)
    return Case(ROW, reference.stops, {place: reference.expected(ROW, place) for place in ROW["trained"]})


@pytest.fixture(scope="module")
def made(case, tokenizer):
    (row,) = rendered(ROW, tokenizer, case.stops)
    return row


def test_right_labels_are_exact(case, made):
    assert judged(case, [made]) == Counter(answers=2, exact=2)


def test_one_label_too_many_is_seen(case, made):
    first = next(at for at, label in enumerate(made.labels) if label != -100)
    labels = [*made.labels[: first - 1], made.input_ids[first - 1], *made.labels[first:]]
    assert judged(case, [replace(made, labels=labels)]) == Counter(answers=2, exact=1, wrong=1, extra=1)


def test_the_newline_after_the_end_is_seen(case, made, tokenizer):
    (newline,) = tokenizer("\n")["input_ids"]
    longer = replace(made, input_ids=[*made.input_ids, newline], labels=[*made.labels, newline])
    assert judged(case, [longer]) == Counter(answers=2, exact=1, wrong=1, extra=1)


def test_a_missing_stop_token_is_seen(case, made):
    shorter = replace(made, labels=[*made.labels[:-1], -100])
    assert judged(case, [shorter]) == Counter(answers=2, exact=1, wrong=1, missing=1)


def test_another_prompt_is_seen(case, made):
    changed = replace(made, input_ids=[made.input_ids[0] + 1, *made.input_ids[1:]])
    assert judged(case, [changed])["wrong"] == 2


def test_an_answer_that_is_left_out_or_trained_twice_is_seen(case, made):
    assert judged(case, []) == Counter(answers=2, needless=2)
    assert judged(case, [made, made])["wrong"] == 2


def test_an_answer_that_should_have_been_refused_is_seen(case, made):
    doubted = replace(case, told={**case.told, 1: Refusable("no proof")})
    # Its labels stand before the next answer too, where the reference knows of none.
    assert judged(doubted, [made])["wrong"] == 2
    assert judged(replace(case, told=dict.fromkeys(case.told, Refusable("no proof"))), []) == Counter(answers=2, refused=2)


def test_the_reference_knows_its_answers_by_text(case, tokenizer):
    wanted = case.told[3]
    assert isinstance(wanted, Expected)
    assert tokenizer.decode(wanted.target) == "second answer<|im_end|>"
    assert tokenizer.decode(wanted.prompt).endswith("second question<|im_end|>\n<|im_start|>assistant\n")


def test_conversations_come_from_their_seed_and_hold_all_that_is_hard():
    specials = ["<|im_start|>", "<|im_end|>"]
    rows = [conversation(seed, specials) for seed in range(60)]
    assert rows == [conversation(seed, specials) for seed in range(60)]
    messages = [message for row in rows for message in row["messages"]]
    assert any(message.get("reasoning_content") for message in messages)
    assert any(len(message.get("tool_calls", [])) == 2 for message in messages)
    assert any(message["role"] == "system" and not message["content"] for message in messages)
    for role in ("user", "assistant", "tool"):
        assert any(special in (message["content"] or "") for message in messages for special in specials if message["role"] == role)


def test_there_are_more_than_fifty_templates_and_the_five_written_here():
    names = {template.name for template in templates()}
    assert len(names) > 50
    assert {"own_zephyr", "own_mistral", "own_llama2", "own_alpaca", "own_chatml"} < names
