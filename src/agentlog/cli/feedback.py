"""``agentlog feedback``: what a person says of an interaction."""

from pathlib import Path
from typing import Annotated

import typer

from agentlog.cli.output import DataOption, JsonOption, one_line, say, say_json

app = typer.Typer(add_completion=False)


@app.command()
def feedback(
    interaction_id: Annotated[str, typer.Argument(metavar="ID", help="The interaction's id, or an unmistakable beginning of it.")],
    rating: Annotated[float | None, typer.Option(metavar="N", help="From 1 (useless) to 5 (perfect).")] = None,
    comment: Annotated[str | None, typer.Option(metavar="T", help="Why.")] = None,
    correction_file: Annotated[Path | None, typer.Option(metavar="F", help="A text file with the answer that was right.")] = None,
    reviewer: Annotated[str | None, typer.Option(metavar="R", help="Who says so.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rate an interaction, comment on it, correct it: at least one of them."""
    from agentlog.capture.logger import AgentLogger
    from agentlog.errors import LogError, SettingError
    from agentlog.project import load_project
    from agentlog.store.lookup import find_interaction

    if rating is None and comment is None and correction_file is None:
        raise SettingError("nothing is said of it: give --rating, --comment or --correction-file")
    if rating is not None and not 1 <= rating <= 5:
        raise SettingError(f"the rating is {rating:g}: give a number from 1 to 5")
    correction = _read(correction_file) if correction_file else None
    place = load_project(data=data).data
    interaction = find_interaction(place, interaction_id)
    # A person's word is written even where the capture of agents is switched off.
    logger = AgentLogger(place, enabled=True)
    if not logger.feedback(interaction.id, rating=rating, comments=comment, corrections=correction, reviewer=reviewer):
        raise LogError(f"the feedback could not be written to {place}: look at its permissions and free space")
    if as_json:
        say_json({"interaction_id": interaction.id, "rating": rating})
    else:
        said = f"rated {rating:g}" if rating is not None else "commented on" if correction is None else "corrected"
        say(f"{one_line(interaction.agent_role)} {interaction.id} is {said}")


def _read(file: Path) -> str:
    from agentlog.errors import SettingError

    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"the correction cannot be read from {file}: {error}") from error
