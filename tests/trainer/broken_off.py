"""A run in a process of its own that is killed for real: ``python -m tests.trainer.broken_off BASE RUN step|seal N``.

It goes on from the newest whole checkpoint of the run's folder, and sends itself SIGKILL after step N, or while the checkpoint of step N is
being written.
"""

import os
import signal
import sys
from pathlib import Path

from tests.trainer.loops import EXECUTION, make_config, make_material, make_model
from trainer.listener import Listener, Progress
from trainer.loop import checkpoint
from trainer.loop.loop import train_loop


def die() -> None:
    """End here and now, as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


class Killer(Listener):
    """Kills after a step."""

    def __init__(self, at: int) -> None:
        self._at = at

    def step(self, progress: Progress) -> None:
        if progress.step == self._at:
            die()


def main(base: Path, run: Path, moment: str, at: int) -> None:
    """Train until the moment comes."""
    seal = checkpoint.seal

    def killed_while_sealing(folder: Path) -> None:
        if folder.name.startswith(f".staging-checkpoint-{at}-"):
            die()
        seal(folder)

    if moment == "seal":
        checkpoint.seal = killed_while_sealing
    config = make_config(base, evaluate_every=2, save_every=3)
    killer = Killer(at if moment == "step" else 0)
    train_loop(make_model(base, config), make_material(base), config, EXECUTION, run, killer, checkpoint.newest_whole(run))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
