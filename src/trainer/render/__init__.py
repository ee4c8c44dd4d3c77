"""Render: a sample as token ids and labels, through the model's own chat template, with labels that are proven turn by turn.

For each trained answer, the conversation before it is printed with the generation prompt, and the conversation with it without. The
second must begin with the first, as text and as tokens; what follows, up to and including the stop token, is what the model would have
to generate, and is the target. Nothing else carries loss: no header, and no newline after the end of a turn. The target must say all of
the answer (`answer` proves it), and its tokens must say the target's text. Answers whose prompts begin alike share a row; where a template
rewrites history (it drops old reasoning, say), an answer becomes a row of its own, with the history it would really have been given.
What cannot be proven is an error that names row and message.

Labels never come from the pad token, and no row is cut: lengths are the preflight's business.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agentlog.errors import RenderError
from agentlog.schema.sample import Sample
from trainer.render.answer import check_history, check_spoken, check_target
from trainer.render.template import Tokenizer, printable, render_text, shape_of
from trainer.render.tokens import Tokens, says, specials, spoken, texts_of, token_ids

__all__ = ["NO_LOSS", "RenderedRow", "Turn", "field_of", "render_sample", "render_turns", "rows_of", "stop_tokens", "token_ids"]

NO_LOSS = -100


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
    left_out: int = 0
    """How many messages of the conversation were left out of its middle to make it fit; see `window`."""

    @property
    def targets(self) -> int:
        """How many tokens carry loss."""
        return sum(label != NO_LOSS for label in self.labels)


def render_sample(sample: Sample | Mapping[str, Any], tokenizer: Tokenizer, stop_ids: Iterable[int] | None = None) -> list[RenderedRow]:
    """The rows of a sample, oldest answers first: one, unless the template rewrites history; none if nothing in it is trained.

    Args:
        sample: a Sample, or a dataset's row as a mapping.
        tokenizer: a transformers tokenizer with a chat template.
        stop_ids: the tokens that end an answer; those of `stop_tokens` when left out.

    Raises:
        RenderError: a label cannot be proven; the message names the row and the message in it.
    """
    turns = render_turns(sample, tokenizer, stop_ids)
    return rows_of(turns, field_of(sample, "id"), float(field_of(sample, "weight", 1.0)))


def rows_of(turns: list[Turn], sample_id: str, weight: float) -> list[RenderedRow]:
    """The fewest rows in which every answer stands after exactly its own prompt, oldest answers first."""
    return [_row(sample_id, weight, sharing) for sharing in _sharing(turns)]


def render_turns(sample: Sample | Mapping[str, Any], tokenizer: Tokenizer, stop_ids: Iterable[int] | None = None) -> list[Turn]:
    """Every trained answer of a sample with its own prompt, in the order of the conversation.

    Raises:
        RenderError: as for `render_sample`.
    """
    name = field_of(sample, "id")
    trained = sorted(set(field_of(sample, "trained")))
    if not trained:
        return []
    stop = frozenset(stop_tokens(tokenizer) if stop_ids is None else stop_ids)
    tools = list(field_of(sample, "tools", None) or [])
    try:
        messages = printable(field_of(sample, "messages")[: trained[-1] + 1], shape_of(tokenizer, tools))
        turns = _Turns(tokenizer, messages, tools, stop, Tokens(tokenizer))
    except RenderError as error:
        raise RenderError(f"row {name}: {error}") from error
    made = [turns.at(index, name) for index in trained]
    try:
        last = turns.prompt(made[-1].index)
        check_history(messages[: made[-1].index], last)
    except RenderError as error:
        raise RenderError(f"row {name}: {error}") from error
    if turns.tokens.proves(last, made[-1].prompt_ids):
        return made
    turns.tokens = Tokens(tokenizer, whole=True)
    return [turns.at(index, name) for index in trained]


def stop_tokens(tokenizer: Tokenizer) -> list[int]:
    """The ids that end an answer: the tokenizer's, and those of the generation configuration in the folder it was loaded from."""
    ids = [] if tokenizer.eos_token_id is None else [int(tokenizer.eos_token_id)]
    file = Path(str(getattr(tokenizer, "name_or_path", ""))) / "generation_config.json"
    if file.is_file():
        said = orjson.loads(file.read_bytes()).get("eos_token_id")
        ids += [said] if isinstance(said, int) else list(said or [])
    return sorted(set(ids))


def field_of(sample: Sample | Mapping[str, Any], name: str, *default: Any) -> Any:
    """A field of a sample or of a dataset's row.

    Raises:
        RenderError: the row lacks it, and there is no default.
    """
    if isinstance(sample, Sample):
        return getattr(sample, name)
    if name in sample or default:
        return sample.get(name, *default)
    raise RenderError(f"row {sample.get('id', '?')}: it has no {name!r}, which every row of a dataset has")


