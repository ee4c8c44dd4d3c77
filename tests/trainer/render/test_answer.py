"""Answers: what may be trained, and what a target has to say."""

import re

import pytest

from agentlog.errors import RenderError
from trainer.render.answer import check_history, check_spoken, check_target


def call(arguments, name="run"):
    return {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": name, "arguments": arguments}}]}


def answer(content, **more):
    return {"role": "assistant", "content": content, **more}


@pytest.mark.parametrize(
    "message",
    [
        answer("so <s> it is"),
        answer("fine", reasoning_content="a <s> b"),
        call({"path": ["x", {"deep": "<s>"}]}),
        call({"<s>": 1}),
        call("{}", name="<s>"),
    ],
)
def test_the_text_of_a_special_token_is_refused_wherever_it_stands(message):
    """A tokenizer would make the token of it, and nobody said that token."""
    with pytest.raises(RenderError, match="its text holds <s>, which would be trained as that special token"):
        check_spoken(message, ["</s>"], re.compile("<s>|</s>"))


def test_a_thought_in_the_text_is_no_special_token():
    check_spoken(answer("<think>a</think>b"), ["</s>"], re.compile("<think>|</think>"))


@pytest.mark.parametrize(
    ("message", "target"),
    [
        (answer("ends "), "ends</s>"),
        (answer("b", reasoning_content="a"), "<think>a</think>b</s>"),
        (
            call({"how": 'a "b"\n', "n": 3, "on": True, "none": None, "deep": [1.5, {"x": ""}]}),
            'run how "a \\"b\\"" n 3 on true none null deep 1.5 x',
        ),
        (call({"how": "é🙂"}), "run how \\u00e9\\ud83d\\ude42"),
        (call({"how": "it's", "on": False}), "run(how='it\\'s', on=False)"),
        (call('{"how": 1}'), 'run {"how": 1}'),
    ],
)
def test_a_target_may_print_values_as_text_json_or_python(message, target):
    check_target(message, target)


@pytest.mark.parametrize(
    ("message", "target", "missing"),
    [
        (answer("all of it"), "all of", "all of it"),
        (answer("b", reasoning_content="a thought"), "b</s>", "a thought"),
        (answer("<think>a thought</think>b"), "b</s>", "a thought"),
        (call({"one": 1, "two": "lost"}), "run one 1 two", "lost"),
        (call({"one": 1, "gone": 1}), "run one 1", "gone"),
        (call('{"how": 1}'), "run", "how"),
    ],
)
def test_what_the_target_does_not_say_is_named(message, target, missing):
    with pytest.raises(RenderError, match="does not print what was answered") as refusal:
        check_target(message, target)
    assert missing in str(refusal.value)


def test_a_call_that_the_history_loses_is_named():
    calls = call({"one": 1})["tool_calls"] + call({"two": 2})["tool_calls"]
    history = [{"role": "user", "content": "a"}, {**call({}), "tool_calls": calls}]
    check_history(history, "run one 1 run two 2")
    with pytest.raises(RenderError, match="message 1: it is a tool call in what was said before, and the chat template does not print"):
        check_history(history, "run one 1")
