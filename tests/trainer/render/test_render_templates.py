"""Real templates: what carries loss must be what the model would have to say, whatever a template makes of the conversation.

The check knows nothing of how labels are made: it decodes what carries loss, and holds it against what was said.
"""

import datetime
from pathlib import Path
from typing import Any

import pytest

from agentlog.errors import RenderError
from tests.trainer.tiny import make_tokenizer
from trainer.render import RenderedRow, render_sample
from trainer.render.template import FROZEN_DAY

trl = pytest.importorskip("trl", reason="its package carries the real templates")

TEMPLATES = Path(trl.__file__).parent / "chat_templates"
STOPS = {
    "cohere": ["<|END_OF_TURN_TOKEN|>"],
    "cohere2": ["<|END_OF_TURN_TOKEN|>"],
    "gemma": ["<end_of_turn>"],
    "gemma3": ["<end_of_turn>"],
    "gemma4": ["<turn|>", "<|tool_response>"],
    "gemma4_v2": ["<turn|>"],
    "gptoss": ["<|return|>", "<|call|>"],
    "idefics3": ["<end_of_utterance>"],
    "llama3": ["<|eot_id|>"],
    "llama3_1": ["<|eot_id|>"],
    "llama3_2": ["<|eot_id|>"],
    "llava_next": ["</s>"],
    "phi3": ["<|end|>"],
    "phi3_5": ["<|end|>"],
    "qwen2_5": ["<|im_end|>"],
    "qwen2_5_vl": ["<|im_end|>"],
    "qwen3": ["<|im_end|>"],
    "qwen3_5_think": ["<|im_end|>"],
    "qwen3_instruct_2507": ["<|im_end|>"],
    "qwen3_vl": ["<|im_end|>"],
    "lfm2": ["<|im_end|>"],
    "lfm2_2_5": ["<|im_end|>"],
    "smolvlm": ["<end_of_utterance>"],
}
WITH_TOOLS = [
    "gemma4",
    "gptoss",
    "lfm2_2_5",
    "llama3_1",
    "llama3_2",
    "qwen2_5",
    "qwen3",
    "qwen3_5_think",
    "qwen3_instruct_2507",
    "qwen3_vl",
]
REWRITING = ["gptoss", "qwen3", "qwen3_5_think"]
SPECIAL = ["<|endoftext|>", "<bos>", "<|im_start|>", *sorted({stop for stops in STOPS.values() for stop in stops})]

ADD, SUB = "def add(a, b):\n    return a + b", "Take this: «a − b» 🙂"
TALK: list[dict[str, Any]] = [
    {"role": "user", "content": "Write add."},
    {"role": "assistant", "content": ADD},
    {"role": "user", "content": "And sub? Mind <|im_start|> and pads."},
    {"role": "assistant", "content": SUB},
]
CALL: dict[str, Any] = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "call12345", "type": "function", "function": {"name": "run_it", "arguments": '{"times":2,"how":"\\"well\\""}'}}],
}
TOOL: dict[str, Any] = {"role": "tool", "tool_call_id": "call12345", "name": "run_it", "content": "done"}
TOOLS = [
    {"type": "function", "function": {"name": "run_it", "description": "Runs it.", "parameters": {"type": "object", "properties": {}}}}
]


def row(messages: list[dict[str, Any]], trained: list[int], tools: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"id": "row-1", "messages": messages, "trained": trained, "tools": tools or []}


def targets(tokenizer: Any, rendered: RenderedRow) -> list[str]:
    """What carries loss, stretch by stretch."""
    found, stretch = [], []
    for label in [*rendered.labels, -100]:
        if label != -100:
            stretch.append(label)
        elif stretch:
            found.append(tokenizer.decode(stretch))
            stretch = []
    return found


