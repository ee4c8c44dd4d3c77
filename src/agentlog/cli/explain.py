"""``agentlog explain``: what became of an interaction, or where a row comes from, and which adapters have learned it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentlog.cli.output import DataOption, JsonOption, one_line, say, say_json

if TYPE_CHECKING:
    from agentlog.build.lineage import Explanation, Fate
    from agentlog.schema.interaction import Interaction

app = typer.Typer(add_completion=False)
_MOST_SHOWN = 5


@app.command()
def explain(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="An interaction (or a beginning of its id), or a row of a dataset.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say where something stands in the log, which datasets kept or dropped it and why, and which adapters contain it."""
    from agentlog.build.lineage import explain as look
    from agentlog.project import load_project

    place = load_project(data=data).data
    found = look(place, wanted)
    adapters = {fate.build_id: _adapters(place, fate) for fate in found.fates}
    if as_json:
        say_json(_as_json(found, adapters))
        return
    _say(found, adapters)


def _adapters(data: Path, fate: "Fate") -> list[str]:
    """The adapters trained on a dataset, if what is asked for is in its training split."""
    from trainer.adapters import Vault

    if fate.split != "train":
        return []
    return [adapter.card.id for adapter in Vault(data).list(fate.role) if adapter.card.dataset.build_id == fate.build_id]


def _say(found: "Explanation", adapters: dict[str, list[str]]) -> None:
    say(f"{found.kind} {one_line(found.id)}")
    for interaction in found.interactions:
        _say_interaction(interaction)
        for place in found.places:
            if place.interaction_id == interaction.id:
                say(f"  {place.event:<12} {place.file}:{place.line}")
    if not found.fates:
        say("in no dataset yet: agentlog build reads what has been logged since")
    for fate in found.fates:
        say("")
        say(f"dataset {fate.role} {fate.build_id}")
        _say_fate(fate)
        if fate.split == "train":
            say(f"  adapters     {', '.join(adapters[fate.build_id]) or 'none is trained on it'}")


def _say_interaction(interaction: "Interaction") -> None:
    facts = [interaction.agent_role, interaction.task_type, interaction.model.name, interaction.timestamp[:19]]
    session = f" · session {interaction.session_id}" if interaction.session_id else ""
    say(f"  {one_line(' · '.join(str(fact) for fact in facts if fact) + session)}")
    result, said = interaction.execution_result, interaction.human_feedback
    if result is not None:
        tests = "" if result.tests_passed is None else f", tests {'passed' if result.tests_passed else 'failed'}"
        say(f"  result       {result.status or 'no status'}{tests}")
    if said is not None:
        corrected = ", corrected by a person" if said.corrections else ""
        say(f"  feedback     {'no rating' if said.rating is None else f'rated {said.rating:g}'}{corrected}")


def _say_fate(fate: "Fate") -> None:
    if fate.split:
        say(f"  trained      in {fate.split}, row {fate.row}")
    else:
        say(f"  dropped      by {fate.stage}: {fate.why} ({fate.reason})" + (f": {fate.detail}" if fate.detail and not fate.winner else ""))
        if fate.winner:
            alike = "" if fate.similarity is None else f", similarity {fate.similarity:.3f}"
            where = f"in {fate.winner_split}" if fate.winner_split else "dropped later itself"
            say(f"  in its place row {fate.winner} ({where}{alike})")
        elif fate.row:
            say(f"  row          {fate.row}")
    if fate.stands_for:
        say(f"  stands for   {len(fate.stands_for)} rows that say the same or nearly: {', '.join(fate.stands_for[:_MOST_SHOWN])}")
    if fate.replaced:
        say("  replaced     " + ", ".join(f"{entity} {number}" for entity, number in fate.replaced.items()))


def _as_json(found: "Explanation", adapters: dict[str, list[str]]) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "id": found.id,
        "kind": found.kind,
        "interactions": [one.model_dump(mode="json") for one in found.interactions],
        "places": [{**place._asdict(), "file": str(place.file)} for place in found.places],
        "datasets": [{**asdict(fate), "folder": str(fate.folder), "adapters": adapters[fate.build_id]} for fate in found.fates],
    }
