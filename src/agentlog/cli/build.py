"""``agentlog build``: datasets from the log, with the funnel of where every answer went."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentlog.cli.output import DataOption, JsonOption, progress, say, say_error, say_json, say_table, when_stopped

CHARACTERS_PER_TOKEN = 4
"""Of English text and code, about; what a tokenizer really makes of the rows is in the report if the deployed model's is at hand."""

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agentlog.build.run import BuildResult
    from agentlog.schema.manifest import FunnelStep, Gate, Manifest

app = typer.Typer(add_completion=False)
_DOING = {
    "wait": "waiting for another build of this role",
    "read": "calls read",
    "clean": "sessions folded and cleaned",
    "write": "writing and checking",
}


@app.command()
def build(
    role: Annotated[str | None, typer.Option(metavar="R", help="The role whose answers to train.")] = None,
    all_roles: Annotated[bool, typer.Option("--all-roles", help="Build one dataset for each role in the log.")] = False,
    seed: Annotated[int, typer.Option(help="Chooses splits, the review sample and what balance keeps.")] = 0,
    engine: Annotated[str, typer.Option(help="Where batches run: serial, process (the cores of this machine) or ray.")] = "serial",
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Processes of the engines process and ray.", show_default="one for each core")
    ] = None,
    address: Annotated[
        str | None, typer.Option(metavar="A", help="A Ray cluster's address.", show_default="a Ray on this machine, ended with the build")
    ] = None,
    export: Annotated[list[str] | None, typer.Option(metavar="FORMAT", help="Write another format too: alpaca.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a role's training set from the log: clean, without duplicates, split and scored."""
    from agentlog.errors import AgentlogError, SettingError
    from agentlog.privacy.presidio import keep_light
    from agentlog.project import load_project

    if (role is None) != all_roles:
        raise SettingError("say either --role R or --all-roles")
    project = load_project(data=data)
    when_stopped("no dataset was written: run the same command again")
    if not project.scrub.ner and not project.scrub.recognisers:
        keep_light()
    where = {"engine": engine, "workers": workers, "address": address}
    results: list[BuildResult] = []
    refused: dict[str, str] = {}
    for name in _roles(project.data) if role is None else [role]:
        try:
            result = _watched(name, data=project.data, project=project, seed=seed, exports=export or (), **where)
        except AgentlogError as error:
            # With --all-roles, one role that cannot be built keeps none of the others from it.
            refused[name] = str(error)
            continue
        results.append(result)
        if not as_json:
            _print(result)
    if as_json:
        say_json({"built": [_as_json(result) for result in results], "refused": refused})
    for reason in dict.fromkeys(refused.values()):
        say_error(reason)
    if refused:
        raise typer.Exit(1)


def _roles(data: Path) -> list[str]:
    from agentlog.errors import BuildRefusedError
    from agentlog.store.reader import read_interactions

    roles = sorted({interaction.agent_role for interaction in read_interactions(data)})
    if not roles:
        raise BuildRefusedError(f"the log in {data} has no interactions: log or import some first")
    return roles


def _watched(role: str, **settings: Any) -> "BuildResult":
    from agentlog.build.run import build_dataset

    with progress() as bar:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                for earlier in tasks.values():
                    bar.update(earlier, visible=False)
                tasks[stage] = bar.add_task(f"{role}: {_DOING.get(stage, stage)}", total=total or None)
            bar.update(tasks[stage], completed=done)

        return build_dataset(role, on_stage=show, **settings)


def _as_json(result: "BuildResult") -> dict[str, Any]:
    return {"folder": str(result.folder), "already_there": result.already_there, "manifest": result.manifest.model_dump(mode="json")}


def _print(result: "BuildResult") -> None:
    from agentlog.dataset.card import exported_said

    manifest = result.manifest
    rows = [["read from the log", manifest.input.interactions, f"in {manifest.input.sessions} sessions", ""]]
    if manifest.input.lines_set_aside:
        rows.append(["", "", f"{manifest.input.lines_set_aside} lines of the log set aside: they are no events (see drops.jsonl)", ""])
    rows += [row for step in manifest.funnel for row in _step_rows(step)]
    rows.append(["kept", manifest.funnel[-1].answers_out, "", manifest.funnel[-1].rows_out])
    rows += [[f"  {name}", facts.answers, "", facts.rows] for name, facts in manifest.splits.items()]
    say_table(f"{manifest.role}: where the answers went", ["stage", "answers", "what happened", "rows"], rows, right=(1, 3))
    say("")
    _print_balance(manifest)
    _print_scores(manifest)
    say("")
    for note in _notes(manifest):
        say(f"note: {note}")
    say(_checked(manifest))
    say(manifest.privacy["names"])
    for name in manifest.exports:
        say(f"{name}: {exported_said(manifest, name)}")
    if failed := [name for name, gate in manifest.gates.items() if not gate.passed]:
        say(f"gates failed: {', '.join(failed)}; agentlog train refuses this dataset, unless it is given a written reason")
    say(f"{'already there, nothing was written:' if result.already_there else 'wrote'} {result.folder}\n")


def _step_rows(step: "FunnelStep") -> list[list[Any]]:
    from agentlog.schema.outcome import EXPLANATIONS, DropReason

    rows: list[list[Any]] = [
        [step.stage, -number, f"{reason}: {EXPLANATIONS[DropReason(reason)]}", ""] for reason, number in step.dropped.items()
    ]
    if step.stage == "assemble":
        rows.append([step.stage, step.answers_out, _folded(step.counts), step.rows_out])
    elif step.stage in ("secrets", "redact") and step.counts:
        rows.append([step.stage, "", "replaced: " + ", ".join(f"{name} {number}" for name, number in step.counts.items()), ""])
    elif step.stage == "decontaminate" and step.counts:
        rows.append([step.stage, "", "overlapped: " + ", ".join(f"{name} {number}" for name, number in step.counts.items()), ""])
    return rows


def _folded(counts: "Mapping[str, int]") -> str:
    logged, folded = counts["messages_logged"], counts["messages_folded"]
    if logged == folded:
        return f"no call continues another: {logged} messages"
    saved = (counts["characters_logged"] - counts["characters_folded"]) / CHARACTERS_PER_TOKEN
    return f"folded: {logged} logged messages into {folded}, about {saved:,.0f} tokens saved"


def _print_balance(manifest: "Manifest") -> None:
    """What balancing costs, if anything was asked for."""
    told = manifest.measures.get("balance", {})
    types = told.get("task_types", {})
    if not any(one["dropped"] or one["weight"] != 1 for one in types.values()):
        return
    rows = [[name, one["rows"], one["dropped"], one["kept"], f"{one['weight']:g}", f"{one['share']:.1%}"] for name, one in types.items()]
    say_table(
        f"{manifest.role}: what balance costs",
        ["task type", "rows", "dropped", "kept", "weight", "share of the loss"],
        rows,
        right=(1, 2, 3, 4, 5),
    )
    say(f"{told['kept']:,} rows that count as {told['effective_rows']:,.1f} of equal weight\n")


def _notes(manifest: "Manifest") -> list[str]:
    return [note for stage in manifest.measures.values() for note in stage.get("notes", ())]


def _checked(manifest: "Manifest") -> str:
    told = manifest.checks
    compared = told["pairs_compared"]
    all_of_them = "all" if compared == told["pairs"] else f"{compared:,} of"
    return (
        f"checked: nothing is in two splits; of {all_of_them} {told['pairs']:,} pairs of rows in different splits, the nearest have a "
        f"similarity of {told['nearest_pair']:.2f}"
    )


def _print_scores(manifest: "Manifest") -> None:
    rows = [
        [name, "not measured" if value is None else f"{value:.3f}", _verdict(manifest.gates.get(name)), _basis(name, manifest)]
        for name, value in manifest.scores.items()
        if name != "details"
    ]
    say_table(f"{manifest.role}: scores", ["score", "value", "gate", "rests on"], rows, right=(1,))


def _basis(name: str, manifest: "Manifest") -> str:
    told = manifest.scores.get("details", {}).get(name, {})
    if name == "correctness" and told.get("judged"):
        of = "all" if not told["unjudged"] else f"{told['judged']:,} of"
        answers = told["judged"] + told["unjudged"]
        return f"{of} {answers:,} trained answers were judged; 95%: {told['low']:.3f} to {told['high']:.3f}"
    if name == "correctness" and not told.get("judged"):
        return "neither tests nor a person have judged any of these answers"
    return told.get("not_measured") or (f"no rows: {', '.join(told['missing'])}" if told.get("missing") else "")


def _verdict(gate: "Gate | None") -> str:
    return "" if gate is None else f"at least {gate.least:g}: {'passed' if gate.passed else 'FAILED'}"
