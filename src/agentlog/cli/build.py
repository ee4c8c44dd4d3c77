"""``agentlog build``: datasets from the log, with the funnel of where every answer went."""

from typing import Annotated, Any

import typer

from agentlog.cli.output import DataOption, JsonOption, progress, say, say_error, say_json, say_table, when_stopped

app = typer.Typer()


@app.command()
def build(
    role: Annotated[str | None, typer.Option(metavar="R", help="The role whose answers to train.")] = None,
    all_roles: Annotated[bool, typer.Option("--all-roles", help="Build one dataset for each role in the log.")] = False,
    seed: Annotated[int, typer.Option(help="Chooses splits, the review sample and what balance keeps.")] = 0,
    engine: Annotated[str, typer.Option(help="Where batches run: serial.")] = "serial",
    export: Annotated[list[str] | None, typer.Option(metavar="FORMAT", help="Write another format too: alpaca.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a role's training set from the log: clean, without duplicates, split and scored."""
    from agentlog.build.run import BuildResult, build_dataset
    from agentlog.errors import BuildRefusedError, SettingError
    from agentlog.project import load_project
    from agentlog.store.reader import read_interactions

    if (role is None) != all_roles:
        raise SettingError("say either --role R or --all-roles")
    project = load_project(data=data)
    when_stopped("no dataset was written: run the same command again")
    roles = [role] if role else sorted({interaction.agent_role for interaction in read_interactions(project.data)})
    if not roles:
        raise BuildRefusedError(f"the log in {project.data} has no interactions: log or import some first")
    results: list[BuildResult] = []
    refused: dict[str, str] = {}
    for name in roles:
        with progress() as bar:
            tasks: dict[str, Any] = {}

            def show(stage: str, done: int, total: int, tasks: dict[str, Any] = tasks, bar: Any = bar) -> None:
                if stage not in tasks:
                    tasks[stage] = bar.add_task(stage, total=total)
                bar.update(tasks[stage], completed=done)

            try:
                result = build_dataset(name, data=project.data, project=project, seed=seed, engine=engine, exports=export or (), on_stage=show)
            except BuildRefusedError as error:
                if not all_roles:
                    raise
                refused[name] = str(error)
                continue
        results.append(result)
        if not as_json:
            _print(result)
    if as_json:
        say_json({"built": [_as_json(result) for result in results], "refused": refused})
    for reason in refused.values():
        say_error(reason)
    if refused:
        raise typer.Exit(1)


def _as_json(result: Any) -> dict[str, Any]:
    return {"folder": str(result.folder), "already_there": result.already_there, "manifest": result.manifest.model_dump(mode="json")}


def _print(result: Any) -> None:
    from agentlog.schema.outcome import EXPLANATIONS, DropReason

    manifest = result.manifest
    rows: list[list[Any]] = [["read from the log", manifest.input.interactions, "", ""]]
    if manifest.input.lines_set_aside:
        rows.append(["", "", f"{manifest.input.lines_set_aside} lines set aside: no events (see drops.jsonl)", ""])
    for step in manifest.funnel:
        for reason, number in step.dropped.items():
            rows.append([step.stage, -number, EXPLANATIONS[DropReason(reason)], ""])
        if step.stage == "assemble":
            logged, folded = step.counts["messages_logged"], step.counts["messages_folded"]
            rows.append([step.stage, step.answers_out, f"folded: {logged} logged messages are {folded}", step.rows_out])
        elif step.stage in ("secrets", "redact") and step.counts:
            rows.append([step.stage, step.answers_out, "replaced: " + ", ".join(f"{k} {n}" for k, n in step.counts.items()), step.rows_out])
    rows.append(["kept", manifest.funnel[-1].answers_out, "", manifest.funnel[-1].rows_out])
    rows += [[f"  {name}", facts.answers, "", facts.rows] for name, facts in manifest.splits.items()]
    say_table(f"{manifest.role}: where the answers went", ["stage", "answers", "what happened", "rows"], rows, right=(1, 3))
    scores = [
        [name, "not measured" if value is None else f"{value:.3f}", _gate(manifest.gates.get(name))] for name, value in manifest.scores.items()
    ]
    say_table("scores", ["score", "value", "gate"], scores, right=(1,))
    say(manifest.privacy["names"])
    verb = "already there, nothing was written:" if result.already_there else "wrote"
    say(f"{verb} {result.folder}\n")


def _gate(gate: Any) -> str:
    return "" if gate is None else f"at least {gate.least:g}: {'passed' if gate.passed else 'FAILED'}"
