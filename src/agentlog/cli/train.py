"""agentlog train: one LoRA adapter for a role, after a checklist that may refuse."""

import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from agentlog.cli import training_options as options
from agentlog.cli.output import DataOption, JsonOption, how_to_go_on, say, say_json, say_table, when_stopped
from agentlog.cli.training_screen import calm, screen
from agentlog.errors import TrainingRefusedError, TrainingStoppedError
from agentlog.project import Project, load_project

if TYPE_CHECKING:
    from trainer import TrainConfig, TrainResult

app = typer.Typer(add_completion=False)

_NO_SETTINGS = ("config", "dry_run", "resume", "replay", "data", "as_json")


@app.command()
def train(
    context: typer.Context,
    role: options.RoleOption = None,
    base_model: options.BaseOption = None,
    config: options.ConfigOption = None,
    dataset: options.DatasetOption = None,
    dry_run: options.DryRunOption = False,
    resume: options.ResumeOption = False,
    replay: options.ReplayOption = None,
    accept: options.AcceptOption = None,
    epochs: options.EpochsOption = None,
    learning_rate: options.RateOption = None,
    batch_size: options.BatchOption = None,
    max_length: options.LengthOption = None,
    overlong: options.OverlongOption = None,
    untrainable: options.UntrainableOption = None,
    patience: options.PatienceOption = None,
    seed: options.SeedOption = None,
    dtype: options.DtypeOption = None,
    quantize: options.QuantizeOption = None,
    batch_tokens: options.TokensOption = None,
    gradient_checkpointing: options.CheckpointingOption = None,
    threads: options.ThreadsOption = None,
    report_to: options.ReportOption = None,
    allow_hub: options.HubOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train one LoRA adapter for a role and publish it into the vault."""
    if replay is not None:
        _replay(replay, allow_hub, as_json)
        return
    if role is None:
        raise typer.BadParameter("it is missing: say which role the adapter is for", param_hint="--role")
    if dry_run and resume:
        raise TrainingRefusedError("--dry-run and --resume say opposite things: a dry run begins nothing that could go on. Leave one out")
    project = load_project(data=data)
    # Every option that is not one of these is a setting of the same name; what was not said is left to the file and the defaults.
    said = {name: value for name, value in context.params.items() if name not in _NO_SETTINGS and _is_said(value)}
    wanted = _configuration(project, role, config, said)
    if dry_run:
        _rehearse(wanted, project, as_json)
    else:
        _train(wanted, project, resume, as_json)


def _is_said(value: object) -> bool:
    return value is not None and value is not False and value != [] and value != ()


def _configuration(project: Project, role: str, file: Path | None, said: dict[str, Any]) -> "TrainConfig":
    from trainer import TrainConfig

    file = file or (project.path(project.train.config) if project.train.config else None)
    if file is not None and "base_model" not in said:
        said = {**said, "base_model": _base_of(file)}
    if said.get("base_model") is None:
        deployed = project.role(role).deployed_model
        known = (
            f"The deployed model of role {role} is {deployed}: --base-model {deployed}"
            if deployed
            else (f"agentlog.yaml names no deployed model for role {role}: say it there (roles.{role}.deployed_model), and give it here")
        )
        raise TrainingRefusedError(
            f"--base-model is missing, and there is no default: the base must be the model that really answers. {known}"
        )
    return TrainConfig.of("options", said) if file is None else TrainConfig.from_yaml(file, **said)


def _base_of(file: Path) -> Any:
    import yaml

    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        return None  # TrainConfig.from_yaml says what is wrong with the file
    return said.get("base_model") if isinstance(said, dict) else None


def _rehearse(config: "TrainConfig", project: Project, as_json: bool) -> None:
    when_stopped("it was a dry run: nothing was begun")
    calm()
    import trainer

    with screen(as_json) as listener:
        rehearsal = trainer.rehearse(config, project=project, listener=listener)
    if as_json:
        say_json(rehearsal.to_json())
        return
    words = [word for word in sys.argv[1:] if word != "--dry-run"]
    say("dry run: nothing was trained, and nothing was written but remembered digests of the base's files")
    say(f"to train: agentlog {shlex.join(words)}")


def _replay(folder: Path, allow_hub: bool, as_json: bool) -> None:
    when_stopped("nothing was written: run the same command again")
    calm()
    from trainer.offline import require_offline

    require_offline(("torch", "transformers", "peft"), "train")
    from trainer.loop.replay import replay

    found = replay(folder, allow_hub=allow_hub)
    if as_json:
        say_json({"step": found.step, "then": found.then, "now": found.now, "rows": [asdict(row) for row in found.rows]})
        return
    rows = [(row.sample_id, row.tokens, f"{row.loss:.4f}", row.problem or "well") for row in found.rows]
    say_table(f"Step {found.step}, each row alone", ["row", "tokens", "loss", "found"], rows, right=(1, 2))
    say(f"\n{found.text}")


def _train(config: "TrainConfig", project: Project, resume: bool, as_json: bool) -> None:
    words = [word for word in sys.argv[1:] if word != "--resume"]
    when_stopped(f"no adapter was published; go on with: agentlog {shlex.join([*words, '--resume'])}")
    calm()
    import trainer

    try:
        with screen(as_json) as listener:
            result = trainer.train(config, project=project, listener=listener, resume=resume)
    except TrainingStoppedError as error:
        said = str(error).replace("go on with --resume", how_to_go_on().partition("; ")[2])
        raise TrainingStoppedError(said, error.signal) from error
    if as_json:
        say_json({"run": str(result.run), "adapter": str(result.adapter.folder), "card": result.adapter.card.model_dump(mode="json")})
    else:
        _say_result(result)


def _say_result(result: "TrainResult") -> None:
    card, facts = result.adapter.card, result.adapter.card.training
    before, after = facts.val_loss_before, facts.val_loss_after
    say("")
    if before is not None and after is not None:
        say(f"validation loss {before:.4f} → {after:.4f} in {facts.steps} steps")
    if facts.kept_step is not None:
        because = f" ({facts.ended_because})" if facts.ended_because else ""
        say(f"kept: the adapter of step {facts.kept_step} of {facts.steps}{because}")
    if facts.targets_per_second:
        say(f"speed: {facts.targets_per_second:,.0f} target tokens a second")
    if result.plot:
        say(f"loss plot: {result.plot}")
    say(f"adapter {card.id} ({card.size / 1e3:,.0f} kB) is in {result.adapter.folder}")
    for item in card.accepted:
        say(f"accepted: {item.item}: {item.finding} ({item.reason})")
    say(f"is it better? agentlog evaluate --role {card.role} --adapter {card.id}")
