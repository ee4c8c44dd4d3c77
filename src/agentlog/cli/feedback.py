"""``agentlog feedback``: what a person says of an interaction, or of a whole review sample."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentlog.cli.output import DataOption, JsonOption, one_line, say, say_json, when_stopped

if TYPE_CHECKING:
    from agentlog.build.reviewed import ReviewReport

app = typer.Typer(add_completion=False)
_SHOWN = 10


@app.command()
def feedback(
    interaction_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The interaction's id, or an unmistakable beginning of it.")
    ] = None,
    rating: Annotated[float | None, typer.Option(metavar="N", help="From 1 (useless) to 5 (perfect).")] = None,
    comment: Annotated[str | None, typer.Option(metavar="T", help="Why.")] = None,
    correction_file: Annotated[Path | None, typer.Option(metavar="F", help="A text file with the answer that was right.")] = None,
    from_file: Annotated[Path | None, typer.Option("--from", metavar="FILE", help="A filled copy of a dataset's review.jsonl.")] = None,
    reviewer: Annotated[str | None, typer.Option(metavar="R", help="Who says so.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rate an interaction, comment on it, correct it: at least one of them. Or take all that a filled review sample says, once."""
    from agentlog.errors import SettingError
    from agentlog.project import load_project

    place = load_project(data=data).data
    nothing = rating is None and comment is None and correction_file is None
    if from_file is not None:
        if interaction_id is not None or not nothing:
            raise SettingError("say either --from FILE, or an ID and what there is to say of it")
        _take(from_file, place, reviewer, as_json)
        return
    if interaction_id is None:
        raise SettingError("name the interaction by its ID, or a filled review sample by --from FILE")
    if nothing:
        raise SettingError("nothing is said of it: give --rating, --comment or --correction-file")
    if rating is not None and not 1 <= rating <= 5:
        raise SettingError(f"the rating is {rating:g}: give a number from 1 to 5")
    correction = _read(correction_file) if correction_file else None
    found, role = _write(place, interaction_id, rating, comment, correction, reviewer)
    if as_json:
        say_json({"interaction_id": found, "rating": rating})
    else:
        said = f"rated {rating:g}" if rating is not None else "commented on" if correction is None else "corrected"
        say(f"{role} {found} is {said}")


def _write(
    place: Path, beginning: str, rating: float | None, comment: str | None, correction: str | None, reviewer: str | None
) -> tuple[str, str]:
    """The id and the role of the interaction that feedback was written on."""
    from agentlog.capture.logger import AgentLogger
    from agentlog.errors import LogError
    from agentlog.store.lookup import find_interaction

    interaction = find_interaction(place, beginning)
    # A person's word is written even where the capture of agents is switched off.
    logger = AgentLogger(place, enabled=True)
    if not logger.feedback(interaction.id, rating=rating, comments=comment, corrections=correction, reviewer=reviewer):
        raise LogError(f"the feedback could not be written to {place}: look at its permissions and free space")
    return interaction.id, one_line(interaction.agent_role)


def _take(file: Path, place: Path, reviewer: str | None, as_json: bool) -> None:
    from agentlog.build.reviewed import take_review

    when_stopped("what was written counts: the same command completes it")
    report = take_review(file, place, reviewer)
    if as_json:
        set_aside = [{"line": bad.number, "reason": bad.reason} for bad in report.set_aside]
        say_json({**vars(report), "set_aside": set_aside})
    else:
        _print(report, place)


def _print(report: "ReviewReport", place: Path) -> None:
    say(f"read {report.rows} rows, {report.untouched} of them not filled in")
    what = f"{report.rated} rated, {report.commented} commented on, {report.corrected} corrected"
    say(f"added feedback on {report.added} answers to {place}: {what}; {report.already_there} were there already")
    say(f"set aside: {len(report.set_aside)}")
    for bad in report.set_aside[:_SHOWN]:
        say(f"  {bad}")
    if len(report.set_aside) > _SHOWN:
        say(f"  … and {len(report.set_aside) - _SHOWN} more; --json lists them all")


def _read(file: Path) -> str:
    from agentlog.errors import SettingError

    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"the correction cannot be read from {file}: {error}") from error
