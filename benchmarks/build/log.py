"""The log that builds are measured with: made, so that it can have any size, and shaped like that of a team's agent.

Calls are about 2 KB long and stand in sessions of one to four: most sessions are runs whose calls carry their history, so that they fold;
some begin anew. Questions and answers are sentences of a vocabulary with the frequencies of real text, and code that parses. One session in
twelve is another one over again, with a few words changed; one call in fifteen holds an e-mail address, a phone number or a token. Each
call has a result, one in ten has feedback, and results and feedback stand where the writer would have put them: soon after, or weeks later.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.read_back import uuid

ROTATE_BYTES = 64 << 20
_SYLLABLES = ["ba", "co", "di", "fe", "ga", "hu", "jo", "ki", "la", "mo", "ne", "pi", "ra", "so", "tu", "ve", "wi", "xa", "yo", "zu"]
_MOST_WORDS = 6000
_TYPES = ("implement", "fix", "refactor", "test", "explain")
_SYSTEM = "You are a careful programmer. Answer with one function and one sentence on it."
CODE = """```python
def {name}(values: list[int], limit: int = {number}) -> int:
    \"\"\"{doc}\"\"\"
    total = {start}
    for value in values:
        if value > limit:
            total += value * {factor}
    return total
```"""


class Made:
    """Writes a log of so many calls; the same seed and range give the same lines."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = random.Random(seed)
        chance = random.Random(7)
        self._words = sorted({"".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(_MOST_WORDS)})
        chance.shuffle(self._words)
        weights = [1 / (rank + 3) for rank in range(len(self._words))]
        self._pool = chance.choices(self._words, weights, k=1 << 18)
        self._ids = random.Random(seed + 1)
        self._number = 0
        self._earlier: list[list[tuple[str, str]]] = []

    def text(self, words: int) -> str:
        """So many words in a row, as sentences."""
        start = self._chance.randrange(len(self._pool) - words)
        mine = self._pool[start : start + words]
        for place in range(0, words, 9):
            mine[place] = self._words[self._chance.randrange(len(self._words))]
        return " ".join(mine)

    def lines(self, calls: int) -> Iterator[tuple[bytes, bytes]]:
        """Lines, each with those that come weeks later."""
        left = calls
        while left:
            turns = self._turns(min(left, self._chance.choice((1, 1, 2, 2, 3, 4))))
            left -= len(turns)
            yield from self._session(turns)

    def _session(self, turns: list[tuple[str, str]]) -> Iterator[tuple[bytes, bytes]]:
        chance, session = self._chance, f"ticket-{self._number}"
        history: list[dict[str, Any]] = [{"role": "system", "content": _SYSTEM}]
        fresh = chance.random() < 0.3
        kind = chance.choice(_TYPES)
        for question, answer in turns:
            self._number += 1
            name = uuid(self._ids, self._number)
            asked = [*history[: 1 if fresh else len(history)], {"role": "user", "content": question}]
            output = {"role": "assistant", "content": answer}
            history = [*asked, output]
            passed = chance.random() < 0.85
            told = {"interaction_id": name, "timestamp": moment(self._number + 40)}
            result = {"status": "success" if passed else "failure", "tests_passed": passed}
            now = orjson.dumps(_line(name, session, kind, self._number, asked, {**output, "tool_calls": []})) + b"\n"
            later = orjson.dumps({"event": "result", "id": uuid(self._ids, self._number), **told, "execution_result": result}) + b"\n"
            if chance.random() < 0.1:
                opinion = {"rating": chance.choice((2, 3, 4, 5, 5)), "comments": "seen", "corrections": None}
                later += (
                    orjson.dumps(
                        {"event": "feedback", "id": uuid(self._ids, self._number), **told, "reviewer": "ops", "human_feedback": opinion}
                    )
                    + b"\n"
                )
            yield (now, later) if chance.random() < 0.2 else (now + later, b"")

    def _turns(self, size: int) -> list[tuple[str, str]]:
        chance = self._chance
        if self._earlier and chance.random() < 0.08:
            return [(question.replace(" ", " again ", 1), answer) for question, answer in chance.choice(self._earlier)[:size]]
        turns = self._new(size)
        if len(self._earlier) < 5000:
            self._earlier.append(turns)
        return turns

    def _new(self, size: int) -> list[tuple[str, str]]:
        return [(self._question(), self._answer()) for _ in range(size)]

    def _question(self) -> str:
        private = ""
        if self._chance.random() < 0.07:
            word = self._words[self._chance.randrange(len(self._words))]
            private = self._chance.choice(
                (
                    f" Mail {word}.{self._number}@corp.io.",
                    f" Call +49 30 {self._chance.randrange(10**6, 10**7)}.",
                    f" password={word}X9!{self._number}z",
                )
            )
        return self.text(self._chance.randint(20, 50)) + private

    def _answer(self) -> str:
        chance = self._chance
        name = "_".join(self._words[chance.randrange(len(self._words))] for _ in range(2))
        code = CODE.format(
            name=name, number=chance.randrange(99), doc=self.text(9), start=chance.randrange(9), factor=chance.randrange(2, 99)
        )
        return f"{code}\n{self.text(chance.randint(15, 45))}"


def moment(number: int) -> str:
    """The time of the n-th call, of which there are ten a second."""
    seconds, tenth = divmod(number, 10)
    day, hour, minute = seconds // 86_400 % 28, seconds // 3600 % 24, seconds // 60 % 60
    return f"2026-11-{1 + day:02d}T{hour:02d}:{minute:02d}:{seconds % 60:02d}.{tenth}00000Z"


def write_log(folder: Path, calls: int, *, seed: int = 0, first_file: int = 0) -> None:
    """Write the log, in files of the size at which the writer begins a new one."""
    day = folder / "log" / "2026-11-20"
    day.mkdir(parents=True, exist_ok=True)
    held: list[bytes] = []
    size, number = 0, first_file
    made = Made(seed)
    made._number = seed * 100_000_000
    with (day / f"later-{first_file:06d}.jsonl").open("wb", buffering=1 << 20) as weeks_later:
        for now, later in made.lines(calls):
            held.append(now)
            weeks_later.write(later)
            size += len(now)
            if size >= ROTATE_BYTES:
                (day / f"{number:06d}.jsonl").write_bytes(b"".join(held))
                held, size, number = [], 0, number + 1
    (day / f"{number:06d}.jsonl").write_bytes(b"".join(held))


def _line(name: str, session: str, kind: str, number: int, messages: list[dict[str, Any]], output: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": "interaction",
        "schema_version": 1,
        "id": name,
        "timestamp": moment(number),
        "session_id": session,
        "parent_id": None,
        "agent_role": "coder",
        "task_id": None,
        "task_type": kind,
        "task_description": None,
        "messages": messages,
        "tools": [],
        "model_output": output,
        "model": {"name": "some-model", "provider": "llama.cpp", "revision": None, "quantization": "Q8_0"},
        "params": {"temperature": 0.2},
        "usage": {"input_tokens": 400, "output_tokens": 180},
        "latency_ms": 4210.5,
        "finish_reason": "stop",
        "execution_result": None,
        "human_feedback": None,
        "variant": None,
        "metadata": {},
    }
