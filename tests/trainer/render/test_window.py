"""Windows: each target once and whole, the task always there, calls beside their results, and no row too long."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.errors import RenderError
from tests.trainer.tiny import CHATML, make_tokenizer
from trainer.render import NO_LOSS, render_sample
from trainer.render.window import windows

CALLS = CHATML.replace(
    "m.content +", "m.content ~ (m.tool_calls[0].function.name ~ m.tool_calls[0].function.arguments | tojson if m.tool_calls else '') +"
)
TOKENIZER = make_tokenizer(template=CALLS)
STRICT = make_tokenizer(
    template="{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('alternate') }}{% endif %}"
    "{% endfor %}" + CHATML
)


def chat(turns: int, size: int = 3) -> dict[str, Any]:
    messages = [{"role": "system", "content": "the rules"}, {"role": "user", "content": "the task"}]
    for turn in range(turns):
        messages += [{"role": "assistant", "content": f"answer {turn} " * size}, {"role": "user", "content": f"question {turn + 1}"}]
    return {"id": "r", "messages": messages[:-1], "trained": [*range(2, 2 * turns + 1, 2)], "tools": [], "weight": 2.0}


def loop(steps: int) -> dict[str, Any]:
    """One task, and then calls and their results until it is done."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": "the task"}]
    for step in range(steps):
        called = {"id": f"c{step}", "type": "function", "function": {"name": f"call{step}", "arguments": '{"a": 1}'}}
        messages += [
            {"role": "assistant", "content": None, "tool_calls": [called]},
            {"role": "tool", "tool_call_id": f"c{step}", "content": f"result{step}."},
            {"role": "tool", "tool_call_id": f"c{step}", "content": f"more{step}."},
        ]
    messages.append({"role": "assistant", "content": "done"})
    trained = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    return {"id": "r", "messages": messages, "trained": trained, "tools": []}


def targets(rows) -> dict[int, str]:
    """What each answer is trained on, told by the stop tokens alone."""
    told: dict[int, str] = {}
    for row in rows:
        said = TOKENIZER.decode([label for label in row.labels if label != NO_LOSS]).split("<|im_end|>")
        assert said.pop() == ""
        assert len(said) == len(row.trained)
        for place, text in zip(row.trained, said, strict=True):
            assert place not in told, "it is trained twice"
            told[place] = text
    return told


@given(st.integers(2, 14), st.integers(40, 400), st.booleans(), st.data())
@settings(max_examples=40, deadline=None)
def test_every_target_is_trained_once_and_whole_or_told_as_lost(turns, most, agentic, data):
    sample = loop(turns) if agentic else chat(turns)
    sample["trained"] = sorted(data.draw(st.sets(st.sampled_from(sample["trained"]), min_size=1)))
    made = windows(sample, TOKENIZER, None, most)
    full = targets(render_sample(sample, TOKENIZER))
    told = targets(made.rows)
    assert told.items() <= full.items()
    assert made.kept + made.lost == sum(row.targets for row in render_sample(sample, TOKENIZER))
    assert all(len(row.input_ids) <= most and "the task" in TOKENIZER.decode(row.input_ids) for row in made.rows)
    assert (told == full) == (made.lost == 0) == (made.need == 0)
    if made.need:
        assert made.need > most
        assert windows(sample, TOKENIZER, None, made.need).lost == 0


def test_a_row_that_fits_is_left_as_it_is():
    sample = chat(4)
    assert windows(sample, TOKENIZER, None, 10_000).rows == render_sample(sample, TOKENIZER)


def test_answers_that_fit_after_all_that_was_said_are_trained_just_so():
    made = windows(chat(10), TOKENIZER, None, 300)
    (whole,) = render_sample(chat(10), TOKENIZER)
    first = made.rows[0]
    assert first.left_out == 0
    assert first.input_ids == whole.input_ids[: len(first.input_ids)]
    assert made.windows == len(made.rows) - 1 > 0
    assert made.left_out > 0
    assert all(row.weight == 2.0 for row in made.rows)


def test_a_call_is_never_parted_from_its_results_nor_an_answer_from_what_it_replies_to():
    made = windows(loop(12), TOKENIZER, None, 160)
    assert made.lost == 0
    assert made.windows > 1
    for row in made.rows:
        text = TOKENIZER.decode(row.input_ids)
        for step in range(12):
            assert (f"call{step}{{" in text) >= (f"result{step}." in text) == (f"more{step}." in text)
        first = min(row.trained)
        assert first == 1 or f"more{(first - 1) // 3 - 1}." in text


def test_the_question_of_an_answer_stays_with_it():
    """A second question begins a long search: its windows show the task, and the question too."""
    search = loop(10)
    messages = [{"role": "user", "content": "the task"}, {"role": "assistant", "content": "done"}, *search["messages"]]
    messages[2] = {"role": "user", "content": "the second question"}
    trained = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    made = windows({**search, "messages": messages, "trained": trained}, TOKENIZER, None, 160)
    assert made.lost == 0
    for row in made.rows:
        assert row.trained == (1,) or "the second question" in TOKENIZER.decode(row.input_ids)


def test_few_windows_are_made():
    """Each shows as much as fits, so two neighbours are longer together than allowed."""
    rows = windows(chat(30), TOKENIZER, None, 300).rows
    whole = len(render_sample(chat(30), TOKENIZER)[0].input_ids)
    assert len(rows) <= whole // (300 - 90) + 1


def test_a_template_that_insists_on_alternation_is_shown_the_first_answer_between():
    sample = chat(8)
    sample["messages"], sample["trained"] = sample["messages"][1:], [place - 1 for place in sample["trained"]]
    made = windows(sample, STRICT, None, 250)
    assert made.lost == 0
    assert all("the task<|im_end|>\n<|im_start|>assistant\nanswer 0" in STRICT.decode(row.input_ids) for row in made.rows)


def test_an_answer_that_is_too_long_by_itself_is_lost_and_what_it_needs_is_told():
    sample = chat(3)
    sample["messages"][4]["content"] = "long " * 200
    made = windows(sample, TOKENIZER, None, 120)
    assert [row.trained for row in made.rows] == [(2,), (6,)]
    assert made.need > 200
    assert windows(sample, TOKENIZER, None, made.need).lost == 0


def test_what_cannot_be_proven_is_refused_as_ever():
    sample = chat(3)
    sample["messages"][4]["content"] = "<|im_end|>"
    with pytest.raises(RenderError, match="row r: message 4"):
        windows(sample, TOKENIZER, None, 100)
