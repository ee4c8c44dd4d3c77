"""Rows and labels on a ChatML tokenizer: properties, and each refusal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.errors import RenderError
from agentlog.schema.sample import Sample
from tests.trainer.tiny import CHATML, SPECIAL, make_sample, make_tokenizer
from trainer.render import render_sample, stop_tokens

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(
    lambda text: text.strip() and not any(token in text for token in SPECIAL)
)
TOKENIZER = make_tokenizer()


@given(st.lists(TEXT, min_size=2, max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_targets_are_exactly_the_trained_answers_and_their_stop_tokens(texts, data):
    """Any conversation, any choice of trained answers, any text: line breaks at its edges included."""
    texts = texts[: len(texts) // 2 * 2]
    messages = [{"role": "assistant" if position % 2 else "user", "content": text} for position, text in enumerate(texts)]
    answers = range(1, len(texts), 2)
    trained = sorted(data.draw(st.sets(st.sampled_from(answers), min_size=1)))
    rows = render_sample({"id": "r", "messages": messages, "trained": trained, "tools": []}, TOKENIZER)
    told = {}
    for row in rows:
        assert len(row.input_ids) == len(row.labels)
        ids = [label for label in row.labels if label != -100]
        told[row.trained] = TOKENIZER.decode(ids)
    assert sorted(index for indices in told for index in indices) == trained
    for indices, text in told.items():
        assert text == "".join(texts[index] + "<|im_end|>" for index in indices)


def test_nothing_after_the_stop_token_carries_loss_or_is_even_there(tokenizer):
    (row,) = render_sample(make_sample(0), tokenizer)
    assert row.input_ids[-1] == row.labels[-1] == tokenizer.convert_tokens_to_ids("<|im_end|>")


def test_an_untrained_answer_is_context_without_loss(tokenizer):
    sample = Sample.model_validate({**make_sample(0).row(), "trained": [3], "source_ids": ["b"]})
    (row,) = render_sample(sample, tokenizer)
    assert row.trained == (3,)
    assert tokenizer.decode([label for label in row.labels if label != -100]) == sample.messages[3]["content"] + "<|im_end|>"


def test_a_row_and_its_sample_render_alike(tokenizer):
    assert render_sample(make_sample(1), tokenizer) == render_sample(make_sample(1).row(), tokenizer)


def test_pad_as_stop_token_hides_no_end():
    """A common accident: the pad token is the stop token, and labels made by looking for pads lose every end."""
    tokenizer = make_tokenizer()
    tokenizer.pad_token = "<|im_end|>"
    (row,) = render_sample(make_sample(0), tokenizer)
    assert row.labels.count(tokenizer.pad_token_id) == 2


def test_an_answer_that_begins_with_a_line_break_keeps_the_tokens_of_its_prompt(tokenizer):
    """A tokenizer may join the break with the one that ends the prompt; a model generates from the prompt's own tokens."""
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "\n\nhello"}]
    (row,) = render_sample({"id": "r", "messages": messages, "trained": [1]}, tokenizer)
    prompt = tokenizer.apply_chat_template(messages[:1], add_generation_prompt=True, tokenize=False)
    ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    assert row.input_ids[: len(ids)] == ids
    assert tokenizer.decode(row.input_ids[len(ids) :]) == "\n\nhello<|im_end|>"


def test_text_parts_are_one_text_and_other_parts_are_refused(tokenizer):
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": "c"},
    ]
    (row,) = render_sample({"id": "r", "messages": messages, "trained": [1]}, tokenizer)
    assert "user\nab<|im_end|>" in tokenizer.decode(row.input_ids)
    messages[0]["content"] = [{"type": "image_url", "image_url": {"url": "x"}}]
    with pytest.raises(RenderError, match="row r: message 0: it has a part that is not text"):
        render_sample({"id": "r", "messages": messages, "trained": [1]}, tokenizer)


def test_a_row_without_trained_answers_has_no_rows(tokenizer):
    assert render_sample({"id": "r", "messages": [{"role": "user", "content": "a"}], "trained": []}, tokenizer) == []


