"""Window: a conversation that is too long for a row, as a few shorter ones that keep the task and lose no target.

An answer that fits after everything that was said before it is trained just so. Of the others, the newest is taken first: its window
keeps the system message, the tools, the task (the first message of the user) and as many of the newest turns as fit; whole turns are left
out of the middle, the oldest first. It trains every answer in it that no other window has, so that few windows are needed; then the
newest answer that is left is taken, until none is. Each target is trained once, and whole.

What a window never does: part a tool call from its results, leave out the message that an answer replies to, or leave out the question
of the user that an answer is about. An answer for which even the shortest such window is too long is told, with the length it needs;
whether a run goes on without it is not decided here. Every window is rendered by `render`, so its labels are proven like any others.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agentlog.errors import RenderError
from agentlog.schema.sample import Sample
from trainer.render import RenderedRow, Turn, field_of, render_turns, rows_of, stop_tokens
from trainer.render.template import Tokenizer


@dataclass(slots=True)
class Windowed:
    """The rows of a sample, none longer than allowed, and what became of it."""

    rows: list[RenderedRow] = field(default_factory=list)
    kept: int = 0
    """Target tokens that the rows train."""
    lost: int = 0
    """Target tokens of answers that fit in no window."""
    need: int = 0
    """The shortest length at which nothing would be lost; 0 if nothing is."""
    left_out: int = 0
    """Tokens of context that windows do not show and the whole conversation would."""

    @property
    def windows(self) -> int:
        """How many rows show less than the whole conversation before them."""
        return sum(row.left_out > 0 for row in self.rows)


def windows(sample: Sample | Mapping[str, Any], tokenizer: Tokenizer, stop_ids: Iterable[int] | None, most: int) -> Windowed:
    """The rows of a sample, none longer than ``most`` tokens, oldest answers first.

    Raises:
        RenderError: a label cannot be proven, or the template prints no conversation with turns left out.
    """
    stop = list(stop_tokens(tokenizer) if stop_ids is None else stop_ids)
    turns = render_turns(sample, tokenizer, stop)
    name, weight = field_of(sample, "id"), float(field_of(sample, "weight", 1.0))
    fitting = [turn for turn in turns if _length(turn) <= most]
    made = Windowed(rows_of(fitting, name, weight))
    conversation = _Conversation(sample, tokenizer, stop)
    full = {turn.index: turn for turn in turns}
    left = [turn.index for turn in turns if _length(turn) > most]
    while left:
        fit = conversation.largest(left, most)
        if isinstance(fit, int):
            made.lost += len(full[left[-1]].target_ids)
            made.need = max(made.need, fit)
            left.pop()
            continue
        made.rows += [replace(row, left_out=fit.left_out) for row in rows_of(fit.turns, name, weight)]
        made.left_out += _length(full[fit.turns[-1].index]) - _length(fit.turns[-1])
        trained = {turn.index for turn in fit.turns}
        left = [index for index in left if index not in trained]
    made.rows.sort(key=lambda row: row.trained[-1])
    made.kept = sum(row.targets for row in made.rows)
    return made


@dataclass(frozen=True, slots=True)
class _Fit:
    """The answers of one window as they stand in it, by their place in the whole conversation."""

    turns: list[Turn]
    left_out: int


class _Conversation:
    """A sample of which windows are tried."""

    def __init__(self, sample: Sample | Mapping[str, Any], tokenizer: Tokenizer, stop: list[int]) -> None:
        self._row = {"id": field_of(sample, "id"), "tools": field_of(sample, "tools", None)}
        self._messages: list[Mapping[str, Any]] = list(field_of(sample, "messages"))
        self._tokenizer, self._stop = tokenizer, stop
        roles = [message["role"] for message in self._messages]
        system = next((place for place, role in enumerate(roles) if role not in ("system", "developer")), 0)
        self._head = system + (system < len(roles) and roles[system] == "user")
        self._starts = [place for place in range(self._head, len(roles)) if roles[place] != "tool"]
        self._users = [place for place, role in enumerate(roles) if role == "user"]

    def largest(self, left: list[int], most: int) -> _Fit | int:
        """The window that shows most before the newest answer left, with all the answers left that it trains; or the length it needs."""
        last = left[-1]
        # The turn that the answer replies to is the last that may begin the window.
        starts = [place for place in self._starts if place < last] or [self._head]
        shortest = self._fit([last], starts[-1])
        if _length(shortest.turns[-1]) > most:
            return _length(shortest.turns[-1])
        # Lengths shrink as turns are left out, but for a template that rewrites history: the last word is with a real rendering.
        low, high, best = 0, len(starts) - 1, shortest
        while low < high:
            middle = (low + high) // 2
            tried = self._fit([last], starts[middle])
            if _length(tried.turns[-1]) <= most:
                high, best = middle, tried
            else:
                low = middle + 1
        whole = self._fit([index for index in left if index > starts[high]], starts[high])
        fitting = [turn for turn in whole.turns if _length(turn) <= most]
        return _Fit(fitting, best.left_out) if fitting and fitting[-1].index == last else best

    def _fit(self, trained: list[int], start: int) -> _Fit:
        """The answers in the window whose newest turns begin at ``start``."""
        first, refusal = [*range(self._head)], None
        question = [place for place in self._users if self._head <= place < start][-1:]
        asked = [] if self._messages[start]["role"] == "user" else question
        # Some templates insist that user and assistant alternate: the answer to the task stands between it and the next question.
        for bridge in ([], self._first_answer(start)):
            places = sorted({*first, *bridge, *asked, *range(start, trained[-1] + 1)})
            messages = [self._messages[place] for place in places]
            row = {**self._row, "messages": messages, "trained": [places.index(index) for index in trained]}
            try:
                turns = render_turns(row, self._tokenizer, self._stop)
            except RenderError as error:
                refusal = refusal or error
                continue
            return _Fit([replace(turn, index=places[turn.index]) for turn in turns], trained[-1] + 1 - len(places))
        raise RenderError(f"{refusal} (in a window of it that leaves out turns: it needs a longer row, or has to be left out of the build)")

    def _first_answer(self, start: int) -> list[int]:
        end = next((place for place in self._users if place >= self._head), start)
        said = [place for place in range(self._head, min(end, start)) if self._messages[place]["role"] == "assistant"]
        return [place for place in said[-1:] if not self._messages[place].get("tool_calls")]


def _length(turn: Turn) -> int:
    return len(turn.prompt_ids) + len(turn.target_ids)
