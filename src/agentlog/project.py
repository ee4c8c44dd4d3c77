"""agentlog.yaml: what a team says is true about its agents. Read once, at the edge, and passed down.

The file is looked for in the current folder and those above it; paths in it are relative to it. A project without one has no roles, no
gates and its data in ``agentlog-data``. An unknown key is an error: a setting that is silently ignored is worse than none.
"""

import os
import re
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agentlog.errors import SettingError
from agentlog.schema.moment import Since, Until

FILE_NAME = "agentlog.yaml"
DEFAULT_DATA = "agentlog-data"
_FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

TEMPLATE = """\
# What is true about your agents. Paths are relative to this file.
data: agentlog-data
roles:
  {role}:
    task_types: []            # what this role is asked to do, e.g. [implement, fix, refactor, test]; the denominator of coverage
    deployed_model: null      # the model that really answers in production: a hub id or a folder. Training needs it
    deployed_as: []           # other names under which a server reports the same model
    teachers: []              # other models whose answers may be trained on
build:
  near_duplicates: {{threshold: 0.8}}
  split: {{train: 0.8, val: 0.1, test: 0.1}}
  gates: {{}}                   # e.g. {{coverage: 0.80, correctness: 0.95, consistency: 0.90}}
scrub: {{allow: [], locales: [en]}}
"""


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NearDuplicateSettings(_Settings):
    """When two texts count as near-duplicates: Jaccard similarity of their word n-grams."""

    threshold: float = Field(0.8, gt=0, le=1)
    ngram: int = Field(5, ge=1)


class SplitSettings(_Settings):
    """Shares of the three splits; they add up to one."""

    train: float = Field(0.8, gt=0, lt=1)
    val: float = Field(0.1, gt=0, lt=1)
    test: float = Field(0.1, gt=0, lt=1)

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        if abs(self.train + self.val + self.test - 1) > 1e-9:
            raise ValueError(f"train + val + test must be 1, not {self.train + self.val + self.test:g}")
        return self


class SelectSettings(_Settings):
    """Which answers may be trained; what is not said here may be.

    Lists name what is wanted, all of it if they are empty. ``since`` and ``until`` are dates or times, in UTC where no zone is named;
    ``where`` is a condition such as ``tests_passed and rating >= 4``.
    """

    min_rating: float | None = 3.0
    min_review_score: float | None = None
    verified_only: bool = False
    allow_changed: bool = False
    task_types: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    tests_passed: bool | None = None
    since: Since | None = None
    until: Until | None = None
    where: str | None = None


class BalanceSettings(_Settings):
    """How many rows a role may have, and how they are shared among its task types.

    ``max_rows`` and ``max_rows_per_task_type`` are limits. ``shares`` are target shares of task types, met by dropping rows; a type that
    is not named shares what is left. ``up_weight`` is the most that a row of a rare type may weigh in place of dropping rows of others.
    """

    max_rows: int | None = Field(None, ge=1)
    max_rows_per_task_type: int | None = Field(None, ge=1)
    shares: dict[str, float] = {}
    up_weight: float = Field(1.0, ge=1, le=100)

    @model_validator(mode="after")
    def _are_shares(self) -> Self:
        if any(not 0 < share <= 1 for share in self.shares.values()) or sum(self.shares.values()) > 1 + 1e-9:
            raise ValueError("shares must be more than 0 and at most 1 each, and add up to 1 at most")
        return self


class ReviewSettings(_Settings):
    """How large the sample for a person is: a share of the rows, at least and at most so many of them."""

    share: float = Field(0.1, gt=0, le=1)
    least: int = Field(20, ge=1)
    most: int | None = Field(None, ge=1)


class RoleSettings(_Settings):
    """One role: what it does and which model really answers for it."""

    task_types: tuple[str, ...] = ()
    deployed_model: str | None = None
    deployed_as: tuple[str, ...] = ()
    teachers: tuple[str, ...] = ()
    balance: BalanceSettings | None = None
    """In place of the build's, for this role."""


GateName = Literal["coverage", "diversity", "correctness", "consistency"]
"""The scores of a build that may be given a least value."""


