"""Lineage: what became of an interaction, or what a row came from, in every dataset that there is.

Nothing is indexed: the files of the log and of the datasets are read through for the id, which takes a second for each few GB. What is said
here is what the datasets themselves say: their rows, their ledger of drops, their cluster map and their list of replacements.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from agentlog._io.jsonl import Line, read_line
from agentlog.dataset.layout import CLUSTERS, DROPS, REPLACEMENTS
from agentlog.dataset.reader import list_datasets, read_manifest
from agentlog.errors import DatasetError, LogError, SettingError
from agentlog.schema.interaction import Interaction
from agentlog.schema.manifest import Manifest
from agentlog.schema.outcome import EXPLANATIONS, DropReason
from agentlog.store.lookup import find_interaction
from agentlog.store.places import LogPlace, places_of


@dataclass(frozen=True, slots=True)
class Fate:
    """What one dataset made of an interaction or row.

    ``split`` and ``row`` if it is trained there; else ``stage``, ``reason``, ``why`` in words and ``detail`` of its drop, and for a
    duplicate the ``winner`` that stays in its place, where that is (``winner_split``) and how alike they are. ``replaced`` counts
    stand-ins in its row. ``stands_for`` are the duplicates in whose place a trained row stays.
    """

    role: str
    build_id: str
    folder: Path
    row: str | None = None
    split: str | None = None
    stage: str | None = None
    reason: str | None = None
    why: str | None = None
    detail: str = ""
    winner: str | None = None
    winner_split: str | None = None
    similarity: float | None = None
    replaced: dict[str, int] = field(default_factory=dict)
    stands_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of an id: the interactions it stands for, where they are logged, and what each dataset made of them."""

    id: str
    kind: str
    """``interaction`` or ``row``."""
    interactions: list[Interaction]
    places: list[LogPlace]
    fates: list[Fate]


def explain(data: Path, wanted: str) -> Explanation:
    """Explain an interaction, by its id or a beginning of it, or a row of a dataset by its id.

    Raises:
        LogError: there is neither an interaction nor a row of that id.
    """
    if not _is_text(wanted):
        raise LogError(f"{wanted!r} is no id: it is not UTF-8")
    rows = _rows_named(data, wanted)
    if rows:
        sources = sorted({source for _, row in rows for source in row["source_ids"]})
        interactions = [found for source in sources if (found := _interaction(data, source))]
        kind, name, fates = "row", wanted, [_fate_of_row(manifest, folder, wanted) for (manifest, folder), _ in rows]
    else:
        interactions = [find_interaction(data, wanted)]
        kind, name = "interaction", interactions[0].id
        fates = [fate for manifest, folder in _datasets(data, interactions[0].agent_role) for fate in _fates(manifest, folder, name)]
    places = list(places_of(data, [one.id for one in interactions])) if interactions else []
    return Explanation(name, kind, interactions, places, fates)


def _is_text(name: str) -> bool:
    """Whether a name can stand in a file at all: what the command line gives may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _interaction(data: Path, name: str) -> Interaction | None:
    try:
        return find_interaction(data, name)
    except LogError:
        return None


def _datasets(data: Path, role: str | None = None) -> Iterator[tuple[Manifest, Path]]:
    """The datasets, those of a role or all, oldest first; what is damaged is passed over, and so is what is no folder of a role."""
    roles = [role] if role else sorted(folder.name for folder in (data / "datasets").glob("*") if folder.is_dir())
    for name in roles:
        for folder in _folders(data, name):
            try:
                yield read_manifest(folder), folder
            except DatasetError:
                continue


def _folders(data: Path, role: str) -> list[Path]:
    try:
        return list_datasets(data, role)
    except SettingError:
        return []


def _rows_named(data: Path, wanted: str) -> list[tuple[tuple[Manifest, Path], dict[str, Any]]]:
    """The rows of that id, kept or dropped."""
    found = []
    for manifest, folder in _datasets(data):
        kept = [row for _, row in _kept(manifest, folder, wanted) if row["id"] == wanted]
        dropped = [drop for drop in _lines(folder / DROPS, wanted) if drop.get("sample_id") == wanted]
        found += [((manifest, folder), row) for row in [*kept, *dropped][:1]]
    return found


def _fates(manifest: Manifest, folder: Path, interaction: str) -> Iterator[Fate]:
    for split, row in _kept(manifest, folder, interaction):
        if interaction in row["source_ids"]:
            yield _trained(manifest, folder, row["id"], split)
    for drop in _lines(folder / DROPS, interaction):
        if interaction in drop.get("source_ids", ()):
            yield _dropped(manifest, folder, drop)


def _fate_of_row(manifest: Manifest, folder: Path, row: str) -> Fate:
    for split, found in _kept(manifest, folder, row):
        if found["id"] == row:
            return _trained(manifest, folder, row, split)
    drop = next(drop for drop in _lines(folder / DROPS, row) if drop.get("sample_id") == row)
    return _dropped(manifest, folder, drop)


def _trained(manifest: Manifest, folder: Path, row: str, split: str) -> Fate:
    told = tuple(line["row"] for line in _lines(folder / CLUSTERS, row) if line.get("winner") == row)
    return Fate(manifest.role, manifest.build_id, folder, row=row, split=split, replaced=_replaced(folder, row), stands_for=told)


def _dropped(manifest: Manifest, folder: Path, drop: dict[str, Any]) -> Fate:
    row, winner = drop.get("sample_id"), drop.get("winner")
    homes = [split for split, found in _kept(manifest, folder, winner) if found["id"] == winner] if winner else []
    return Fate(
        manifest.role,
        manifest.build_id,
        folder,
        row=row,
        stage=drop["stage"],
        reason=drop["reason"],
        why=EXPLANATIONS[DropReason(drop["reason"])],
        detail=drop.get("detail", ""),
        winner=winner,
        winner_split=homes[0] if homes else None,
        similarity=drop.get("similarity"),
        replaced=_replaced(folder, row) if row else {},
    )


def _kept(manifest: Manifest, folder: Path, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for split, facts in manifest.splits.items():
        yield from ((split, row) for row in _lines(folder / facts.file, name))


def _replaced(folder: Path, row: str) -> dict[str, int]:
    found = Counter(told["entity"] for told in _lines(folder / REPLACEMENTS, row) if told.get("sample_id") == row)
    return dict(sorted(found.items()))


def _lines(file: Path, name: str) -> Iterator[dict[str, Any]]:
    """The objects in whose lines an id is written."""
    written = orjson.dumps(name)[1:-1]
    if not file.is_file():
        return
    with file.open("rb") as stream:
        for number, raw in enumerate(stream, start=1):
            if written in raw and isinstance(line := read_line(file, number, raw), Line) and isinstance(line.value, dict):
                yield line.value
