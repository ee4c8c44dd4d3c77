"""The entry point: finds the command, and turns errors into one line and an exit code.

Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 130 and 143 stopped by Ctrl-C or SIGTERM. A command's module is imported when the
command is called, so that ``agentlog log tail`` never waits for what training needs.
"""

import importlib
import signal
import sys
from types import FrameType
from typing import Any

import typer
from typer.core import TyperGroup

from agentlog import __version__
from agentlog.cli.output import Stopped, how_to_go_on, say_error
from agentlog.errors import AgentlogError, TrainingStoppedError

COMMANDS = {
    "init": "agentlog.cli.init",
    "doctor": "agentlog.cli.doctor",
    "import": "agentlog.cli.import_",
    "log": "agentlog.cli.log",
    "feedback": "agentlog.cli.feedback",
    "scrub": "agentlog.cli.scrub",
    "dedup": "agentlog.cli.dedup",
    "build": "agentlog.cli.build",
    "explain": "agentlog.cli.explain",
    "train": "agentlog.cli.train",
    "evaluate": "agentlog.cli.evaluate",
    "reproduce": "agentlog.cli.reproduce",
    "adapters": "agentlog.cli.adapters",
}


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(importlib.import_module(COMMANDS[cmd_name]).app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=LazyGroup,
    name="agentlog",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"agentlog {__version__}")
        raise typer.Exit


@app.callback()
def _root(version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Print the version.")) -> None:
    """Log your agents, build training sets from the log, train one adapter per role, prove whether it is better."""


def _on_signal(number: int, frame: FrameType | None) -> None:
    raise Stopped(number)


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGINT, _on_signal)
    signal.signal(signal.SIGTERM, _on_signal)
    try:
        app()
    except TrainingStoppedError as error:
        say_error(str(error))
        sys.exit(1 if error.signal is None else 128 + error.signal)
    except AgentlogError as error:
        say_error(str(error))
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        # A full disk, a lacking permission, a file in a folder's place: the user's to mend, wherever it shows.
        place = f"{error.filename}: " if error.filename else ""
        say_error(f"{place}{error.strerror or error}; {how_to_go_on()}")
        sys.exit(1)
    except Stopped as stop:
        say_error(f"stopped; {how_to_go_on()}")
        sys.exit(128 + stop.number)


if __name__ == "__main__":
    main()
