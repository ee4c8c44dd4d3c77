"""Models: is the base the one that is deployed, and did it, or a teacher the team named, give the answers.

Models are compared by content where both are at hand, and by name where they are not.
"""

from pathlib import Path

from agentlog.dataset.reader import Dataset
from agentlog.errors import TrainingRefusedError
from agentlog.project import Project, RoleSettings
from agentlog.schema.manifest import Gate
from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.fingerprint import Fingerprint, find_base, fingerprint

FINGERPRINTS = "fingerprints.json"


def find(config: TrainConfig, role: RoleSettings) -> Path:
    try:
        return find_base(config.base_model, allow_hub=config.allow_hub)
    except TrainingRefusedError as error:
        deployed = role.deployed_model or "not named in agentlog.yaml"
        raise TrainingRefusedError(f"{error}. The deployed model of role {config.role} is {deployed}") from error


def check_deployed(checklist: Checklist, config: TrainConfig, project: Project, prints: Fingerprint) -> None:
    role = project.role(config.role)
    deployed = role.deployed_model
    if deployed is None:
        advice = f"name the model that really answers: roles.{config.role}.deployed_model in agentlog.yaml; or train with --accept REASON"
        checklist.note("deployed model", f"none is named for role {config.role}", "refuse", advice, acceptable=True)
        return
    same = True if config.base_model in role.deployed_as else same_model(prints, deployed, project)
    if same is None:
        same = config.base_model == deployed
    if same:
        checklist.note("deployed model", deployed)
        return
    advice = (
        f"train the deployed model (--base-model {deployed}), or, if both are the same, add {config.base_model} to "
        f"roles.{config.role}.deployed_as in agentlog.yaml; or train with --accept REASON"
    )
    checklist.note("deployed model", f"{deployed}, but the base is {config.base_model}", "refuse", advice, acceptable=True)


def check_models(checklist: Checklist, config: TrainConfig, role: RoleSettings, dataset: Dataset) -> None:
    mix = dataset.manifest.models
    shown = ", ".join(f"{name} × {answers}" for name, answers in mix.items()) or "no answers"
    known = {role.deployed_model, *role.deployed_as, *role.teachers}
    strange = [name for name in mix if name not in known]
    if not strange:
        checklist.note("models of the data", shown)
        return
    advice = (
        f"{', '.join(strange)} is neither the deployed model ({role.deployed_model or 'none named'}) nor a teacher of role {config.role}: "
        f"add it to deployed_as or teachers in agentlog.yaml, build without its answers, or train with --accept REASON"
    )
    checklist.note("models of the data", shown, "refuse", advice, acceptable=True)


def check_gates(checklist: Checklist, dataset: Dataset) -> None:
    build, gates = dataset.manifest.build_id, dataset.manifest.gates
    if dataset.manifest.gates_passed:
        checklist.note("dataset", f"{build}, {len(gates)} gates passed" if gates else f"{build}, no gates set")
        return
    failed = [f"{name} {_score(gate)} < {gate.least}" for name, gate in gates.items() if not gate.passed]
    advice = "log and build more or better data, or train with --accept REASON"
    checklist.note("dataset", f"{build}, gates failed: {', '.join(failed)}", "refuse", advice, acceptable=True)


def same_model(prints: Fingerprint, other: str, project: Project) -> bool | None:
    """Whether another model is this one, by content; nothing is said if the other is not at hand."""
    try:
        place = project.path(Path(other).expanduser())
        folder = place if place.is_dir() else find_base(other)
        return not prints.differs(fingerprint(folder, project.data / FINGERPRINTS))
    except TrainingRefusedError:
        return None


def _score(gate: Gate) -> str:
    return "not measured" if gate.score is None else f"{gate.score:.2f}"
