"""Texts to find near-duplicates among: made ones of a wanted length, records of agents with planted repeats, and real ones."""

import gzip
import json
import random
import tarfile
from collections.abc import Iterator
from pathlib import Path

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def shared() -> Path | None:
    """The folder of real texts that lies beside some checkouts."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "shared" / "data" / "neardup").is_dir():
            return folder / "shared" / "data"
    return None


def vocabulary(rng: random.Random, size: int = 20_000) -> list[str]:
    """Made words of natural lengths."""
    return ["".join(rng.choices(_LETTERS, k=rng.choice((2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 11)))) for _ in range(size)]


def corpus(number: int, seed: int = 1, repeated: float = 0.2) -> list[str]:
    """Texts of 1 to 2 KB, words as frequent as in natural language; a fifth of them are edited copies of earlier ones."""
    rng = random.Random(seed)
    words = vocabulary(rng)
    weights = [1 / (rank + 10) for rank in range(len(words))]
    stock = rng.choices(words, weights, k=200_000)
    texts: list[str] = []
    while len(texts) < number:
        if texts and rng.random() < repeated:
            texts.append(reworded(rng, rng.choice(texts), rng.randrange(30)))
        else:
            begin, length = rng.randrange(len(stock)), rng.randrange(170, 360)
            chosen = [stock[(begin + step * rng.randrange(1, 5)) % len(stock)] for step in range(length)]
            texts.append(_sentences(chosen))
    return texts


def reworded(rng: random.Random, text: str, edits: int) -> str:
    """A text with some words replaced."""
    words = text.split(" ")
    for _ in range(edits):
        words[rng.randrange(len(words))] = "".join(rng.choices(_LETTERS, k=6))
    return " ".join(words)


def agent_records(number: int, seed: int = 2) -> list[str]:
    """Calls of coding agents: tasks over some functions, and of each some retries, rewordings, truncations, renamings, hard negatives."""
    rng = random.Random(seed)
    words = vocabulary(rng, 3000)
    records: list[str] = []
    while len(records) < number:
        record = _record(rng, words)
        records.append(record)
        for _ in range(rng.choice((0, 0, 1, 2, 3))):
            records.append(_repeat(rng, record, words))
    rng.shuffle(records)
    return records[:number]


def _record(rng: random.Random, words: list[str]) -> str:
    names = rng.sample(words, 6)
    task = f"Please change the function {names[0]} of module {names[1]} so that it {' '.join(rng.choices(words, k=rng.randrange(10, 40)))}."
    lines = [f"def {names[0]}({names[2]}, {names[3]}):"]
    for _ in range(rng.randrange(4, 25)):
        left, right = rng.choice(names), rng.choice(names)
        lines.append(f"    {left} = {rng.choice(words)}({right}, {rng.randrange(100)})")
    output = f"$ pytest -q\n{rng.randrange(1, 90)} passed in {rng.random() * 9:.2f}s"
    answer = f"I have changed it. {' '.join(rng.choices(words, k=rng.randrange(10, 60)))}"
    return "\n".join([task, "```python", *lines, "```", output, answer])


def _repeat(rng: random.Random, record: str, words: list[str]) -> str:
    kind = rng.choice(("retry", "reworded", "truncated", "renamed", "hard negative"))
    tokens = record.split(" ")
    if kind == "retry":
        head, _, _ = record.rpartition("I have changed it.")
        return head + "I have changed it. " + " ".join(rng.choices(words, k=rng.randrange(3, 15)))
    if kind == "reworded":
        return reworded(rng, record, rng.randrange(1, 4))
    if kind == "truncated":
        return " ".join(tokens[: int(len(tokens) * rng.uniform(0.75, 0.98))])
    if kind == "renamed":
        return record.replace(rng.choice(words), rng.choice(words)).replace(f" {tokens[-1]}", f" {rng.choice(words)}")
    return reworded(rng, record, max(4, len(tokens) // rng.randrange(12, 30)))


def real_texts() -> Iterator[tuple[str, list[str]]]:
    """Real collections by name; none without the shared folder."""
    folder = shared()
    if folder is None:
        return
    with gzip.open(folder / "neardup" / "articles_1000.train.gz", "rt") as file:
        yield "articles_1000", [line.split(" ", 1)[1] for line in file]
    with tarfile.open(folder / "neardup" / "t0-templates-a.tar.gz") as tar:
        files = [tar.extractfile(member) for member in tar if member.isfile()]
        rows = [json.loads(line) for file in files if file for line in file]
    yield "t0 templates", [row["prompt"] + row["completion"] for row in rows]
    for name, file_name, fields in (
        ("toolformer", "toolformer-dedupe-only-dataset.json.gz", ("instruction", "input", "response")),
        ("code alpaca", "code_alpaca_2k.json.gz", ("instruction", "input", "output")),
    ):
        with gzip.open(folder / "sft" / file_name, "rt") as file:
            yield name, [" ".join(str(row[field]) for field in fields) for row in json.load(file)]


def labelled_pairs() -> list[tuple[int, int]]:
    """The pairs of articles_1000 that a person has marked, as places of its texts."""
    folder = shared()
    if folder is None:
        return []
    with gzip.open(folder / "neardup" / "articles_1000.train.gz", "rt") as file:
        places = {line.split(" ", 1)[0]: place for place, line in enumerate(file)}
    with gzip.open(folder / "neardup" / "articles_1000.truth.gz", "rt") as file:
        pairs = [sorted(places[name] for name in line.split()) for line in file if line.strip()]
    return [(one, other) for one, other in pairs]


def _sentences(words: list[str]) -> str:
    made, begin = [], 0
    while begin < len(words):
        end = begin + 6 + (len(words[begin]) * 7) % 12
        made.append(" ".join(words[begin:end]).capitalize() + ".")
        begin = end
    return " ".join(made)
