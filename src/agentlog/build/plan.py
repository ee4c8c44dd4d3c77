"""The plan of a build: its stages in order, each as name, version and configuration.

A plan is data: written into the manifest, it can be carried out again. Its digest, with the digest of the input, names the dataset.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentlog._hashing import digest
from agentlog.errors import SettingError
from agentlog.project import Project
from agentlog.schema.manifest import StageRef
from agentlog.stages.decontaminate import benchmark_file
from agentlog.stages.registry import STAGES, find_stage


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done to the samples of a role, and in which order."""

    role: str
    seed: int
    stages: tuple[StageRef, ...]

    def public(self) -> list[StageRef]:
        """The stages as they may be shown: the scrubbing key replaced by its digest."""
        return [ref.model_copy(update={"config": _without_key(ref.config)}) for ref in self.stages]

    @property
    def digest(self) -> str:
        """Equal plans have equal digests."""
        return digest("plan", [self.role, self.seed, [ref.model_dump(mode="json") for ref in self.public()]])


def make_plan(project: Project, role: str, *, seed: int, key: str) -> Plan:
    """The plan for a role as the project's settings have it.

    Raises:
        SettingError: a file that the settings name cannot be read.
    """
    build, scrub = project.build, project.scrub
    near = build.near_duplicates
    private = {"key": key, "allow": scrub.allow}
    configs: dict[str, dict[str, Any]] = {
        "select": build.select.model_dump(),
        "secrets": private,
        "redact": {**private, "people": people_of(project), "locales": scrub.locales},
        "signatures": {"ngram": near.ngram},
        "dedup_near": {"threshold": near.threshold, "ngram": near.ngram},
        "decontaminate": {"files": [benchmark_file(project.path(path)).model_dump() for path in build.decontaminate]},
        "balance": {**build.balance.model_dump(), "seed": seed},
        "split": {**build.split.model_dump(), "seed": seed},
        "score": {"task_types": project.role(role).task_types},
    }
    return Plan(role, seed, tuple(_ref(name, configs.get(name, {})) for name in STAGES))


def _ref(name: str, config: dict[str, Any]) -> StageRef:
    found = find_stage(name)
    return StageRef(name=name, version=found.version, config=found.config.model_validate(config).model_dump(mode="json"))


def people_of(project: Project) -> tuple[str, ...]:
    """The full names in the people file: a CSV with a column ``name``."""
    if project.scrub.people is None:
        return ()
    file: Path = project.path(project.scrub.people)
    try:
        with file.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingError(f"people file {file} cannot be read: {error}") from error
    if rows and "name" not in rows[0]:
        raise SettingError(f"people file {file} has no column 'name'")
    return tuple(sorted({row["name"].strip() for row in rows if row["name"] and row["name"].strip()}))


def _without_key(config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "key": digest("key", config["key"])} if "key" in config else config
