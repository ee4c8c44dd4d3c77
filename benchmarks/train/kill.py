"""Killed at any step and resumed, a training ends in the very bytes of one that was never stopped.

    python -m benchmarks.train.kill [--rounds 50]

Reach: 50 of 50 (CPU, float32, dropout 0.1). A round trains in a process of its own, which is killed with SIGKILL when a random step is in
its metrics and a random moment later; every fourth round also kills the process that resumes, and every fifth waits for a checkpoint that
is being written. Then `agentlog train --resume` goes on. The adapter's weights and the loss of every step must be those of the run that
was not killed. The processes are forks of one that has imported torch and computed nothing.
"""

import argparse
import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

os.environ["OMP_NUM_THREADS"] = "1"

from benchmarks.train.cases.running import step_losses
from benchmarks.train.cases.world import World, forked

STEPS = 24
SAVE_EVERY = 3
SETTINGS = {"epochs": 12, "batch_size": 4, "save_every": SAVE_EVERY, "lora": {"dropout": 0.1}}


class End(NamedTuple):
    """What a training came to."""

    digest: str
    losses: list[float]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=50)
    options.add_argument("--seed", type=int, default=6)
    asked = options.parse_args()
    import peft  # noqa: F401 - imported once, before the forks
    import torch  # noqa: F401
    import transformers  # noqa: F401

    chance, fell, good, late = random.Random(asked.seed), Counter[str](), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        begun = time.monotonic()
        template = fresh(scratch, "unbroken")
        expected = finished(template, template.words())
        seconds = time.monotonic() - begun
        print(f"unbroken: {len(expected.losses)} steps in {seconds:.1f} s with its start, adapter {expected.digest[:12]}", flush=True)
        number = 0
        while number < asked.rounds:
            world = fresh(scratch, "killed", template)
            place = killed(world, world.words(), chance, in_checkpoint=number % 5 == 4)
            if place and number % 4 == 3:
                place = killed(world, world.words("--resume"), chance, in_checkpoint=False) or place
                fell["killed a second time, while resumed"] += 1
            if not place:
                late += 1
                shutil.rmtree(world.root)
                continue
            number += 1
            fell[place] += 1
            since = _newest(world)
            end = finished(world, world.words("--resume") if world.runs() else world.words())
            same = end == expected
            good += same
            if not same:
                print(f"  round {number} ({place}, resumed after step {since}): {_difference(end, expected)}", flush=True)
            shutil.rmtree(world.root)
    word = "reached" if good == asked.rounds else "MISSED "
    print(f"{word}  {good} of {asked.rounds} adapters and their losses are those of the unbroken run")
    print("  " + "; ".join(f"{place}: {count}" for place, count in sorted(fell.items())))
    print(f"  ended before the kill, and drawn again: {late}")
    sys.exit(good != asked.rounds)


def fresh(scratch: Path, name: str, like: World | None = None) -> World:
    """A world with a base and a dataset and no run; ``like`` lends its own, made once."""
    world = World(scratch / name)
    world.settings |= SETTINGS
    if like is None:
        # The maker of models computes, and what has computed must not be forked.
        _wait(forked(lambda: _prepared(world)))
    else:
        shutil.copytree(like.root, world.root, ignore=shutil.ignore_patterns("runs", "adapters", "trash"), copy_function=shutil.copy2)
    return world


def _prepared(world: World) -> int:
    from tests.trainer.tiny import make_base

    world.root.mkdir()
    make_base(world.base)
    world.prepare()
    return 0


def finished(world: World, words: tuple[str, ...]) -> End:
    """Let a training end, and say what it came to.

    Raises:
        RuntimeError: it failed.
    """
    code = _wait(forked(lambda: _told(world, words)))
    if code:
        raise RuntimeError(f"agentlog {' '.join(words)} ended with {code}: {(world.root / 'said').read_text()}")
    return End(hashlib.sha256(world.weights()).hexdigest(), step_losses(world))


def _told(world: World, words: tuple[str, ...]) -> int:
    ran = world.run(*words)
    (world.root / "said").write_text(ran.err + ran.bug)
    return ran.code


def killed(world: World, words: tuple[str, ...], chance: random.Random, *, in_checkpoint: bool) -> str:
    """Start a training and kill it; returns where that fell, or nothing if it had ended before."""
    step, child = chance.randrange(1, STEPS), forked(lambda: _told(world, words))
    try:
        due = (lambda: _unsealed(world)) if in_checkpoint else (lambda: bool(world.runs()) and world.steps() >= step)
        if not _until(due, child):
            return ""
        time.sleep(chance.uniform(0, 0.001 if in_checkpoint else 0.02))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except ChildProcessError:
        return ""
    if world.adapters():
        return ""
    if _unsealed(world):
        return "inside a checkpoint"
    return "before the first checkpoint" if not _checkpoints(world) else "between two checkpoints"


def _newest(world: World) -> int:
    from trainer.loop.checkpoint import newest_whole, steps_of

    whole = newest_whole(world.runs()[-1].parent) if world.runs() else None
    return steps_of(whole) if whole else 0


def _difference(end: End, expected: End) -> str:
    if len(end.losses) != len(expected.losses):
        return f"{len(end.losses)} steps, not {len(expected.losses)}"
    first = next((step for step, (mine, theirs) in enumerate(zip(end.losses, expected.losses, strict=True), 1) if mine != theirs), None)
    return f"another loss from step {first} on" if first else "equal losses, other bytes"


def _until(due: Callable[[], bool], child: int) -> bool:
    while not due():
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            return False
        time.sleep(0.0005)
    return True


def _wait(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _checkpoints(world: World) -> list[Path]:
    return [path for run in world.runs() for path in run.parent.glob("checkpoint-*")]


def _unsealed(world: World) -> bool:
    """Whether there is a folder in a run that is a checkpoint only in part, by whatever name it has until it is whole."""
    from trainer.loop.checkpoint import SEAL

    folders = [path for run in world.runs() for path in run.parent.iterdir() if path.is_dir()]
    return any("checkpoint" in folder.name and not (folder / SEAL).exists() for folder in folders)


if __name__ == "__main__":
    main()
