"""Models: is the base the one that is deployed, and did it, or a teacher the team named, give the answers.

Models are compared by content where both are at hand; a name, even one that agentlog.yaml maps, decides only where they are not. A name
is never taken for another because it looks like it: what looks alike (a GGUF of the deployed model, another case) is shown with the line
that would say so.
"""

import re
from pathlib import Path

import orjson

from agentlog._hashing import short
from agentlog.dataset.reader import Dataset
from agentlog.errors import TrainingRefusedError
from agentlog.project import Project, RoleSettings
from agentlog.schema.manifest import Gate
from trainer.base.fingerprint import Fingerprint, find_base, fingerprint
from trainer.base.weights import embedding_rows, quantised_as, setting
from trainer.checklist import Checklist
from trainer.config import TrainConfig

FINGERPRINTS = "fingerprints.json"
_QUANTIZED = re.compile(
    r"([-_.](i1|ud|imat|q\d[_a-z0-9]*|iq\d[_a-z0-9]*|[fb]f?16|fp(16|8)|f32|int[48]|[48]bit|awq|gptq|bnb|nf4|mlx|gguf|ggml|\d{5}-of-\d{5}))+$"
)


def find(config: TrainConfig, role: RoleSettings) -> Path:
    try:
        return find_base(config.base_model, allow_hub=config.allow_hub)
    except TrainingRefusedError as error:
        deployed = role.deployed_model or "not named in agentlog.yaml"
        raise TrainingRefusedError(f"{error}. The deployed model of role {config.role} is {deployed}") from error


def check_base(checklist: Checklist, config: TrainConfig, base: Path, prints: Fingerprint) -> None:
    """What the base is by content, whether it is stored in full precision, and whether its weights are those of its configuration."""
    checklist.note("base", f"{config.base_model} ({short(prints.overall)})")
    if how := quantised_as(base):
        advice = "name the full-precision model it was made from; with `quantize: nf4` that is trained in 4 bit, and the card says so"
        checklist.note("precision of the base", f"its weights are quantised ({how})", "refuse", advice)
    said, stored = setting(base, "vocab_size"), embedding_rows(base)
    if said is not None and stored is not None and said != stored:
        advice = "weights and config.json do not belong together: put the base's own files back"
        checklist.note("embeddings", f"config.json says {said} tokens, the weights have {stored}", "refuse", advice)


def check_deployed(checklist: Checklist, config: TrainConfig, project: Project, prints: Fingerprint) -> None:
    role = project.role(config.role)
    deployed = role.deployed_model
    if deployed is None:
        advice = f"name the model that really answers: roles.{config.role}.deployed_model in agentlog.yaml; or train with --accept REASON"
        checklist.note("deployed model", f"none is named for role {config.role}", "refuse", advice, acceptable=True)
        return
    served = fingerprint_of(deployed, project)
    if served is not None:
        differing = prints.differs(served)
        if not differing:
            checklist.note("deployed model", deployed)
            return
        both = f"{deployed} ({short(served.overall)}), but the base is {config.base_model} ({short(prints.overall)})"
        advice = f"train the deployed model (--base-model {deployed}), or train with --accept REASON"
        checklist.note("deployed model", f"{both}: other {' and '.join(differing)}", "refuse", advice, acceptable=True)
        return
    if config.base_model == deployed or config.base_model in role.deployed_as:
        checklist.note("deployed model", f"{deployed}, by name: it is not on this machine")
        return
    advice = f"train the deployed model (--base-model {deployed}), or, if both are the same, say so: "
    advice += f"{_line(config.role, 'deployed_as', [*role.deployed_as, config.base_model])}; or train with --accept REASON"
    if deployed.lower().endswith(".gguf"):
        advice += ". deployed_model must be the hub id or folder of the model itself; the GGUF file's name goes under deployed_as"
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
        f"{', '.join(strange)} {'is' if len(strange) == 1 else 'are'} neither the deployed model ({role.deployed_model or 'none named'}) "
        f"nor a teacher of role {config.role}. To train on these answers: {_line(config.role, 'teachers', [*role.teachers, *strange])}; "
        f"or build without them, or train with --accept REASON"
    )
    if alike := looking_like(strange, role):
        same = _line(config.role, "deployed_as", [*role.deployed_as, *alike])
        advice += f". {', '.join(alike)} looks like the deployed model; if it is, write {same}"
    checklist.note("models of the data", shown, "refuse", advice, acceptable=True)


def check_gates(checklist: Checklist, dataset: Dataset) -> None:
    build, gates = dataset.manifest.build_id, dataset.manifest.gates
    if dataset.manifest.gates_passed:
        checklist.note("dataset", f"{build}, {len(gates)} gates passed" if gates else f"{build}, no gates set")
        return
    failed = [f"{name} {_score(gate)} < {gate.least}" for name, gate in gates.items() if not gate.passed]
    advice = "log and build more or better data, or train with --accept REASON"
    checklist.note("dataset", f"{build}, gates failed: {', '.join(failed)}", "refuse", advice, acceptable=True)


def fingerprint_of(name: str, project: Project) -> Fingerprint | None:
    """The fingerprint of a model that agentlog.yaml names; nothing if it is not on this machine."""
    place = project.path(Path(name).expanduser())
    try:
        folder = find_base(str(place) if place.is_dir() else name)
    except TrainingRefusedError:
        return None
    return fingerprint(folder, project.data / FINGERPRINTS)


def looking_like(names: list[str], role: RoleSettings) -> list[str]:
    """Those of the names that differ from the deployed model's only in publisher, case, separators or quantisation."""
    wanted = {_stem(name) for name in (role.deployed_model, *role.deployed_as) if name}
    return [name for name in names if _stem(name) in wanted]


def _stem(name: str) -> str:
    plain = name.replace("\\", "/").rstrip("/").rpartition("/")[2].lower().replace(":", "-")
    return re.sub(r"[-_. ]+", "-", _QUANTIZED.sub("", plain))


def _line(name: str, key: str, models: list[str]) -> str:
    said = ", ".join(orjson.dumps(one).decode() for one in models)
    return f"roles: {{{name}: {{{key}: [{said}]}}}} in agentlog.yaml"


def _score(gate: Gate) -> str:
    return "not measured" if gate.score is None else f"{gate.score:.2f}"
