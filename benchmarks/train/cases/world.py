"""World: a folder in which the real commands are run on a tiny model, and what came of one.

Everything in it is good until a case spoils it: the base is the deployed model, the answers are its own, the labels can be proven. The
commands run in this process, in that folder, as from a terminal: only the import of torch is shared.
"""

import contextlib
import io
import json
import os
import re
import shutil
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from agentlog.schema.sample import Sample
from tests.trainer.tiny import make_base, make_dataset, make_sample

SETTINGS: dict[str, Any] = {
    "batch_size": 4,
    "accumulation": 1,
    "epochs": 2,
    "learning_rate": 0.01,
    "sample_tokens": 4,
    "dtype": "float32",
    "threads": 1,
}
_PREFIX = "agentlog: "


@dataclass(frozen=True)
class Ran:
    """How a command ended. ``bug`` is a traceback's last line: a user must never see one."""

    command: str
    code: int
    out: str
    err: str
    bug: str
    steps: int | None
    """Optimizer steps in the run's metrics; nothing where no run was begun."""
    published: bool
    ended: str = ""
    """Why the training of the adapter that it published came to its end, as its card says."""

    @property
    def reasons(self) -> list[str]:
        """The lines that say why it failed."""
        return [line.removeprefix(_PREFIX) for line in self.err.splitlines() if line.startswith(_PREFIX)]

    @property
    def met(self) -> str:
        """Where it ended."""
        if self.command != "train":
            return self.command
        return "before the run" if self.steps is None else f"step {self.steps + 1}"

    def has(self, words: str) -> bool:
        """Whether the reason, or a table above it, has these words (a regular expression)."""
        return re.search(words, " ".join((self.err + self.out).split())) is not None


@dataclass
class World:
    """A project of one role whose files a case may spoil before a command reads them."""

    root: Path
    role: dict[str, Any] = field(default_factory=lambda: {"deployed_model": "base", "deployed_as": ["tiny"]})
    settings: dict[str, Any] = field(default_factory=lambda: dict(SETTINGS))
    rows: list[Sample] = field(default_factory=lambda: [make_sample(number) for number in range(8)])
    dataset: dict[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.root / "agentlog-data"

    @property
    def base(self) -> Path:
        """The base, which is also the deployed model."""
        return self.root / "base"

    def copy(self, name: str) -> Path:
        """A copy of the base, for a base that is not the deployed model any more once it is spoilt."""
        return Path(shutil.copytree(self.base, self.root / name))

    def other(self, name: str = "other", kind: str = "qwen2", seed: int = 1) -> Path:
        """Another model of the same shape."""
        return make_base(self.root / name, kind, seed)

    def prepare(self) -> Path:
        """Write agentlog.yaml, the settings and the dataset, unless they are there; returns the dataset's folder."""
        (self.root / "agentlog.yaml").write_text(yaml.safe_dump({"data": "agentlog-data", "roles": {"coder": self.role}}), encoding="utf-8")
        (self.root / "train.yaml").write_text(yaml.safe_dump(self.settings), encoding="utf-8")
        folder = self.data / "datasets" / "coder" / "build-1"
        return folder if folder.exists() else make_dataset(self.data, train=self.rows, **self.dataset)

    def train(self, *words: str, base: str = "base") -> Ran:
        """``agentlog train``, with everything that was said."""
        self.prepare()
        return self.run(*self.words(*words, base=base))

    def words(self, *words: str, base: str = "base") -> tuple[str, ...]:
        """``agentlog train`` as it is typed."""
        return ("train", "--role", "coder", "--base-model", base, "--config", "train.yaml", *words)

    def kill(self, after: int, *words: str) -> None:
        """``agentlog train`` in a process of its own, killed with SIGKILL when so many steps are in its metrics.

        The settings ask for a checkpoint after each step unless they say otherwise, so that there is one to go on from.
        """
        self.settings.setdefault("save_every", 1)
        self.prepare()
        before = len(self.runs())
        child = forked(lambda: self.run(*self.words(*words)).code)
        try:
            while not (len(self.runs()) > before and self.steps() >= after):
                if os.waitpid(child, os.WNOHANG) != (0, 0):
                    raise RuntimeError(f"the training ended before its step {after} could be killed")
                time.sleep(0.001)
            os.kill(child, signal.SIGKILL)
        finally:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)

    def evaluate(self, *words: str) -> Ran:
        """``agentlog evaluate``."""
        return self.run("evaluate", "--role", "coder", "--limit", "2", "--max-new-tokens", "4", *words)

    def run(self, *words: str) -> Ran:
        """A command, as it is typed."""
        from agentlog.cli.main import main

        before, runs = self.adapters(), self.runs()
        out, err, bug, code = io.StringIO(), io.StringIO(), "", 0
        with _typed(self.root, words), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
            except Exception:  # noqa: BLE001 - whatever is not caught by the command line is a finding
                bug, code = traceback.format_exc().splitlines()[-1], 70
        begun = "--resume" in words or self.runs() != runs
        steps = self.steps() if begun and self.runs() else None
        published = self.adapters() != before
        ended = str(self.card()["training"].get("ended_because") or "") if published else ""
        return Ran(words[0], code, out.getvalue(), err.getvalue(), bug, steps, published, ended)

    def adapters(self) -> list[Path]:
        """The published adapters, oldest first."""
        return sorted((self.data / "adapters" / "coder").glob("*/card.json"))

    def card(self) -> dict[str, Any]:
        """The newest adapter's card."""
        card: dict[str, Any] = json.loads(self.adapters()[-1].read_bytes())
        return card

    def weights(self) -> bytes:
        """The newest adapter's weights, as bytes."""
        return (self.adapters()[-1].parent / "adapter_model.safetensors").read_bytes()

    def runs(self) -> list[Path]:
        """The runs, oldest first."""
        return sorted((self.data / "runs" / "coder").glob("*/config.yaml"))

    def steps(self) -> int:
        """Optimizer steps of the newest run."""
        metrics = self.runs()[-1].parent / "metrics.jsonl"
        lines = metrics.read_bytes().splitlines() if metrics.exists() else []
        return sum(b'"event":"step"' in line for line in lines)


def forked(work: Callable[[], int]) -> int:
    """Do something in a child of this process, which has imported all that is slow to import; returns its id."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        code = work()
    finally:
        os._exit(code)


@contextlib.contextmanager
def world(scratch: Path, base: Path) -> Iterator[World]:
    """A fresh world around a copy of a base; nothing of it is left."""
    root = scratch / "world"
    root.mkdir()
    shutil.copytree(base, root / "base")
    try:
        yield World(root)
    finally:
        shutil.rmtree(root)


@contextlib.contextmanager
def _typed(place: Path, words: tuple[str, ...]) -> Iterator[None]:
    """A command line in this process, which is afterwards what it was: the command believes that the process is its own."""
    said, was, environment = sys.argv, Path.cwd(), dict(os.environ)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    sys.argv = ["agentlog", *words]
    os.chdir(place)
    try:
        with warnings.catch_warnings():
            yield
    finally:
        sys.argv = said
        os.chdir(was)
        os.environ.clear()
        os.environ.update(environment)
        for number, handler in handlers.items():
            signal.signal(number, handler)
