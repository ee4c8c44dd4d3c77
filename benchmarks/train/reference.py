"""Reference: what carries loss in each answer, found another way than by the code that is measured, and sharing nothing with it.

By text alone: the server's prompt is the conversation before the answer with the generation prompt; the printed conversation with the
answer goes on from it; the target is what it goes on with, up to and including the first text of a stop token. By character offsets: the
target's tokens are those of the printed conversation that begin where the prompt ends or later. Facts about a template (its stop tokens,
how it wants arguments) come from `templates`, where a person wrote them down.

An answer has no target, and must be refused, where the printed conversation does not go on from the prompt, where something that was
said is not in the target, where the answer's own text holds a special token's text, and where the tokens do not say the text.
"""

import datetime
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from benchmarks.train.templates import Template

DAY = datetime.date(2025, 1, 1)


@dataclass(frozen=True)
class Expected:
    """The ids before an answer, and those that carry loss."""

    prompt: list[int]
    target: list[int]


@dataclass(frozen=True)
class Refusable:
    """Why an answer must be refused."""

    why: str


class Reference:
    """A template on a tokenizer, read by a second pair of eyes."""

    def __init__(self, template: Template, tokenizer: Any) -> None:
        self.template, self.tokenizer = template, tokenizer
        self.stops = [tokenizer.convert_tokens_to_ids(stop) for stop in template.stops]
        held = template.source
        for form in ("%d %b %Y", "%Y-%m-%d"):
            for quote in ("'", '"'):
                held = held.replace(f"strftime_now({quote}{form}{quote})", repr(DAY.strftime(form)))
        self.source = held
        self.special = [str(token) for token in tokenizer.added_tokens_decoder.values() if token.special]

    def expected(self, row: dict[str, Any], place: int) -> Expected | Refusable:
        """What an answer of a row must be trained on."""
        message = row["messages"][place]
        texts = self._texts(message)
        if not (message["content"] or "").strip() and not message.get("tool_calls"):
            return Refusable("says nothing")
        if any(token in text for text in texts for token in self.special):
            return Refusable("special token in its text")
        try:
            prompt = self._print(row, place, answer=False)
            whole = self._print(row, place, answer=True)
            text = self._target(row, place, prompt, whole)
        except Exception as error:  # noqa: BLE001 (a template may fail in any way)
            return Refusable(f"template refuses: {type(error).__name__}")
        if text is None:
            return Refusable("prompt is no prefix, or no stop token")
        called = [said for earlier in row["messages"][:place] if earlier.get("tool_calls") for said in self._texts(earlier)[3::2]]
        if not all(self._within(said, prompt) for said in called):
            return Refusable("calls in its history are not printed")
        if not all(self._within(said, text) for said in texts):
            return Refusable("not all that was said is printed")
        return self._ids(prompt, text)

    def masked(self, row: dict[str, Any]) -> Any:
        """The ids of a whole row, and the mask that the generation markers of its template make."""
        messages = [self._ready(message) for message in row["messages"]]
        asked = {"chat_template": self.source, "return_dict": True, "return_assistant_tokens_mask": True}
        return self.tokenizer.apply_chat_template(messages, tools=row["tools"] or None, **asked)

    def _texts(self, message: dict[str, Any]) -> list[str]:
        texts = [message["content"] or "", message.get("reasoning_content") or ""]
        for call in message.get("tool_calls") or []:
            texts += [call["function"]["name"], json.loads(call["function"]["arguments"])["path"]]
        return texts

    @staticmethod
    def _within(said: str, text: str) -> bool:
        said = said.strip()
        forms = (said, json.dumps(said)[1:-1], json.dumps(said, ensure_ascii=False)[1:-1], repr(said)[1:-1])
        return any(form in text for form in forms)

    def _print(self, row: dict[str, Any], place: int, *, answer: bool, more: list[dict[str, Any]] | None = None) -> str:
        messages = [self._ready(message) for message in [*row["messages"][: place + answer], *(more or [])]]
        return str(
            self.tokenizer.apply_chat_template(
                messages, tools=row["tools"] or None, add_generation_prompt=not answer, tokenize=False, chat_template=self.source
            )
        )

    def _ready(self, message: dict[str, Any]) -> dict[str, Any]:
        ready = {**message, "content": message["content"] or ""}
        if self.template.parts:
            ready["content"] = [{"type": "text", "text": ready["content"]}]
        if message.get("tool_calls"):
            ready["tool_calls"] = [self._call(call) for call in message["tool_calls"]]
        return ready

    def _call(self, call: dict[str, Any]) -> dict[str, Any]:
        arguments = call["function"]["arguments"]
        told = arguments if self.template.text_arguments else json.loads(arguments)
        return {**call, "function": {**call["function"], "arguments": told}}

    def _target(self, row: dict[str, Any], place: int, prompt: str, whole: str) -> str | None:
        if whole[: len(prompt)] != prompt:
            return None
        after = whole[len(prompt) :]
        found = re.search("|".join(map(re.escape, self.template.stops)), after)
        if found:
            return after[: found.end()]
        # Some templates end an answer only by opening the next turn.
        called = row["messages"][place].get("tool_calls")
        following = (
            {"role": "tool", "tool_call_id": called[0]["id"], "name": "f", "content": "?"} if called else {"role": "user", "content": "?"}
        )
        longer = self._print(row, place, answer=True, more=[following])
        if not longer.startswith(whole):
            return None
        return next((after + stop for stop in self.template.stops if longer[len(whole) :].startswith(stop)), None)

    def _ids(self, prompt: str, text: str) -> Expected | Refusable:
        before = self.tokenizer(prompt, add_special_tokens=False)["input_ids"]
        both = self.tokenizer(prompt + text, add_special_tokens=False, return_offsets_mapping=True)
        ids, starts = both["input_ids"], [start for start, _ in both["offset_mapping"]]
        if ids[: len(before)] == before and all(start >= len(prompt) for start in starts[len(before) :]):
            return self._sayable(before, ids[len(before) :], text)
        # A token reaches over the end of the prompt; a model goes on from the prompt's own tokens.
        for lead in ("", "\x01"):
            led = self.tokenizer(lead + text, add_special_tokens=False, return_offsets_mapping=True)
            target = [number for number, (start, _) in zip(led["input_ids"], led["offset_mapping"], strict=True) if start >= len(lead)]
            if self._read(before + target) == prompt + text:
                return self._sayable(before, target, text)
        return Refusable("tokens do not say the text")

    def _read(self, ids: list[int]) -> str:
        return str(self.tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def _sayable(self, before: list[int], target: list[int], text: str) -> Expected | Refusable:
        return Expected(before, target) if self._say(before, target, text) else Refusable("tokens do not say the text")

    def _say(self, before: list[int], target: list[int], text: str) -> bool:
        if not target or target[-1] not in self.stops or any(number in self.stops for number in target[:-1]):
            return False
        wanted = unicodedata.normalize("NFC", text).strip()
        alone, in_place = (unicodedata.normalize("NFC", self._read(ids)) for ids in (target, before + target))
        return alone.strip() == wanted or in_place.strip().endswith(wanted)
