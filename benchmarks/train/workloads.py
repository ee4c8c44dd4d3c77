"""Workloads: what agents' logs look like as tokens, drawn by a seed.

A role's rows begin with the role's system prompt and tools, the same in each; then come turns, each something asked (by a user or as a
tool's result) and an answer. Lengths are log-normal with long tails, as in logs: 320 tokens of system prompt and tools, 50 in what is
asked, 50 in an answer, 120 in a thought, and ten turns make a session of some 1,400 tokens. Single-turn rows have a prompt of 900 to 1,500
tokens and an answer of 100. In the variants "nothing shared" each row has a system prompt of its own, which real rows of one role never
have. Which tokens they are changes no speed, so they are drawn evenly.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from trainer.render import NO_LOSS, RenderedRow

START, END, BREAK, SYSTEM, USER, ASSISTANT, THINK, THOUGHT = range(8)
"""The tokens of a chat template; words are all above."""
_WORDS = 8
PAD = 0
"""Fills padded rows; neither labels nor attention see it."""
_HEADER = 320
TURNS = 10


@dataclass(frozen=True, slots=True)
class Turn:
    """What is asked, and the thought and the answer that follow."""

    asked: list[int]
    thought: list[int]
    answer: list[int]


@dataclass(frozen=True, slots=True)
class Session:
    """The calls of one agent on one task."""

    number: int
    system: list[int]
    turns: list[Turn]


@dataclass(frozen=True)
class Workload:
    """The rows of one optimizer step, as each trainer would be given them."""

    name: str
    says: str
    rows: list[RenderedRow]
    """One row for each proven sequence; rows of one sample have equal ids."""
    logged: list[RenderedRow]
    """The same calls as they were logged: a row each, with the whole prompt."""

    @cached_property
    def targets(self) -> int:
        """Target tokens, each answer counted once."""
        return sum(row.targets for row in self.rows)

    def targets_within(self, length: int) -> int:
        """Of these, how many a trainer sees that cuts off every row's end."""
        return sum(label != NO_LOSS for row in self.rows for label in row.labels[:length])


def folded(vocabulary: int, sessions: int, seed: int = 0, *, shared: bool = True) -> Workload:
    """Sessions of ten calls: one row each where calls were folded, ten where each was logged with its whole history."""
    drawn = [_session(seed, number, vocabulary, shared, thoughts=False) for number in range(sessions)]
    calls = [[_call(session, turn) for turn in range(TURNS)] for session in drawn]
    says = "one role's" if shared else "nothing shared"
    return Workload("folded" if shared else "folded-apart", says, [_fold(rows) for rows in calls], [row for rows in calls for row in rows])


def single(vocabulary: int, rows: int, seed: int = 0, *, shared: bool = True) -> Workload:
    """Single-turn rows with long prompts."""
    made = []
    for number in range(rows):
        session = _session(seed, number, vocabulary, shared, thoughts=False)
        chance = random.Random(f"single:{seed}:{number}")
        asked = _words(chance, vocabulary, chance.randint(900, 1500) - _HEADER - 12)
        turn = Turn(asked, [], _words(chance, vocabulary, _length(chance, 100, 0.4)))
        made.append(_call(Session(number, session.system, [turn]), 0))
    return Workload("single" if shared else "single-apart", "one role's" if shared else "nothing shared", made, made)


def reasoning(vocabulary: int, sessions: int, seed: int = 0) -> Workload:
    """Sessions of ten calls that think first, under a template that leaves old thoughts out: every call is a row of its own."""
    rows = [
        _call(session, turn)
        for session in (_session(seed, number, vocabulary, shared=True, thoughts=True) for number in range(sessions))
        for turn in range(TURNS)
    ]
    return Workload("reasoning", "one role's", rows, rows)


def _session(seed: int, number: int, vocabulary: int, shared: bool, *, thoughts: bool) -> Session:
    of_role = random.Random(f"system:{seed}:{'' if shared else number}")
    chance = random.Random(f"session:{seed}:{number}")
    turns = [
        Turn(
            asked=_words(chance, vocabulary, _length(chance, 50, 0.7)),
            thought=_words(chance, vocabulary, _length(chance, 120, 0.5)) if thoughts else [],
            answer=_words(chance, vocabulary, _length(chance, 50, 0.6)),
        )
        for _ in range(TURNS)
    ]
    return Session(number, _words(of_role, vocabulary, _HEADER), turns)


def _call(session: Session, turn: int) -> RenderedRow:
    """A call with its whole prompt, as the server would render it; only its own answer is trained."""
    prompt = _message(SYSTEM, session.system)
    for before in session.turns[:turn]:
        prompt += _message(USER, before.asked) + _message(ASSISTANT, before.answer)
    prompt += [*_message(USER, session.turns[turn].asked), START, ASSISTANT, BREAK]
    said = session.turns[turn]
    target = [*([THINK, *said.thought, THOUGHT, BREAK] if said.thought else []), *said.answer, END]
    return RenderedRow(
        input_ids=prompt + target, labels=[NO_LOSS] * len(prompt) + target, sample_id=f"session-{session.number}", trained=(2 * turn + 2,)
    )


def _fold(calls: list[RenderedRow]) -> RenderedRow:
    """One row for calls of which each holds the ones before it."""
    last = calls[-1]
    labels = [NO_LOSS] * len(last.input_ids)
    for call in calls:
        start = len(call.input_ids) - call.targets
        labels[start : len(call.input_ids)] = call.labels[start:]
    return RenderedRow(last.input_ids, labels, last.sample_id, tuple(index for call in calls for index in call.trained))


def _message(role: int, words: list[int]) -> list[int]:
    return [START, role, BREAK, *words, END, BREAK]


def _words(chance: random.Random, vocabulary: int, number: int) -> list[int]:
    return [chance.randrange(_WORDS, vocabulary) for _ in range(number)]


def _length(chance: random.Random, mean: float, spread: float) -> int:
    """A log-normal length of that mean, kept within a fifth and six times of it."""
    drawn = chance.lognormvariate(math.log(mean) - spread**2 / 2, spread)
    return round(min(max(drawn, mean / 5), mean * 6))


def passes(rows: list[RenderedRow], size: int) -> Iterator[list[RenderedRow]]:
    """Rows of like length together, so many at a time: as good as grouping by length can get for these rows."""
    ordered = sorted(rows, key=lambda row: len(row.input_ids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
