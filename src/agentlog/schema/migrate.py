"""Older log lines, upgraded on reading: a chain of migrations, each from one schema version to the next.

A new version is one more entry here and one more frozen golden log under ``tests/golden``; nothing on disk is ever rewritten. A line that
names no version counts as the current one, because results and feedback have none. There has been one version so far.
"""

from collections.abc import Callable, Mapping
from typing import Any

Migration = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: Mapping[int, Migration] = {}
"""For each version before the current one, what makes a line of it one of the next: ``{1: what_changed}`` makes 2 the current version.

A migration returns a new line and leaves the given one alone. The version's number is not its business.
"""

CURRENT_VERSION = 1 + len(MIGRATIONS)


def upgrade(line: dict[str, Any], migrations: Mapping[int, Migration] = MIGRATIONS) -> dict[str, Any]:
    """The line in the current schema version; the given one is left alone.

    Raises:
        ValueError: the line was written by a newer agentlog, its version is no number, or a migration finds it broken.
    """
    current = 1 + len(migrations)
    version = line.get("schema_version", current)
    if not isinstance(version, int) or version < 1:
        raise ValueError(f"wrong field schema_version: {version!r:.40}")
    if version > current:
        raise ValueError(f"schema version {version} is newer than this agentlog knows ({current}): upgrade agentlog")
    for step in range(version, current):
        line = _migrated(line, step, migrations[step])
    return line


def _migrated(line: dict[str, Any], version: int, migration: Migration) -> dict[str, Any]:
    try:
        return {**migration(line), "schema_version": version + 1}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"schema version {version} cannot be upgraded: {type(error).__name__}: {error}") from error
