"""Certificate: what training rendered, written down so that evaluation and a server can be held against it.

Training, evaluation and serving must turn the same conversation into the same tokens, or an adapter answers prompts that it never saw. A
certificate holds what decides that (template, vocabulary, special tokens, stop tokens) and, because two templates may differ where no one
looks, a handful of conversations with the text and the ids that they rendered to. It is made by the renderer of training, lies on the
adapter's card, and is enough by itself to ask a server the same questions (`trainer.parity.parity`).

A template that prints the day is rendered on the day that training renders on; a server prints today, so `on` renders the same probes anew.
"""

import datetime
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict

from agentlog._hashing import digest, short
from agentlog.errors import RenderError, TrainingRefusedError
from trainer.offline import require_offline
from trainer.render import NO_LOSS, render_sample, stop_tokens
from trainer.render.template import FROZEN_DAY, Tokenizer, printable, prints_the_day, render_text, shape_of
from trainer.render.tokens import spoken, token_ids

CERTIFICATE_VERSION = 1
REASONING = "Two and two make four."
"""What the probes with reasoning think; a rendering without it has stripped the reasoning."""

_ASK = {"role": "user", "content": "How much is 2 + 2?"}
_ANSWER = {"role": "assistant", "content": "It is 4."}
_AGAIN = {"role": "user", "content": "And doubled?"}
_SYSTEM = {"role": "system", "content": "Answer in one sentence."}
_UNUSUAL = "naïve ﬁ\u00a0日本語 العربية 👩🏽‍🔬\n\n\tif x:\r\n        return  {'a': [1, 22, 333_4444]}   "
_LOOK_ALIKE = "Print <|im_end|> <|im_start|>system <s>[INST] </s> <|eot_id|> <end_of_turn> <think> as they stand."
_ACCENTS = "cafe\u0301 a\u0308o\u0308u\u0308"
_RARE = {"look-alike tokens", "combining accents"}
"""Servers are known to differ here by themselves: some normalise accents and some do not, and not every text of a special token is one."""
_TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "multiply",
            "description": "Multiplies two numbers.",
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "number"}, "b": {"type": "number", "description": "The second."}},
                "required": ["a", "b"],
            },
        },
    }
]
_CALL = {"id": "probe0001", "type": "function", "function": {"name": "multiply", "arguments": '{"a": 4, "b": 2}'}}
_RESULT = {"role": "tool", "tool_call_id": "probe0001", "name": "multiply", "content": '{"product": 8}'}
_THOUGHT = f"<think>\n{REASONING}\n</think>\n\n"

_PROMPTS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "one question": ([_ASK], []),
    "system prompt": ([_SYSTEM, _ASK], []),
    "three turns": ([_ASK, _ANSWER, _AGAIN], []),
    "unusual text": ([{"role": "user", "content": _UNUSUAL}], []),
    "look-alike tokens": ([{"role": "user", "content": _LOOK_ALIKE}], []),
    "combining accents": ([{"role": "user", "content": _ACCENTS}], []),
    "reasoning in the text": ([_ASK, {"role": "assistant", "content": f"{_THOUGHT}It is 4."}, _AGAIN], []),
    "reasoning beside the text": ([_ASK, {**_ANSWER, "reasoning_content": REASONING}, _AGAIN], []),
    "tools": ([_SYSTEM, _ASK], _TOOLS),
    "tool call and result": ([_ASK, _ANSWER, _AGAIN, {"role": "assistant", "content": "", "tool_calls": [_CALL]}, _RESULT], _TOOLS),
    "reasoning before a tool call": ([_AGAIN, {"role": "assistant", "content": _THOUGHT, "tool_calls": [_CALL]}, _RESULT], _TOOLS),
}
_ANSWERS: dict[str, list[dict[str, Any]]] = {
    "answer": [_ASK, _ANSWER, _AGAIN, {"role": "assistant", "content": "It is 8."}],
    "answer with reasoning": [_ASK, _ANSWER, _AGAIN, {"role": "assistant", "content": f"{_THOUGHT}It is 8."}],
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class SpecialToken(_Part):
    """A token that no text says."""

    id: int
    text: str

    def __str__(self) -> str:
        return f"{self.text} ({self.id})"


class Probe(_Part):
    """A conversation and what it rendered to. ``refused`` is why the template does not print it, which is an answer as well."""

    name: str
    kind: Literal["prompt", "answer"]
    """A prompt ends where the model begins to answer; an answer is a whole conversation whose last turn is the target."""
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] = []
    text: str | None = None
    text_digest: str | None = None
    ids: list[int] = []
    targets: list[int] = []
    refused: str | None = None

    @property
    def rare(self) -> bool:
        """Whether it holds text that most conversations never have; a server that differs here alone is warned of and not refused."""
        return self.name in _RARE


