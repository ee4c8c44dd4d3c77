"""The demo: from a team's log to an evaluated adapter, on this machine alone.

    python -m examples.team.demo [--out FOLDER] [--quick]

The team works and is logged; then the real command line builds, trains and evaluates, each command printed before it runs. Nothing is
staged: what is told is counted, and if the adapter is worse, the story says so. Everything goes into a new folder; one that exists is
refused, and nothing is ever deleted. ``--quick`` is for tests: few tasks, a smaller base, a token training.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agentlog import AgentLogger, read_interactions
from examples.team.base_settings import FULL, QUICK, BaseSettings
from examples.team.privacy import left_in
from examples.team.sandbox import Sandbox
from examples.team.story import heading, tell_base, tell_end, tell_privacy, tell_work
from examples.team.tasks import make_tasks
from examples.team.team import Team, give_feedback
from examples.team.trial import newest_evaluation, try_out

HERE = Path(__file__).parent
SEED = 7
DATA = "agentlog-data"
BASE = "tiny-base"


@dataclass(frozen=True)
class Scale:
    """How much of everything."""

    tasks: int | None
    base: BaseSettings
    config: str
    limit: int | None


FULL_SCALE = Scale(None, FULL, "coder_lora.yaml", None)
QUICK_SCALE = Scale(40, QUICK, "quick_lora.yaml", 4)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; the exit status is that of the first command that failed, or 0."""
    parser = argparse.ArgumentParser(prog="python -m examples.team.demo", description="From a team's log to an evaluated adapter.")
    parser.add_argument("--out", type=Path, help="a new folder [default: demo-output/ and the time]")
    parser.add_argument("--quick", action="store_true", help="few tasks and few steps: shows that it runs, not what it can do")
    said = parser.parse_args(arguments)
    folder = (said.out or Path("demo-output") / f"{datetime.now(UTC):%Y%m%d-%H%M%S}").resolve()
    if folder.exists():
        print(f"demo: {folder} is there already and nothing is ever deleted here: name another folder with --out", file=sys.stderr)
        return 1
    try:
        run(folder, QUICK_SCALE if said.quick else FULL_SCALE)
    except subprocess.CalledProcessError as error:
        print(f"demo: that command ended with status {error.returncode}; what stands so far is in {folder}", file=sys.stderr)
        return error.returncode
    return 0


def run(folder: Path, scale: Scale) -> None:
    """The whole story, in a folder that is made for it."""
    begun = time.monotonic()
    prepare(folder, scale)
    private = work(folder, scale)
    heading(2, "The log becomes training sets, one for each role")
    agentlog(folder, "build", "--all-roles")
    tell_privacy(len(private), left_in(private, folder / DATA / "datasets"))
    heading(3, "A tiny base model is made, so that there is something to adapt")
    make_tiny_base(folder, scale)
    heading(4, "The coder's adapter is trained")
    agentlog(folder, "train", "--role", "coder", "--base-model", BASE)
    heading(5, "Is it better? Base and adapter answer the same held-out tasks")
    agentlog(folder, "evaluate", "--role", "coder", *(["--limit", str(scale.limit)] if scale.limit else []))
    evaluation = newest_evaluation(folder / DATA)
    trial = try_out(evaluation, folder / DATA, make_tasks(SEED, scale.tasks), Sandbox())
    heading(6, "What happened, and where to look")
    tell_end(evaluation, trial, folder, time.monotonic() - begun)


def prepare(folder: Path, scale: Scale) -> None:
    """Make the project that the commands are run in."""
    (folder / "configs").mkdir(parents=True)
    shutil.copyfile(HERE / "agentlog.yaml", folder / "agentlog.yaml")
    shutil.copyfile(HERE / "configs" / scale.config, folder / "configs" / "coder_lora.yaml")


def work(folder: Path, scale: Scale) -> set[str]:
    """Let the team work; returns the private values that its tools have printed."""
    tasks = make_tasks(SEED, scale.tasks)
    heading(1, f"A coder, a tester and a reviewer work on {len(tasks)} tasks, and everything is logged")
    log = AgentLogger(folder / DATA)
    team = Team(log, SEED, Sandbox())
    done = [team.work_on(task) for task in tasks]
    team.close_the_day(done)
    opinions = give_feedback(log, HERE / "feedback.jsonl")
    log.close()
    tell_work(done, sum(1 for _ in read_interactions(log.data)), opinions, len(team.tools.private))
    return team.tools.private


def make_tiny_base(folder: Path, scale: Scale) -> None:
    """Make the base that the adapter is for."""
    # torch takes seconds to load, and nothing before this step needs it.
    from examples.team.base_model import make_base

    begun = time.monotonic()
    made = make_base(folder / BASE, scale.base)
    tell_base(made.parameters, made.losses, time.monotonic() - begun)


def agentlog(folder: Path, *words: str) -> None:
    """Run the command line as a user would, in the project's folder; its output is shown as it comes.

    Raises:
        subprocess.CalledProcessError: the command was refused or failed; it has said why.
    """
    print(f"$ agentlog {shlex.join(words)}", flush=True)
    environment = {"COLUMNS": "140", **os.environ, "HF_HUB_OFFLINE": "1"}
    subprocess.run([sys.executable, "-m", "agentlog.cli.main", *words], cwd=folder, env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main())