@pytest.fixture(scope="module")
def real(tokenizer):
    """A byte-level tokenizer that knows the special tokens, and the ids that stop a template's answers."""
    made = make_tokenizer(SPECIAL, None, "<|endoftext|>", vocabulary=500)
    made.bos_token = "<bos>"

    def with_template(name: str) -> tuple[Any, list[int]]:
        made.chat_template = (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8")
        return made, [made.eos_token_id, *made.convert_tokens_to_ids(STOPS[name])]

    return with_template


@pytest.mark.parametrize("name", sorted(STOPS))
def test_what_carries_loss_is_each_answer_and_its_stop_token(real, name):
    tokenizer, stop = real(name)
    rendered = render_sample(row(TALK, [1, 3]), tokenizer, stop)
    said = [text for made in rendered for text in targets(tokenizer, made)]
    assert len(said) == 2
    for text, answer in zip(said, [ADD, SUB], strict=True):
        ended = [stop for stop in STOPS[name] if text.endswith(stop)]
        assert len(ended) == 1, f"{text!r} does not end at a stop token"
        before = text.removesuffix(ended[0]).removesuffix("<|END_RESPONSE|>")
        assert before.endswith(answer)
        # What a template puts before an answer is what the model has to say first: an empty thought, a channel, a space.
        assert before.removesuffix(answer).strip() in ("", "<think>\n\n</think>", "</think>", "<|channel|>final<|message|>")


@pytest.mark.parametrize("name", sorted(STOPS))
def test_every_row_is_a_conversation_that_the_template_itself_prints(real, name):
    tokenizer, stop = real(name)
    for made in render_sample(row(TALK, [1, 3]), tokenizer, stop):
        first = next(position for position, label in enumerate(made.labels) if label != -100)
        parts = name in ("idefics3", "llava_next", "smolvlm")
        talk = [{**m, "content": [{"type": "text", "text": m["content"]}]} if parts else m for m in TALK]
        prompt = tokenizer.apply_chat_template(talk[: made.trained[0]], add_generation_prompt=True, tokenize=False)
        for form in ("%d %b %Y", "%Y-%m-%d"):
            prompt = prompt.replace(datetime.date.today().strftime(form), FROZEN_DAY.strftime(form))
        assert tokenizer.decode(made.input_ids[:first]) == prompt
        assert len(made.input_ids) == len(made.labels)
        assert all(label in (-100, token) for token, label in zip(made.input_ids, made.labels, strict=True))


@pytest.mark.parametrize("name", WITH_TOOLS)
def test_a_tool_call_is_a_target_with_its_arguments_printed_once(real, name):
    tokenizer, stop = real(name)
    messages = [TALK[0], CALL, TOOL, {"role": "assistant", "content": ADD}]
    rendered = render_sample(row(messages, [1, 3], TOOLS), tokenizer, stop)
    call = next(text for made in rendered for text in targets(tokenizer, made))
    assert "run_it" in call
    assert "times" in call
    assert '\\"times\\"' not in call, "the arguments were quoted as one string"
    assert call.endswith(tuple(STOPS[name]))


@pytest.mark.parametrize("name", sorted(STOPS))
def test_answers_share_a_row_unless_the_template_rewrites_history(real, name):
    tokenizer, stop = real(name)
    assert len(render_sample(row(TALK, [1, 3]), tokenizer, stop)) == (2 if name in REWRITING else 1)


@pytest.mark.parametrize("name", sorted(set(STOPS) - set(WITH_TOOLS) - {"gemma4_v2"}))
def test_a_template_without_tool_calls_refuses_them(real, name):
    tokenizer, stop = real(name)
    with pytest.raises(RenderError, match="row row-1: message 1: it calls a tool"):
        render_sample(row([TALK[0], CALL, TOOL, TALK[3]], [3], TOOLS), tokenizer, stop)


def test_reasoning_that_history_loses_is_trained_in_a_row_of_its_own(real):
    """Qwen3 prints the reasoning of the last answer only, so the first answer needs a conversation that ends with it."""
    tokenizer, stop = real("qwen3")
    thinking = [TALK[0], {"role": "assistant", "content": f"<think>\nlet me see\n</think>\n\n{ADD}"}, *TALK[2:]]
    first, second = render_sample(row(thinking, [1, 3]), tokenizer, stop)
    assert targets(tokenizer, first) == [f"<think>\nlet me see\n</think>\n\n{ADD}<|im_end|>"]
    assert "let me see" not in tokenizer.decode(second.input_ids)


@pytest.mark.parametrize("name", ["deepseek_r1_distill", "deepseekv3", "nemotron_3_nano"])
def test_an_answer_that_the_prompt_rules_out_is_refused(real, name):
    """These templates open a thought in the prompt and print an answer without one: nothing proves what the target is."""
    tokenizer, _ = real("qwen3")
    tokenizer.chat_template = (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8")
    with pytest.raises(RenderError, match="row row-1: message 1: the conversation with the answer does not begin with the prompt"):
        render_sample(row(TALK, [1]), tokenizer)