@dataclass(slots=True)
class _Turns:
    """A conversation whose answers are rendered one by one."""

    tokenizer: Tokenizer
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    stop: frozenset[int]
    tokens: Tokens

    def at(self, index: int, row: str) -> Turn:
        try:
            return self._turn(index)
        except RenderError as error:
            raise RenderError(f"row {row}: message {index}: {error}") from error

    def prompt(self, index: int) -> str:
        """What a server would hand to the model for the answer."""
        return render_text(self.tokenizer, self.messages[:index], self.tools, prompt=True)

    def _turn(self, index: int) -> Turn:
        message = self.messages[index]
        if message["role"] != "assistant":
            raise RenderError(f"it is to be trained, but its role is {message['role']}")
        if index == 0:
            raise RenderError("nothing comes before it, so there is no prompt to answer")
        stops = texts_of(self.tokenizer, self.stop)
        check_spoken(message, stops, specials(self.tokenizer).pattern)
        prompt = self.prompt(index)
        whole = render_text(self.tokenizer, self.messages[: index + 1], self.tools, prompt=False)
        if not whole.startswith(prompt):
            raise RenderError("the conversation with the answer does not begin with the prompt, so its target cannot be told")
        if not any(stop in whole[len(prompt) :] for stop in stops):
            whole += self._next_opening(index, whole, stops)
        prompt_ids, rest = self._split(prompt, whole)
        target = self._until_stop(rest, stops)
        # Everything is proven on what carries loss: an answer that goes on after its first stop token would lose its end.
        text = _ended(whole[len(prompt) :], spoken(self.tokenizer, target[-1:]))
        check_target(message, text)
        if not says(self.tokenizer, target, text, prompt_ids):
            said = spoken(self.tokenizer, target)
            raise RenderError(f"the tokenizer cannot say it: {text[:60]!r} becomes {said[:60]!r}")
        return Turn(index, prompt_ids, target)

    def _next_opening(self, index: int, whole: str, stops: list[str]) -> str:
        """The stop token with which the next turn begins, for templates that end an answer by opening another turn; or nothing."""
        calls = self.messages[index].get("tool_calls") or []
        reply: dict[str, Any] = {"role": "user", "content": "next"}
        if calls:
            reply = {"role": "tool", "content": "next", "tool_call_id": calls[0].get("id"), "name": calls[0]["function"]["name"]}
        try:
            (ready,) = printable([reply], shape_of(self.tokenizer, self.tools))
            longer = render_text(self.tokenizer, [*self.messages[: index + 1], ready], self.tools, prompt=False)
        except RenderError:
            return ""
        opening = longer[len(whole) :] if longer.startswith(whole) else ""
        return next((stop for stop in stops if opening.startswith(stop)), "")

    def _split(self, prompt: str, whole: str) -> tuple[list[int], list[int]]:
        prompt_ids = self.tokens.of(prompt)
        if prompt_ids[:2] == [self.tokenizer.bos_token_id] * 2:
            raise RenderError(f"the chat template begins it with two {self.tokenizer.bos_token}, which no server does")
        whole_ids = self.tokens.of(whole)
        if whole_ids[: len(prompt_ids)] == prompt_ids:
            return prompt_ids, whole_ids[len(prompt_ids) :]
        # A token of the printed conversation spans the end of the prompt. A model generates from the prompt's own tokens onwards,
        # so the continuation is tokenised by itself; it is right if both together still say the same text.
        # A stop token before it keeps a tokenizer from taking it for the beginning of a text, where some put a space.
        for anchor in (*texts_of(self.tokenizer, self.stop), ""):
            rest = token_ids(self.tokenizer, anchor + whole[len(prompt) :])[1 if anchor else 0 :]
            if spoken(self.tokenizer, prompt_ids + rest) == whole:
                return prompt_ids, rest
        raise RenderError("the tokens of the prompt are no prefix of those of the conversation, so its target cannot be told")

    def _until_stop(self, ids: list[int], stops: list[str]) -> list[int]:
        for position, token in enumerate(ids):
            if token in self.stop:
                return ids[: position + 1]
        known = ", ".join(stops) or "none is known"
        raise RenderError(
            f"the chat template ends it without a stop token ({known}): name the one it prints as eos_token_id in the base's "
            "generation_config.json, as the server that runs it has to"
        )


def _ended(text: str, stop: str) -> str:
    body, found, _ = text.partition(stop)
    if not found:
        raise RenderError(f"its tokens end with {stop}, which the chat template did not print: the tokenizer changes the text")
    return body + found


def _sharing(turns: list[Turn]) -> list[list[Turn]]:
    # From the newest back: an answer joins a row in which it stands with exactly its own prompt, or begins one.
    rows: list[list[Turn]] = []
    wholes: list[list[int]] = []
    for turn in reversed(turns):
        ids = turn.prompt_ids + turn.target_ids
        for row, whole in zip(reversed(rows), reversed(wholes), strict=True):
            if len(ids) <= len(row[-1].prompt_ids) and whole[len(ids) - 1] == ids[-1] and whole[: len(ids)] == ids:
                row.append(turn)
                break
        else:
            rows.append([turn])
            wholes.append(ids)
    return [row[::-1] for row in reversed(rows)]


def _row(name: str, weight: float, turns: list[Turn]) -> RenderedRow:
    last = turns[-1]
    ids = last.prompt_ids + last.target_ids
    labels = [NO_LOSS] * len(ids)
    for turn in turns:
        start = len(turn.prompt_ids)
        labels[start : start + len(turn.target_ids)] = turn.target_ids
    return RenderedRow(ids, labels, name, tuple(turn.index for turn in turns), weight)
