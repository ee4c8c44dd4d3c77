"""Older lines become current ones step by step; none is changed in place, and newer ones are refused."""

import copy
from pathlib import Path
from typing import Any

import pytest

from agentlog.capture.line import SCHEMA_VERSION
from agentlog.schema.interaction import Interaction
from agentlog.schema.migrate import CURRENT_VERSION, MIGRATIONS, upgrade
from tests.make import line

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def role_was_called_agent(line: dict[str, Any]) -> dict[str, Any]:
    return {("agent_role" if name == "agent" else name): value for name, value in line.items()}


def output_was_text(line: dict[str, Any]) -> dict[str, Any]:
    return {**line, "model_output": {"role": "assistant", "content": line["model_output"]}}


CHAIN = {1: role_was_called_agent, 2: output_was_text}


def test_a_line_goes_through_every_version_after_its_own() -> None:
    current = line(0, schema_version=3)
    second = {**current, "schema_version": 2, "model_output": "answer 0 of s"}
    first = {("agent" if name == "agent_role" else name): value for name, value in second.items()} | {"schema_version": 1}
    before = copy.deepcopy(first)
    assert upgrade(first, CHAIN) == upgrade(second, CHAIN) == upgrade(current, CHAIN) == current
    assert first == before, "the given line is left alone"
    assert Interaction.model_validate(upgrade(first, CHAIN)).agent_role == "coder"


def test_a_line_that_a_migration_finds_broken_is_a_bad_line_and_no_crash() -> None:
    with pytest.raises(ValueError, match="schema version 2 cannot be upgraded: KeyError: 'model_output'"):
        upgrade({"schema_version": 1}, CHAIN)


def test_a_line_without_a_version_counts_as_current() -> None:
    assert upgrade({"event": "result"}, CHAIN) == {"event": "result"}


@pytest.mark.parametrize("version", [0, -1, "1", None, 1.5])
def test_a_version_that_is_none_is_refused(version: Any) -> None:
    with pytest.raises(ValueError, match="wrong field schema_version"):
        upgrade({"schema_version": version})


def test_a_newer_version_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="upgrade agentlog"):
        upgrade({"schema_version": CURRENT_VERSION + 1})


def test_there_is_a_migration_from_every_version_and_the_current_one_is_what_is_written() -> None:
    assert list(MIGRATIONS) == list(range(1, CURRENT_VERSION))
    assert SCHEMA_VERSION == CURRENT_VERSION == Interaction.model_fields["schema_version"].default


def test_every_version_has_a_frozen_log_and_what_it_reads_as() -> None:
    names = {file.name for version in range(1, CURRENT_VERSION + 1) for file in GOLDEN.glob(f"log-v{version}.*")}
    assert names == {f"log-v{version}.{kind}" for version in range(1, CURRENT_VERSION + 1) for kind in ("jsonl", "read.json")}
    assert names == {file.name for file in GOLDEN.glob("log-*")}
