"""Worker: one arm in a process of its own, which does one job at a time and sleeps in between.

So the arms can take turns without sharing a model, memory or threads. A job is a JSON line on standard input, its answer a JSON line on
standard output.

    python -m benchmarks.train.worker ARM SHAPE
"""

import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from benchmarks.train.arms.timing import DTYPES, Setting, Taken
from benchmarks.train.workloads import Workload, folded, reasoning, single

ROOT = Path(__file__).resolve().parents[2]
ARMS = ("ours", "plain", "trl", "trl-default")
MAKERS: dict[str, Callable[[int, int], Workload]] = {
    "folded": folded,
    "folded-apart": lambda vocabulary, rows: folded(vocabulary, rows, shared=False),
    "single": single,
    "single-apart": lambda vocabulary, rows: single(vocabulary, rows, shared=False),
    "logged": folded,
    "reasoning": reasoning,
}


def make_workload(name: str, vocabulary: int, size: int) -> Workload:
    """The workload of that name; every process that makes it gets the same."""
    return MAKERS[name](vocabulary, size)


class Worker:
    """An arm, from outside."""

    def __init__(self, arm: str, shape: str) -> None:
        quiet = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}
        command = [sys.executable, "-m", "benchmarks.train.worker", arm, shape]
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 (it lives as long as the worker)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, cwd=ROOT, env=quiet, text=True
        )
        self.arm = arm

    def run(self, workload: str, size: int, setting: Setting, rows: int | None = None) -> Taken:
        """Train on a workload, or on its first rows only; the benchmark ends if the worker dies of it, as of want of memory."""
        assert self._process.stdin
        assert self._process.stdout
        job = {"workload": workload, "size": size, "setting": setting._asdict(), "rows": rows}
        print(json.dumps(job), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            self._said.seek(0)
            sys.exit(f"{self.arm} died on {workload} ({setting}), with code {self._process.wait()}:\n{self._said.read()[-3000:]}")
        return Taken(**json.loads(answer))

    def end(self) -> None:
        """Let it go."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()


def main() -> None:
    arm, shape = sys.argv[1:3]
    # What libraries print must not stand among the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _serve(arm, shape, answers)


def _serve(arm: str, shape: str, answers: TextIO) -> None:
    import torch

    from benchmarks.train.arms import ours, plain, trl_sft
    from trainer.machine.allocator import memory_kept
    from trainer.machine.hardware import usable_threads

    torch.set_num_threads(usable_threads()[0])
    train = {"ours": ours.run, "plain": plain.run, "trl": trl_sft.run_tuned, "trl-default": trl_sft.run_default}[arm]
    # As the library does it: for a whole run, so that its steps find the memory of those before them.
    with memory_kept() if arm == "ours" else nullcontext():
        _answer(arm, shape, train, answers)


def _answer(arm: str, shape_name: str, train: Callable[..., Taken], answers: TextIO) -> None:
    from benchmarks.train.shapes import SHAPES

    shape = SHAPES[shape_name]
    model: Any = None
    made: tuple[str, str] | None = None
    for line in sys.stdin:
        job = json.loads(line)
        setting = Setting(**job["setting"])
        if made is None or made[0] != setting.precision:
            model = None
            gc.collect()
            model = _Model(shape, DTYPES[setting.precision])
        workload = make_workload(job["workload"], shape.vocabulary, job["size"])
        rows = workload.logged if arm == "trl-default" else workload.rows
        if made != (setting.precision, job["workload"]):
            # A step that is not counted: a run has hundreds, and the first is slower for everybody.
            train(model.with_first_weights(), rows[: job["rows"]], setting)
            made = setting.precision, job["workload"]
        taken = train(model.with_first_weights(), rows[: job["rows"]], setting)
        gc.collect()
        print(json.dumps(asdict(taken)), file=answers, flush=True)


class _Model:
    """A model whose adapter can be set back, so that each job begins alike."""

    def __init__(self, shape: Any, dtype: Any) -> None:
        from benchmarks.train.shapes import make_model

        self._model = make_model(shape, dtype)
        self._first = {name: tensor.detach().clone() for name, tensor in self._model.named_parameters() if tensor.requires_grad}

    def with_first_weights(self) -> Any:
        for name, tensor in self._model.named_parameters():
            if name in self._first:
                tensor.data.copy_(self._first[name])
                tensor.grad = None
        return self._model


if __name__ == "__main__":
    main()
