"""Render: a sample as token ids and labels, through the model's own chat template, with labels that are proven turn by turn.

For each trained answer, the conversation before it is printed with the generation prompt, and the conversation with it without. The
second must begin with the first, as text and as tokens; what follows, up to and including the stop token, is what the model would have
to generate, and is the target. Nothing else carries loss: no header, and no newline after the end of a turn. Answers that sit
unchanged in the longest conversation share one row; where a template rewrites history (it drops old reasoning, say), an answer becomes
a row of its own, with the history it would really have been given. What cannot be proven is an error that names row and message.

Labels never come from the pad token, and no row is cut: lengths are the preflight's business.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agentlog.errors import RenderError
from agentlog.schema.sample import Sample
from trainer.template import Tokenizer, printable, render_text, said, shape_of

NO_LOSS = -100
_THOUGHT_ENDS = "</think>"
_REASONING = ("reasoning_content", "reasoning", "thinking")


@dataclass(frozen=True, slots=True)
class Turn:
    """One trained answer: the ids a model is given, and the ids it would have to generate, stop token included."""

    index: int
    prompt_ids: list[int]
    target_ids: list[int]


@dataclass(frozen=True, slots=True)
class RenderedRow:
    """Token ids and labels of equal length; a label is the token itself where it is trained and -100 elsewhere."""

    input_ids: list[int]
    labels: list[int]
    sample_id: str
    trained: tuple[int, ...]
    """The messages of the sample whose answers are the targets of this row."""
    weight: float = 1.0

    @property
    def targets(self) -> int:
        """How many tokens carry loss."""
        return sum(label != NO_LOSS for label in self.labels)


def render_sample(sample: Sample | Mapping[str, Any], tokenizer: Tokenizer, stop_ids: Iterable[int] | None = None) -> list[RenderedRow]:
    """The rows of a sample: one, unless the template rewrites history; none if nothing in it is trained.

    Args:
        sample: a Sample, or a dataset's row as a mapping.
        tokenizer: a transformers tokenizer with a chat template.
        stop_ids: the tokens that end an answer; those of `stop_tokens` when left out.

    Raises:
        RenderError: a label cannot be proven; the message names the row and the message in it.
    """
    turns = render_turns(sample, tokenizer, stop_ids)
    if not turns:
        return []
    name, weight = _field(sample, "id"), float(_field(sample, "weight", 1.0))
    longest = turns[-1]
    whole = longest.prompt_ids + longest.target_ids
    shared = [turn for turn in turns if _stands_in(turn, whole)]
    alone = [turn for turn in turns if not _stands_in(turn, whole)]
    return [_row(name, weight, [turn]) for turn in alone] + [_row(name, weight, shared)]


def render_turns(sample: Sample | Mapping[str, Any], tokenizer: Tokenizer, stop_ids: Iterable[int] | None = None) -> list[Turn]:
    """Every trained answer of a sample with its own prompt, in the order of the conversation.

    Raises:
        RenderError: as for `render_sample`.
    """
    name = _field(sample, "id")
    trained = sorted(set(_field(sample, "trained")))
    if not trained:
        return []
    stop = frozenset(stop_tokens(tokenizer) if stop_ids is None else stop_ids)
    try:
        messages = printable(_field(sample, "messages")[: trained[-1] + 1], shape_of(tokenizer))
        turns = _Turns(tokenizer, messages, list(_field(sample, "tools", None) or []), stop)
    except RenderError as error:
        raise RenderError(f"row {name}: {error}") from error
    return [turns.at(index, name) for index in trained]


def stop_tokens(tokenizer: Tokenizer) -> list[int]:
    """The ids that end an answer: the tokenizer's, and those of the generation configuration in the folder it was loaded from."""
    ids = [] if tokenizer.eos_token_id is None else [int(tokenizer.eos_token_id)]
    file = Path(str(getattr(tokenizer, "name_or_path", ""))) / "generation_config.json"
    if file.is_file():
        said = orjson.loads(file.read_bytes()).get("eos_token_id")
        ids += [said] if isinstance(said, int) else list(said or [])
    return sorted(set(ids))


