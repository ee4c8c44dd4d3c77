"""The people file: known people as a team keeps them, read into rows that `agentlog.privacy.people` understands.

CSV with a header and any usual delimiter, JSON (a list, or a mapping by id), JSON lines, YAML, or plain text with one name a line. What
its columns or keys mean is told by their names, as everywhere. A file from which nobody would be known is refused: whoever names one
counts on it.
"""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import yaml

from agentlog.errors import SettingError
from agentlog.privacy.people import known_texts, read_people

_KINDS = {".json": "JSON", ".jsonl": "JSON lines", ".ndjson": "JSON lines", ".yaml": "YAML", ".yml": "YAML", ".csv": "CSV", ".tsv": "TSV"}


def read_people_file(file: Path) -> tuple[Any, ...]:
    """One text or mapping for each person.

    Raises:
        SettingError: it cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        rows = _rows(file.suffix.lower(), text)
    except OSError as error:
        raise SettingError(f"people file {file} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error, orjson.JSONDecodeError, yaml.YAMLError) as error:
        # The message of a parser may quote what it could not read.
        raise SettingError(f"people file {file} cannot be read: it is no {_kind(file, error)}{_place(error)}") from None
    if not all(isinstance(row, str | Mapping) for row in rows):
        raise SettingError(f"people file {file}: each person must be a name or a mapping of what is known of them")
    if not known_texts(read_people(rows)):
        raise SettingError(
            f"people file {file}: nobody is named in it; in a table, the first line says what the columns are: name, email …"
        )
    return tuple(rows)


def _kind(file: Path, error: Exception) -> str:
    return "UTF-8 text" if isinstance(error, UnicodeDecodeError) else _KINDS.get(file.suffix.lower(), "list of names")


def _place(error: Exception) -> str:
    line = getattr(error, "lineno", None) or (
        error.problem_mark.line + 1 if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark else 0
    )
    return f" (line {line})" if line else ""


def _rows(suffix: str, text: str) -> list[Any]:
    if suffix in (".json", ".yaml", ".yml"):
        said = orjson.loads(text) if suffix == ".json" else yaml.safe_load(text)
        if isinstance(said, Mapping):
            return _by_id(said)
        return said if isinstance(said, list) else [said] if said else []
    if suffix in (".jsonl", ".ndjson"):
        return [orjson.loads(line) for line in text.split("\n") if line.strip()]
    if suffix in (".csv", ".tsv"):
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if suffix == ".tsv" else _delimiter(text)))
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _delimiter(text: str) -> str:
    """What stands between the names of the columns; a comma, if nothing does."""
    head = text.lstrip().partition("\n")[0]
    return max(",;\t|", key=head.count)


def _by_id(said: Mapping[str, Any]) -> list[Any]:
    """People by their ids; a mapping of anything else than mappings is one person."""
    if said and all(isinstance(person, Mapping) for person in said.values()):
        return [{"user_id": name, **person} for name, person in said.items()]
    return [said]
