"""Manifest: everything that made a dataset, and what is in it. No time of day: the same input gives the same bytes."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from agentlog.schema.sample import SplitName

MANIFEST_VERSION = 1
_NO_DATE = "1970-01-01"


class StageRef(BaseModel):
    """A stage written down: name, version and configuration are enough to run it again."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: int
    config: dict[str, Any]


class FunnelStep(BaseModel):
    """What one stage did, in answers (each logged answer is counted once) and in rows."""

    model_config = ConfigDict(frozen=True)

    stage: str
    answers_in: int
    dropped: dict[str, int]
    answers_out: int
    rows_out: int
    counts: dict[str, int] = {}


class InputFacts(BaseModel):
    """What was read from the log."""

    model_config = ConfigDict(frozen=True)

    digest: str
    interactions: int
    sessions: int
    lines_set_aside: int
    first: str | None
    last: str | None

    @property
    def logged(self) -> str:
        """In words on which days; a source without times has positions from the beginning of 1970 instead, which are no dates."""
        days = sorted({time[:10] for time in (self.first, self.last) if time and time[:10] > _NO_DATE})
        if not days:
            return "logged without dates" if self.first else "logged"
        if self.first and self.first[:10] <= _NO_DATE:
            return f"logged until {days[0]}, some without a date"
        return f"logged from {days[0]} to {days[1]}" if len(days) > 1 else f"logged on {days[0]}"


class SplitFacts(BaseModel):
    """One split's file."""

    model_config = ConfigDict(frozen=True)

    file: str
    rows: int
    answers: int
    digest: str


class Gate(BaseModel):
    """A score held against the least that the project asks for; a score that could not be measured does not pass."""

    model_config = ConfigDict(frozen=True)

    score: float | None
    least: float
    passed: bool


class Manifest(BaseModel):
    """The whole provenance of a dataset."""

    model_config = ConfigDict(frozen=True)

    manifest_version: int = MANIFEST_VERSION
    role: str
    build_id: str
    seed: int
    plan: list[StageRef]
    plan_digest: str
    input: InputFacts
    funnel: list[FunnelStep]
    splits: dict[SplitName, SplitFacts]
    files: dict[str, str]
    exports: dict[str, int] = {}
    models: dict[str, int]
    task_types: dict[str, int]
    scores: dict[str, Any]
    gates: dict[str, Gate]
    measures: dict[str, Any] = {}
    checks: dict[str, Any] = {}
    privacy: dict[str, Any]
    versions: dict[str, str]

    @property
    def gates_passed(self) -> bool:
        """Whether every gate that the project set was passed."""
        return all(gate.passed for gate in self.gates.values())