class DecontaminateSettings(_Settings):
    """Benchmarks that a build must not train on; a list of files is the same as ``files`` alone.

    One run of ``ngram`` words that a row shares with them is too much, or with ``overlap``, that share of all runs of one of their texts.
    """

    files: tuple[Path, ...] = ()
    ngram: int = Field(13, ge=1)
    overlap: float = Field(0.0, ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _files_alone(cls, said: Any) -> Any:
        return {"files": said} if isinstance(said, list | tuple) else said


class BuildSettings(_Settings):
    """How datasets are built."""

    select: SelectSettings = SelectSettings()
    near_duplicates: NearDuplicateSettings = NearDuplicateSettings()
    decontaminate: DecontaminateSettings = DecontaminateSettings()
    balance: BalanceSettings = BalanceSettings()
    split: SplitSettings = SplitSettings()
    review: ReviewSettings = ReviewSettings()
    gates: dict[GateName, float] = {}


Locale = Literal["en", "de", "fr", "es", "it"]
"""Languages of whose countries the phone and id formats are known."""


class ScrubSettings(_Settings):
    """What counts as private: known people (a file, or a list), texts that always go or always stay, and what is looked for.

    ``locales`` are countries whose formats are looked for, ``ner`` is a model that finds names, ``patterns`` and ``recognisers`` are the
    team's own: see docs/privacy.md. With ``link_sessions`` a value has the same stand-in in all sessions.
    """

    people: Path | tuple[str | dict[str, Any], ...] = ()
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    locales: tuple[Locale, ...] = ("en",)
    ner: str | None = None
    patterns: tuple[dict[str, Any], ...] = ()
    recognisers: tuple[str, ...] = ()
    link_sessions: bool = False


class TrainSettings(_Settings):
    """Where the training configuration lies."""

    config: Path | None = None


class Project(_Settings):
    """Everything that agentlog.yaml says, with its paths made absolute."""

    root: Path
    data: Path
    roles: dict[str, RoleSettings] = {}
    build: BuildSettings = BuildSettings()
    scrub: ScrubSettings = ScrubSettings()
    train: TrainSettings = TrainSettings()

    def role(self, name: str) -> RoleSettings:
        """What is said of a role; a role that nobody declared has no settings."""
        return self.roles.get(name, RoleSettings())

    def path(self, path: Path) -> Path:
        """A path of agentlog.yaml as an absolute path."""
        return self.root / path


def find_project_file(start: Path) -> Path | None:
    """agentlog.yaml in this folder or the nearest one above it."""
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    return None


def load_project(start: Path | None = None, data: Path | None = None) -> Project:
    """The project that a folder belongs to. ``data`` or the environment's AGENTLOG_DIR override its data folder.

    Raises:
        SettingError: agentlog.yaml cannot be read; the message names the file and the first thing wrong in it.
    """
    start = (start or Path.cwd()).resolve()
    file = find_project_file(start)
    said: dict[str, Any] = _read(file) if file else {}
    root = file.parent if file else start
    override = data or (Path(env) if (env := os.environ.get("AGENTLOG_DIR")) else None)
    named = said.get("data") or DEFAULT_DATA
    if not isinstance(named, str):
        raise SettingError(f"{file}: data: must be the path of a folder, not {type(named).__name__}")
    place = override.resolve() if override else root / named
    try:
        return Project.model_validate({**said, "root": root, "data": place})
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"] if part != "[key]")
        unknown = problem["type"] == "extra_forbidden"
        what = "there is no such setting" if unknown else problem["msg"].replace("tuple", "list").removeprefix("Value error, ")
        raise SettingError(f"{file}: {where or 'file'}: {what}") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingError(f"{file} cannot be read: {' '.join(str(error).split())}") from error
    if said is None:
        return {}
    if not isinstance(said, dict) or "root" in said:
        raise SettingError(f"{file}: must be a mapping of settings such as data, roles, build, scrub and train")
    return said


def folder_name(role: str) -> str:
    """A role as the name of a folder.

    Raises:
        SettingError: it could not safely be one.
    """
    if not _FOLDER_NAME.fullmatch(role):
        raise SettingError(f"role {role!r} cannot name a folder: use letters, digits, '.', '_' and '-', beginning with a letter or digit")
    return role
