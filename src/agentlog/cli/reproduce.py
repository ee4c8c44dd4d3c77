"""agentlog reproduce: an adapter trained again from its card, and compared byte for byte."""

import math
from typing import TYPE_CHECKING, Annotated

import typer

from agentlog.cli.output import DataOption, JsonOption, say, say_json, say_table, when_stopped
from agentlog.cli.training_screen import calm, screen
from agentlog.errors import VaultError
from agentlog.project import load_project

if TYPE_CHECKING:
    from trainer import Reproduction

app = typer.Typer(add_completion=False)

_SHOWN = 12
"""Tensors that are listed; the rest is in the report."""


@app.command()
def reproduce(
    adapter: Annotated[
        str | None, typer.Argument(metavar="ADAPTER", help="The adapter's id.", show_default="the newest of the role")
    ] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="R", help="Only adapters of this role.")] = None,
    base_model: Annotated[
        str | None,
        typer.Option(
            "--base-model", metavar="M", help="Where the base lies now; it must be the same by content.", show_default="as the card says"
        ),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train an adapter again from its card and compare the bytes; exit 1 if they differ."""
    if adapter is None and role is None:
        raise typer.BadParameter("name an adapter, or the role whose newest one is meant (--role)", param_hint="ADAPTER")
    when_stopped("nothing was published or changed: run the same command again")
    calm()
    import trainer

    with screen(as_json) as listener:
        made = trainer.reproduce(adapter, role=role, base_model=base_model, project=load_project(data=data), listener=listener)
    if as_json:
        say_json(made.model_dump(mode="json"))
    else:
        _say(made)
    if not made.identical:
        raise VaultError(
            f"adapter {made.adapter} did not come out the same: {len(made.largest_difference)} tensors differ, by "
            f"{max(made.largest_difference.values(), default=math.inf):.1e} of their largest value at most; the report is in {made.folder}"
        )


def _say(made: "Reproduction") -> None:
    say("")
    if made.identical:
        say(f"identical: {made.digest}")
    elif made.largest_difference:
        worst = sorted(made.largest_difference.items(), key=lambda found: -found[1])
        rows = [(name, f"{difference:.1e}") for name, difference in worst[:_SHOWN]]
        say_table("largest difference, relative to the tensor's largest value", ["tensor", "difference"], rows, right=(1,))
        if len(worst) > _SHOWN:
            say(f"and {len(worst) - _SHOWN} more")
    for other in made.other_here:
        say(f"other here: {other}")
    say(f"trained again in {made.folder}; nothing was published")
