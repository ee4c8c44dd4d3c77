"""The people file: known people as a team keeps them, read into rows that `agentlog.privacy.people` understands.

CSV with a header, JSON (a list, or a mapping by id), JSON lines, YAML, or plain text with one name a line. What its columns or keys mean
is told by their names, as everywhere; a file in which nobody has a name is refused.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import yaml

from agentlog.errors import SettingError


def read_people_file(file: Path) -> tuple[Any, ...]:
    """One text or mapping for each person.

    Raises:
        SettingError: it cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        rows = _rows(file.suffix.lower(), text)
    except (OSError, UnicodeDecodeError, csv.Error, orjson.JSONDecodeError, yaml.YAMLError) as error:
        raise SettingError(f"people file {file} cannot be read: {' '.join(str(error).split())}") from error
    if not all(isinstance(row, str | Mapping) for row in rows):
        raise SettingError(f"people file {file}: each person must be a name or a mapping of what is known of them")
    return tuple(rows)


def _rows(suffix: str, text: str) -> list[Any]:
    if suffix in (".json", ".yaml", ".yml"):
        said = orjson.loads(text) if suffix == ".json" else yaml.safe_load(text)
        if isinstance(said, Mapping):
            return _by_id(said)
        return list(said or ())
    if suffix in (".jsonl", ".ndjson"):
        return [orjson.loads(line) for line in text.split("\n") if line.strip()]
    if suffix in (".csv", ".tsv"):
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if suffix == ".tsv" else ","))
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _by_id(said: Mapping[str, Any]) -> list[Any]:
    """People by their ids; a mapping of anything else than mappings is one person."""
    if said and all(isinstance(person, Mapping) for person in said.values()):
        return [{"user_id": name, **person} for name, person in said.items()]
    return [said]
