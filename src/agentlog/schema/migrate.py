"""Older log lines, upgraded on reading. Every schema version has a frozen golden log under ``tests/golden``."""

from typing import Any

CURRENT_VERSION = 1


def upgrade(line: dict[str, Any]) -> dict[str, Any]:
    """The line in the current schema version; the given one is left alone.

    Raises:
        ValueError: the line was written by a newer agentlog, or its version is no number.
    """
    version = line.get("schema_version", CURRENT_VERSION)
    if not isinstance(version, int) or version < 1:
        raise ValueError(f"wrong field schema_version: {version!r:.40}")
    if version > CURRENT_VERSION:
        raise ValueError(f"schema version {version} is newer than this agentlog knows ({CURRENT_VERSION}): upgrade agentlog")
    return line