class Certificate(_Part):
    """How training rendered. Equal certificates render every probe to the same tokens."""

    version: int = CERTIFICATE_VERSION
    template: str
    """The digest of the chat template, or of all of them where the tokenizer has several."""
    vocabulary: str
    """The digest of every token with its id, and of how added tokens are matched."""
    bos: SpecialToken | None
    eos: SpecialToken | None
    pad: SpecialToken | None
    stops: list[SpecialToken]
    ends_with: SpecialToken | None
    """The token with which the template ends an answer; the last thing that an adapter learns to say."""
    prints_the_day: bool
    probes: list[Probe]

    def on(self, tokenizer: Tokenizer, day: datetime.date) -> "Certificate":
        """The same probes as they are rendered on a day, for templates that print it."""
        stop_ids = [stop.id for stop in self.stops]
        return self.model_copy(update={"probes": [_rendered(probe, tokenizer, stop_ids, day) for probe in self.probes]})

    def differs(self, tokenizer: Tokenizer, stop_ids: Iterable[int]) -> list[str]:
        """What a tokenizer does otherwise than the one of the certificate, in words; empty if nothing."""
        now = _certificate(tokenizer, stop_ids, self.probes)
        found = [
            f"{noun} (was {short(was)}, is {short(is_)})"
            for noun, was, is_ in (("chat template", self.template, now.template), ("vocabulary", self.vocabulary, now.vocabulary))
            if was != is_
        ]
        for name in ("bos", "eos", "pad", "ends_with"):
            was_token, is_token = getattr(self, name), getattr(now, name)
            if was_token != is_token:
                found.append(f"{name.replace('_', ' ')} token (was {was_token or 'none'}, is {is_token or 'none'})")
        if self.stops != now.stops:
            found.append(f"stop tokens (were {_listed(self.stops)}, are {_listed(now.stops)})")
        for was_probe, is_probe in zip(self.probes, now.probes, strict=True):
            if (was_probe.ids, was_probe.text, was_probe.targets) != (is_probe.ids, is_probe.text, is_probe.targets):
                found.append(f"the rendering of “{was_probe.name}”")
        return found


def make_certificate(tokenizer: Tokenizer, stop_ids: Iterable[int]) -> Certificate:
    """The certificate of a tokenizer with its chat template, rendered as training renders.

    Args:
        tokenizer: a transformers tokenizer with a chat template.
        stop_ids: the tokens that end an answer, as `stop_tokens` finds them.
    """
    prompts = [Probe(name=name, kind="prompt", messages=messages, tools=tools) for name, (messages, tools) in _PROMPTS.items()]
    answers = [Probe(name=name, kind="answer", messages=messages) for name, messages in _ANSWERS.items()]
    return _certificate(tokenizer, stop_ids, [*prompts, *answers])


def certificate_of(base: Path, day: datetime.date = FROZEN_DAY) -> Certificate:
    """The certificate of a model folder, with its prompts as they are rendered on a day.

    Raises:
        MissingExtraError: transformers is not installed.
        TrainingRefusedError: the folder has no tokenizer that can be loaded, or no chat template.
    """
    require_offline(("torch", "transformers", "peft"), "train")
    from trainer.base.model import load_tokenizer

    tokenizer = load_tokenizer(base)
    if not tokenizer.chat_template:
        raise TrainingRefusedError(f"{base} has no chat template: give it the chat_template.jinja that the server uses")
    made = make_certificate(tokenizer, stop_tokens(tokenizer))
    return made.on(tokenizer, day) if made.prints_the_day else made


def _certificate(tokenizer: Tokenizer, stop_ids: Iterable[int], probes: list[Probe]) -> Certificate:
    stops = sorted(set(stop_ids))
    rendered = [_rendered(probe, tokenizer, stops, FROZEN_DAY) for probe in probes]
    last = next((probe.targets[-1] for probe in rendered if probe.targets), None)
    return Certificate(
        template=digest("chat_template", tokenizer.chat_template),
        vocabulary=_vocabulary(tokenizer),
        bos=_special(tokenizer, tokenizer.bos_token_id),
        eos=_special(tokenizer, tokenizer.eos_token_id),
        pad=_special(tokenizer, tokenizer.pad_token_id),
        stops=[token for stop in stops if (token := _special(tokenizer, stop))],
        ends_with=_special(tokenizer, last),
        prints_the_day=prints_the_day(tokenizer),
        probes=rendered,
    )


def _rendered(probe: Probe, tokenizer: Tokenizer, stop_ids: list[int], day: datetime.date) -> Probe:
    fresh = Probe(name=probe.name, kind=probe.kind, messages=probe.messages, tools=probe.tools)
    try:
        facts = _answer(fresh, tokenizer, stop_ids) if probe.kind == "answer" else _prompt(fresh, tokenizer, day)
    except RenderError as error:
        return fresh.model_copy(update={"refused": str(error)})
    return fresh.model_copy(update={**facts, "text_digest": digest("text", facts["text"])})


def _prompt(probe: Probe, tokenizer: Tokenizer, day: datetime.date) -> dict[str, Any]:
    messages = printable(_copied(probe.messages), shape_of(tokenizer, probe.tools))
    text = render_text(tokenizer, messages, _copied(probe.tools), prompt=True, day=day)
    return {"text": text, "ids": token_ids(tokenizer, text)}


def _answer(probe: Probe, tokenizer: Tokenizer, stop_ids: list[int]) -> dict[str, Any]:
    last = len(probe.messages) - 1
    sample: Mapping[str, Any] = {"id": probe.name, "messages": _copied(probe.messages), "tools": _copied(probe.tools), "trained": [last]}
    row = render_sample(sample, tokenizer, stop_ids)[-1]
    return {
        "text": spoken(tokenizer, row.input_ids),
        "ids": row.input_ids,
        "targets": [label for label in row.labels if label != NO_LOSS],
    }


def _copied(value: Any) -> Any:
    # A template may write into what it is given; the probes stay as they are.
    return orjson.loads(orjson.dumps(value))


def _special(tokenizer: Tokenizer, number: int | None) -> SpecialToken | None:
    text = None if number is None else tokenizer.convert_ids_to_tokens(number)
    return None if number is None or text is None else SpecialToken(id=number, text=str(text))


def _vocabulary(tokenizer: Tokenizer) -> str:
    added = {
        str(number): [token.content, token.special, token.lstrip, token.rstrip, token.normalized, token.single_word]
        for number, token in tokenizer.added_tokens_decoder.items()
    }
    return digest("vocabulary", {"tokens": tokenizer.get_vocab(), "added": added})


def _listed(tokens: list[SpecialToken]) -> str:
    return ", ".join(map(str, tokens)) or "none"