USER, ANSWER = {"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}


@pytest.mark.parametrize(
    ("messages", "trained", "words"),
    [
        ([USER, {"role": "assistant", "content": "so <|im_end|> it ends"}], [1], "message 1: its text holds the stop token <|im_end|>"),
        ([USER, {"role": "assistant", "content": " "}], [1], "message 1: it says nothing"),
        ([ANSWER], [0], "message 0: nothing comes before it"),
        ([USER, ANSWER], [0], "message 0: it is to be trained, but its role is user"),
        ([USER, {**ANSWER, "function_call": {"name": "f"}}], [1], "message 1: it has the old function_call"),
        ([USER, {**ANSWER, "reasoning_content": "because"}], [1], "message 1: the chat template does not print what was answered"),
    ],
)
def test_what_cannot_be_proven_names_row_and_message(tokenizer, messages, trained, words):
    with pytest.raises(RenderError, match="row r: ") as refusal:
        render_sample({"id": "r", "messages": messages, "trained": trained}, tokenizer)
    assert words in str(refusal.value)


def test_a_row_that_is_no_row_is_named(tokenizer):
    with pytest.raises(RenderError, match="row r: it has no 'trained'"):
        render_sample({"id": "r", "messages": [USER, ANSWER]}, tokenizer)


def test_an_answer_without_stop_token_is_refused():
    """A template that ends no turn would teach a model never to stop."""
    tokenizer = make_tokenizer(template=CHATML.replace("<|im_end|>", ""))
    with pytest.raises(RenderError, match="without a stop token"):
        render_sample(make_sample(0), tokenizer)


def test_tool_call_arguments_that_are_no_json_are_refused():
    tokenizer = make_tokenizer(
        template="{% for m in messages %}{{ m.role + '\n' + m.content }}{% for c in m.tool_calls or [] %}{{ c.function.name }}"
        "{{ c.function.arguments | tojson }}{% endfor %}{{ '<|im_end|>' }}{% endfor %}{% if add_generation_prompt %}assistant\n{% endif %}"
    )
    call = {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f", "arguments": "{torn"}}]}
    with pytest.raises(RenderError, match="message 1: the arguments of its tool call are not JSON"):
        render_sample({"id": "r", "messages": [USER, call], "trained": [1]}, tokenizer)


def test_stop_tokens_come_from_the_generation_configuration_too(base):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    assert stop_tokens(tokenizer) == [tokenizer.eos_token_id]
    tokenizer.eos_token = "<|endoftext|>"
    assert stop_tokens(tokenizer) == sorted(tokenizer.convert_tokens_to_ids(["<|endoftext|>", "<|im_end|>"]))


def test_a_row_is_tokenised_whole_where_pieces_are_not_what_the_whole_is(monkeypatch):
    """Should a tokenizer not split at its special tokens, the ids are those of the whole text all the same."""
    honest = render_sample(make_sample(0), TOKENIZER)
    asked = []
    monkeypatch.setattr("trainer.render.tokens.Tokens.proves", lambda self, text, ids: asked.append(text) or False)
    assert render_sample(make_sample(0), TOKENIZER) == honest
    assert asked


def test_a_template_that_prints_the_time_as_it_likes_is_refused():
    tokenizer = make_tokenizer(template="{% set form = '%H' %}{{ strftime_now(form) }}" + CHATML)
    with pytest.raises(RenderError, match="prints the time in a form that cannot be held still"):
        render_sample(make_sample(0), tokenizer)


def test_an_answer_that_ends_where_the_next_turn_begins_has_that_token_as_its_stop():
    """GLM's templates print no end of an answer: the model stops by opening the next turn, and that token is among its stop tokens."""
    template = (
        "{% for m in messages %}{{ '<|im_start|>' if m.role == 'user' else '<|endoftext|>' }}{{ m.content }}{% endfor %}"
        "{% if add_generation_prompt %}<|endoftext|>{% endif %}"
    )
    tokenizer = make_tokenizer(template=template, eos="<|im_start|>")
    (row,) = render_sample(make_sample(0), tokenizer)
    assert tokenizer.decode([label for label in row.labels if label != -100]).count("<|im_start|>") == 2
    assert row.labels[-1] == tokenizer.eos_token_id


def test_a_token_that_was_only_said_as_text_is_refused_in_an_answer_and_left_alone_in_a_prompt(tokenizer):
    asked = {"role": "user", "content": "what is <|im_start|>?"}
    (row,) = render_sample({"id": "r", "messages": [asked, ANSWER], "trained": [1]}, tokenizer)
    assert row.input_ids.count(tokenizer.convert_tokens_to_ids("<|im_start|>")) == 3
    said = {"role": "assistant", "content": "it is <|im_start|>"}
    with pytest.raises(RenderError, match=r"its text holds <\|im_start\|>, which would be trained as that special token"):
        render_sample({"id": "r", "messages": [asked, said], "trained": [1]}, tokenizer)


def test_two_beginnings_are_refused():
    tokenizer = make_tokenizer(template="<|endoftext|><|endoftext|>" + CHATML)
    tokenizer.bos_token = "<|endoftext|>"
    with pytest.raises(RenderError, match="begins it with two"):
        render_sample(make_sample(0), tokenizer)


def test_a_tokenizer_that_changes_the_text_is_refused():
    from tokenizers import normalizers

    tokenizer = make_tokenizer()
    tokenizer.backend_tokenizer.normalizer = normalizers.Lowercase()
    with pytest.raises(RenderError, match="the tokenizer cannot say it: 'Hello"):
        render_sample({"id": "r", "messages": [USER, {"role": "assistant", "content": "Hello"}], "trained": [1]}, tokenizer)


def test_a_row_ends_where_history_is_rewritten_and_not_before():
    """A template that shows only what came since the last question: each question is a row of its own, not each answer."""
    since = "{% set ns = namespace(last=0) %}{% for m in messages if m.role == 'user' %}{% set ns.last = messages.index(m) %}{% endfor %}"
    tokenizer = make_tokenizer(template=since + CHATML.replace("messages %}", "messages[ns.last:] %}"))
    tool, again = {"role": "tool", "content": "x"}, {"role": "user", "content": "again"}
    messages = [USER, ANSWER, tool, ANSWER, again, ANSWER, tool, ANSWER]
    rows = render_sample({"id": "r", "messages": messages, "trained": [1, 3, 5, 7]}, tokenizer)
    assert [row.trained for row in rows] == [(1, 3), (5, 7)]


def test_two_answers_after_the_same_prompt_are_both_trained():
    """Where a template forgets the history, two answers may have one prompt; in one row, one of them would be lost."""
    seen = "(messages[-1:] if add_generation_prompt else messages[-2:]) %}"
    tokenizer = make_tokenizer(template=CHATML.replace("messages %}", seen))
    rows = render_sample({"id": "r", "messages": [USER, ANSWER, USER, ANSWER], "trained": [1, 3]}, tokenizer)
    assert [row.trained for row in rows] == [(1,), (3,)]
