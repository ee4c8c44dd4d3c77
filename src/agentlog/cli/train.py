"""agentlog train: one LoRA adapter for a role, after a checklist that may refuse."""

import os
import shlex
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentlog.cli.output import DataOption, JsonOption, err, progress, say, say_json, say_table, when_stopped
from agentlog.errors import TrainingRefusedError
from agentlog.project import Project, load_project

if TYPE_CHECKING:
    from trainer import Listener, TrainConfig, TrainResult

app = typer.Typer(add_completion=False)


@app.command()
def train(
    role: Annotated[str, typer.Option("--role", metavar="R", help="The role to train an adapter for.")],
    base_model: Annotated[
        str | None, typer.Option("--base-model", metavar="M", help="The base: a folder or a hub id. There is no default.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="F", help="YAML settings.", show_default="train.config in agentlog.yaml")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="ID", help="A build id.", show_default="the newest dataset of the role")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the newest run that was stopped.")] = False,
    accept: Annotated[
        str | None,
        typer.Option("--accept", metavar="REASON", help="Train in spite of a mismatch of models or a failed gate; kept on the card."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training split.")] = None,
    lr: Annotated[float | None, typer.Option("--lr", help="The peak learning rate.")] = None,
    max_length: Annotated[int | None, typer.Option(help="The longest row in tokens; a longer one refuses the run.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows per batch.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of everything that is drawn.")] = None,
    allow_hub: Annotated[bool, typer.Option("--allow-hub", help="Fetch the base from the hub if it is not in the local cache.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train one LoRA adapter for a role and publish it into the vault."""
    project = load_project(data=data)
    settings = {
        "role": role,
        "base_model": base_model,
        "dataset": dataset,
        "accept": accept,
        "epochs": epochs,
        "learning_rate": lr,
        "max_length": max_length,
        "batch_size": batch_size,
        "seed": seed,
        "allow_hub": allow_hub or None,
    }
    wanted = _configuration(project, role, config, {key: value for key, value in settings.items() if value is not None})
    _say_how_to_resume()
    result = _run(wanted, project, resume, as_json)
    if as_json:
        say_json({"run": str(result.run), "adapter": str(result.adapter.folder), "card": result.adapter.card.model_dump(mode="json")})
    else:
        _say_result(result)


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


def _say_how_to_resume() -> None:
    words = [word for word in sys.argv[1:] if word != "--resume"]
    when_stopped(f"no adapter was published; go on with: agentlog {shlex.join([*words, '--resume'])}")


def _run(config: "TrainConfig", project: Project, resume: bool, as_json: bool) -> "TrainResult":
    # What others print while loading and training would tear the progress bar; warnings and errors still come through.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    warnings.simplefilter("ignore", FutureWarning)
    import trainer

    with progress() as bar:
        return trainer.train(config, project=project, listener=_listener(bar, as_json), resume=resume)


def _listener(bar: Any, as_json: bool) -> "Listener":
    from trainer.checklist import Checklist
    from trainer.listener import Checkup, Listener, Progress

    class Screen(Listener):
        """Shows a run on the terminal; with --json only what goes to standard error."""

        def __init__(self) -> None:
            self._task: Any = None

        def checklist(self, checklist: Checklist) -> None:
            if not as_json:
                rows = [(_MARKS[item.verdict], item.name, item.value, item.advice) for item in checklist.items]
                say_table("Checklist", ["", "point", "found", "advice"], rows)
                say("")

        def begin(self, steps: int, done: int) -> None:
            self._task = bar.add_task("training", total=steps, completed=done)
            if done and not as_json:
                say(f"going on after step {done} of {steps}")

        def step(self, progress: Progress) -> None:
            bar.update(self._task, completed=progress.step, description=f"loss {progress.loss:.4f}")

        def checkup(self, checkup: Checkup) -> None:
            if not as_json:
                _say_checkup(checkup)

        def warning(self, text: str) -> None:
            err.print(f"warning: {text}", markup=False)

    return Screen()


_MARKS = {"ok": "✓", "warn": "!", "refuse": "✗"}


def _say_checkup(checkup: Any) -> None:
    loss = "not measured (no validation split)" if checkup.val_loss is None else f"{checkup.val_loss:.4f}"
    say(f"step {checkup.step}: validation loss {loss}")
    say(f"  asked     …{_line(checkup.prompt)[-100:]}")
    say(f"  answered  {_line(checkup.answer)[:100]}")
    say(f"  reference {_line(checkup.reference)[:100]}")


def _line(text: str) -> str:
    return " ".join(text.split())


def _say_result(result: "TrainResult") -> None:
    card = result.adapter.card
    facts = card.training
    before, after = facts.val_loss_before, facts.val_loss_after
    say("")
    if before is not None and after is not None:
        say(f"validation loss {before:.4f} → {after:.4f} in {facts.steps} steps")
    say(f"adapter {card.id} ({card.size / 1e3:,.0f} kB) is in {result.adapter.folder}")
    for item in card.accepted:
        say(f"accepted: {item.item}: {item.finding} ({item.reason})")
    say(f"is it better? agentlog evaluate --role {card.role} --adapter {card.id}")