def token_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """The ids of rendered text; the template has printed every special token that belongs there."""
    return list(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


def _field(sample: Sample | Mapping[str, Any], name: str, *default: Any) -> Any:
    if isinstance(sample, Sample):
        return getattr(sample, name)
    if name in sample or default:
        return sample.get(name, *default)
    raise RenderError(f"row {sample.get('id', '?')}: it has no {name!r}, which every row of a dataset has")


@dataclass(frozen=True, slots=True)
class _Turns:
    """A conversation whose answers are rendered one by one."""

    tokenizer: Tokenizer
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    stop: frozenset[int]

    def at(self, index: int, row: str) -> Turn:
        try:
            return self._turn(index)
        except RenderError as error:
            raise RenderError(f"row {row}: message {index}: {error}") from error

    def _turn(self, index: int) -> Turn:
        message = self.messages[index]
        if message["role"] != "assistant":
            raise RenderError(f"it is to be trained, but its role is {message['role']}")
        if index == 0:
            raise RenderError("nothing comes before it, so there is no prompt to answer")
        prompt = render_text(self.tokenizer, self.messages[:index], self.tools, prompt=True)
        whole = render_text(self.tokenizer, self.messages[: index + 1], self.tools, prompt=False)
        if not whole.startswith(prompt):
            raise RenderError("the conversation with the answer does not begin with the prompt, so its target cannot be told")
        self._prove_content(message, whole[len(prompt) :])
        prompt_ids, rest = self._split(prompt, whole)
        return Turn(index, prompt_ids, self._until_stop(rest))

    def _split(self, prompt: str, whole: str) -> tuple[list[int], list[int]]:
        prompt_ids, whole_ids = token_ids(self.tokenizer, prompt), token_ids(self.tokenizer, whole)
        if whole_ids[: len(prompt_ids)] == prompt_ids:
            return prompt_ids, whole_ids[len(prompt_ids) :]
        # A token of the printed conversation spans the end of the prompt. A model generates from the prompt's own tokens onwards,
        # so the continuation is tokenised by itself; it is right if both together still say the same text.
        rest = token_ids(self.tokenizer, whole[len(prompt) :])
        spoken = self.tokenizer.decode(prompt_ids + rest, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        if spoken != whole:
            raise RenderError("the tokens of the prompt are no prefix of those of the conversation, so its target cannot be told")
        return prompt_ids, rest

    def _until_stop(self, ids: list[int]) -> list[int]:
        for position, token in enumerate(ids):
            if token in self.stop:
                return ids[: position + 1]
        known = ", ".join(self._stop_texts()) or "none is known"
        raise RenderError(
            f"the chat template ends it without a stop token ({known}): name the one it prints as eos_token_id in the base's "
            "generation_config.json, as the server that runs it has to"
        )

    def _prove_content(self, message: dict[str, Any], printed: str) -> None:
        content, calls = said(message), message.get("tool_calls", [])
        if not content.strip() and not calls:
            raise RenderError("it says nothing, so there is nothing to learn")
        thought, _, answer = content.rpartition(_THOUGHT_ENDS)
        texts = [thought.rpartition("<think>")[2], answer, *(message.get(field) or "" for field in _REASONING)]
        for text in [*texts, *(call["function"]["name"] for call in calls)]:
            if text.strip() not in printed:
                raise RenderError(f"the chat template does not print what was answered ({text.strip()[:40]!r} is missing)")
        if thought and printed.count(_THOUGHT_ENDS) != content.count(_THOUGHT_ENDS):
            raise RenderError("the chat template does not know the reasoning in its text, and prints reasoning of its own beside it")
        spoken = orjson.dumps(message).decode()
        for token in self._stop_texts():
            if token in spoken:
                raise RenderError(f"its text holds the stop token {token}, which would end the answer early")

    def _stop_texts(self) -> list[str]:
        # An id that the tokenizer does not know has no text.
        return [str(token) for token in self.tokenizer.convert_ids_to_tokens(sorted(self.stop)) if token is not None]


def _stands_in(turn: Turn, whole: list[int]) -> bool:
    ids = turn.prompt_ids + turn.target_ids
    return whole[: len(ids)] == ids


def _row(name: str, weight: float, turns: list[Turn]) -> RenderedRow:
    last = turns[-1]
    ids = last.prompt_ids + last.target_ids
    labels = [NO_LOSS] * len(ids)
    for turn in turns:
        start = len(turn.prompt_ids)
        labels[start : start + len(turn.target_ids)] = turn.target_ids
    return RenderedRow(ids, labels, name, tuple(turn.index for turn in turns), weight)
