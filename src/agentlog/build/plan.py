"""The plan of a build: its stages in order, each as name, version and configuration.

A plan is data: written into the manifest, it can be carried out again. Its digest, with the digest of the input, names the dataset.
"""

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from agentlog._hashing import digest, file_digest
from agentlog.build.people_file import read_people_file
from agentlog.errors import SettingError
from agentlog.privacy.custom import code_of
from agentlog.privacy.settings import PrivacySettings, shown_model
from agentlog.project import Project
from agentlog.schema.manifest import StageRef
from agentlog.stages.decontaminate import benchmark_file
from agentlog.stages.registry import SESSION_STAGES, STAGES, WHOLE_STAGES, find_stage

TOKENIZER = "tokenizer.json"
_PRIVATE = frozenset({"key", "people", "deny", "patterns"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done to the samples of a role, and in which order."""

    role: str
    seed: int
    stages: tuple[StageRef, ...]

    def session_stages(self, *, private: bool = False) -> list[StageRef]:
        """The first half: what is done session by session, as it may be shown or, for those who carry it out, with what is private."""
        return [ref for ref in (self.stages if private else self.public()) if ref.name in SESSION_STAGES]

    def whole_stages(self) -> list[StageRef]:
        """The second half: what is done to all rows."""
        return [ref for ref in self.stages if ref.name in WHOLE_STAGES]

    def public(self) -> list[StageRef]:
        """The stages as they may be shown: what is private in their settings replaced by its digest."""
        return [ref.model_copy(update={"config": _without_private(ref.config)}) for ref in self.stages]

    @property
    def digest(self) -> str:
        """Equal plans have equal digests."""
        return digest("plan", [self.role, self.seed, [ref.model_dump(mode="json") for ref in self.public()]])


def make_plan(project: Project, role: str, *, seed: int, key: str) -> Plan:
    """The plan for a role as the project's settings have it.

    Raises:
        SettingError: a file that the settings name cannot be read, or the seed is too large a number.
    """
    if not -(1 << 63) <= seed < 1 << 63:
        raise SettingError(f"the seed is {seed}: give a whole number of 64 bits")
    build, scrub = project.build, project.scrub
    near = build.near_duplicates
    keyed = {"key": key, "link_sessions": scrub.link_sessions}
    configs: dict[str, dict[str, Any]] = {
        "select": build.select.model_dump(),
        "secrets": {**keyed, "allow": scrub.allow},
        "redact": {**keyed, **privacy_settings(project).model_dump(mode="json"), "code": code_of(scrub.recognisers)},
        "verify": {"key": key, **privacy_settings(project).model_dump(mode="json", include={"allow", "deny", "people"})},
        "outline": {"ngram": near.ngram},
        "dedup_near": {"threshold": near.threshold, "ngram": near.ngram},
        "decontaminate": {
            **build.decontaminate.model_dump(exclude={"files"}),
            "files": [benchmark_file(project.path(path)).model_dump() for path in build.decontaminate.files],
        },
        "balance": {**(project.role(role).balance or build.balance).model_dump(), "seed": seed},
        "split": {**build.split.model_dump(), "seed": seed},
        "leaks": {"threshold": near.threshold, "ngram": near.ngram},
        "score": {"task_types": project.role(role).task_types, **_tokenizer(project, role)},
    }
    return Plan(role, seed, tuple(_ref(name, configs.get(name, {})) for name in STAGES))


def _tokenizer(project: Project, role: str) -> dict[str, str]:
    """The tokenizer of the role's deployed model, if that is a folder on this machine that has one."""
    deployed = project.role(role).deployed_model
    file = project.path(Path(deployed).expanduser()) / TOKENIZER if deployed else None
    return {"tokenizer": str(file), "tokenizer_digest": file_digest(file)} if file and file.is_file() else {}


def _ref(name: str, config: dict[str, Any]) -> StageRef:
    found = find_stage(name)
    return StageRef(name=name, version=found.version, config=found.config.model_validate(config).model_dump(mode="json"))


def privacy_settings(project: Project) -> PrivacySettings:
    """What the project says about privacy, the people file read.

    Raises:
        SettingError: the people file cannot be read.
    """
    said = project.scrub
    people = read_people_file(project.path(said.people)) if isinstance(said.people, Path) else said.people
    return PrivacySettings.model_validate({**said.model_dump(exclude={"people", "link_sessions"}), "people": people})


def _without_private(config: dict[str, Any]) -> dict[str, Any]:
    """What may be shown of a configuration: the key, the people, the deny-list and the patterns are private themselves.

    The key goes into their digests, for short lists could be guessed.
    """
    shown = {name: digest(name, [value, config.get("key")]) if name in _PRIVATE and value else value for name, value in config.items()}
    if config.get("ner"):
        shown["ner"] = shown_model(config["ner"])
    if config.get("files"):
        # Where a benchmark lies is of no account, what it holds is in its digest.
        shown["files"] = [{**file, "path": PurePath(file["path"]).name} for file in config["files"]]
    if config.get("tokenizer"):
        shown["tokenizer"] = PurePath(config["tokenizer"]).name
    return shown
