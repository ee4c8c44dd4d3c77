"""Lengths: how long prompts, answers and whole rows are, in characters of all rows and in tokens of some.

Characters are counted when a row is outlined, and cost nothing here. Tokens are counted with the tokenizer of the base, where its file is
at hand, over rows chosen by hash until `BUDGET` characters are read; special tokens and what a chat template adds are not among them.
Bins grow by a quarter of an octave, so that they are the same for every dataset and can be laid over one another.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentlog._extras import require_installed
from agentlog.errors import MissingExtraError, SettingError
from agentlog.schema.messages import text_of
from agentlog.schema.outline import Outline
from agentlog.stages.scoring.chosen import chosen_rows

if TYPE_CHECKING:
    import numpy as np

BUDGET = 1_000_000
"""Characters that are tokenized, at one to two million a second; of one row at most a tenth."""
SAMPLE = 500
_PARTS = ("prompt", "answer", "whole")


def lengths(batch: Sequence[Outline], tokenizer: str | None) -> dict[str, Any]:
    """Histograms of prompt, answer and whole row.

    Args:
        batch: the rows.
        tokenizer: the path of a tokenizer.json; without one, tokens are not counted.

    Raises:
        SettingError: that file is no tokenizer.
    """
    import numpy as np

    whole = np.fromiter((outline.length for outline in batch), np.int64, len(batch))
    answer = np.fromiter((outline.answer_length for outline in batch), np.int64, len(batch))
    found: dict[str, Any] = {"characters": _histograms(whole - answer, answer)}
    if tokenizer is None:
        return {**found, "tokens": None, "tokens_not_counted": "the tokenizer of the deployed model is not at hand"}
    try:
        require_installed("tokenizers", "train")
    except MissingExtraError as error:
        return {**found, "tokens": None, "tokens_not_counted": str(error)}
    return {**found, **_in_tokens(batch, tokenizer, int(whole.sum()))}


def _in_tokens(batch: Sequence[Outline], file: str, characters: int) -> dict[str, Any]:
    import numpy as np

    counter = _Counter(file)
    prompts: list[int] = []
    answers: list[int] = []
    for outline in chosen_rows(batch, SAMPLE):
        if counter.characters >= BUDGET:
            break
        sample = outline.sample()
        trained = set(sample.trained)
        answers.append(sum(counter.tokens(text_of(sample.messages[index])) for index in sample.trained))
        others = "\n".join(text_of(message) for index, message in enumerate(sample.messages) if index not in trained)
        prompts.append(counter.tokens(others))
    per_token = counter.characters / counter.counted if counter.counted else None
    return {
        "tokens": _histograms(np.array(prompts, np.int64), np.array(answers, np.int64)),
        "characters_per_token": per_token,
        "tokens_in_all": round(characters / per_token) if per_token else 0,
        "tokens_sampled_rows": len(prompts),
    }


class _Counter:
    """Counts tokens, and what was read for it."""

    def __init__(self, file: str) -> None:
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_str(Path(file).read_text(encoding="utf-8"))
        except Exception as error:
            # The package raises plain Exception for what it cannot read.
            raise SettingError(f"{file} is no tokenizer: {' '.join(str(error).split())[:200]}") from error
        self.characters = 0
        self.counted = 0

    def tokens(self, text: str) -> int:
        """The tokens of a text; of a very long one, estimated from its beginning."""
        seen = text[: BUDGET // 10].encode(errors="replace").decode()
        if not seen:
            return 0
        number = len(self._tokenizer.encode(seen, add_special_tokens=False).ids)
        self.characters += len(seen)
        self.counted += number
        return number if len(seen) == len(text) else round(number * len(text) / len(seen))


def _histograms(prompt: "np.ndarray[Any, Any]", answer: "np.ndarray[Any, Any]") -> dict[str, Any]:
    return {name: _histogram(values) for name, values in zip(_PARTS, (prompt, answer, prompt + answer), strict=True)}


def _histogram(values: "np.ndarray[Any, Any]") -> dict[str, Any] | None:
    """Edges and counts (``edges[i] <= length < edges[i + 1]``), and the lengths below which half, nine tenths and nearly all rows stay."""
    import numpy as np

    if not len(values):
        return None
    edges = _edges(int(values.max()))
    counts = np.histogram(values, bins=[*edges[:-1], edges[-1] + 0.5])[0]
    filled = np.flatnonzero(counts)
    first, last = int(filled[0]), int(filled[-1])
    middle, most, nearly = (int(number) for number in np.quantile(values, (0.5, 0.9, 0.99), method="lower"))
    return {
        "edges": edges[first : last + 2],
        "counts": counts[first : last + 1].tolist(),
        "mean": float(values.mean()),
        "median": middle,
        "p90": most,
        "p99": nearly,
        "longest": int(values.max()),
    }


def _edges(longest: int) -> list[int]:
    edges = [0]
    power = 0
    while edges[-1] <= longest:
        edge = round(2 ** (power / 4))
        if edge > edges[-1]:
            edges.append(edge)
        power += 1
    return edges
