"""Outline: a row without its texts, which is what stages that see the whole of a build work on.

A million rows do not fit into memory, a million outlines do. An outline holds what deciding needs (ids, ties, verdicts, likeness, form) and
knows where its texts lie, so that a stage that must look at some of them can: `sample` reads them. Stages never change an outline; they
hand on a copy made by `dataclasses.replace`.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from agentlog.schema.sample import Sample, SplitName


class Texts(Protocol):
    """Where the texts of outlines lie."""

    def sample(self, outline: "Outline") -> Sample:
        """The row itself, with all that is known of its answers."""
        ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """The texts of one row that is at hand as a whole."""

    held: Sample

    def sample(self, outline: "Outline") -> Sample:
        """The row."""
        return self.held


@dataclass(slots=True)
class Outline:
    """One row, in so few bytes that all of them fit into memory at once.

    ``judged`` and ``verified`` count trained answers; ``passed`` those that tests or an outcome say are right, ``tested`` those that
    tests have judged; ``rating`` is the best that a person gave (0: none) and ``lowest`` the worst (0: none); ``newest`` is the time of
    the newest trained answer. ``key`` is equal for rows that say and train the same. ``shingles`` is the number of different word n-grams
    of the conversation and ``bands`` the lowest bytes of its MinHash signature: equal slices at equal places make two rows candidates.
    ``style`` holds `agentlog.stages.style.FEATURES` as 32-bit floats. Lengths are in characters. ``ties`` are sessions and tasks of
    duplicates that the row stands for.
    """

    id: str
    source_ids: tuple[str, ...]
    session_id: str | None = None
    task_id: str | None = None
    task_type: str | None = None
    models: tuple[tuple[str, int], ...] = ()
    variants: tuple[str, ...] = ()
    corrected: int = 0
    rating: float = 0.0
    lowest: float = 0.0
    review_score: float | None = None
    judged: int = 0
    verified: int = 0
    passed: int = 0
    tested: int = 0
    newest: str = ""
    key: str = ""
    shingles: int = 0
    bands: bytes = b""
    style: bytes = b""
    messages: int = 0
    length: int = 0
    answer_length: int = 0
    weight: float = 1.0
    split: SplitName | None = None
    ties: tuple[str, ...] = ()
    texts: Texts | None = field(default=None, compare=False, repr=False)

    def sample(self) -> Sample:
        """The row itself, read from where its texts lie."""
        if self.texts is None:
            raise ValueError(f"the texts of row {self.id} are not at hand")
        return self.texts.sample(self)

    @property
    def features(self) -> "array[float]":
        """The features of style, in the order of their names."""
        return array("f", self.style)

    def as_json(self) -> dict[str, Any]:
        """What can be kept of an outline: all but what stages decide that see the whole, and where the texts lie."""
        kept: dict[str, Any] = {name: getattr(self, name) for name in _KEPT}
        return kept | {"bands": self.bands.hex(), "style": self.style.hex()}


_KEPT = tuple(name for name in Outline.__slots__ if name not in ("weight", "split", "ties", "texts"))


def outline_from(said: Mapping[str, Any], texts: Texts | None = None) -> Outline:
    """The outline that `Outline.as_json` gave."""
    given = dict(said)
    given["bands"], given["style"] = bytes.fromhex(given["bands"]), bytes.fromhex(given["style"])
    given["source_ids"], given["variants"] = tuple(given["source_ids"]), tuple(given["variants"])
    given["models"] = tuple((name, number) for name, number in given["models"])
    return Outline(**given, texts=texts)
