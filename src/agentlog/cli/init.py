"""``agentlog init``: writes agentlog.yaml for a role, and never over one that is there."""

from pathlib import Path
from typing import Annotated

import typer

from agentlog.cli.output import JsonOption, say, say_json
from agentlog.errors import SettingError
from agentlog.project import FILE_NAME, TEMPLATE, folder_name

app = typer.Typer(add_completion=False)


@app.command()
def init(role: Annotated[str, typer.Option(help="The first role to describe.")] = "coder", as_json: JsonOption = False) -> None:
    """Write agentlog.yaml into the current folder: what is true about your agents."""
    file = Path(FILE_NAME)
    content = TEMPLATE.format(role=folder_name(role))
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(content)
    except FileExistsError as error:
        raise SettingError(f"{file} is there already; edit it") from error
    if as_json:
        say_json({"wrote": str(file.absolute()), "role": role})
    else:
        say(f"wrote {file}: name the deployed model of role {role} in it before you train")
