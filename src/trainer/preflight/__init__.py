"""Preflight: everything that can be known before the weights are loaded, as a checklist that refuses what must not be trained.

    models   is this the base that is deployed, and whose answers are these
    splits   is what is held out really held out
    labels   is every label proven, and does every row fit as a whole
    room     is there disk, memory and time

Two kinds of refusal. Models and gates are a team's decision: a written reason overrules these. Splits, labels and room are nobody's.

It renders all rows, because only real tokens tell lengths and targets; the run trains on exactly these rows.
"""

from dataclasses import dataclass
from pathlib import Path

from agentlog.dataset.reader import Dataset
from agentlog.project import Project
from agentlog.schema.sample import Sample, SplitName
from trainer.base.fingerprint import Fingerprint, Scheme, fingerprint
from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.preflight.labels import (
    check_lengths,
    check_targets,
    check_template,
    check_tokenizer,
    check_vocabulary,
    context_of,
    probe,
    rendered,
    row_length,
    samples_of,
)
from trainer.preflight.models import FINGERPRINTS, check_base, check_deployed, check_gates, check_models, find
from trainer.preflight.room import check_disk
from trainer.preflight.splits import check_held_out
from trainer.render import RenderedRow, Turn, stop_tokens
from trainer.render.template import Tokenizer

__all__ = ["FINGERPRINTS", "Preflight", "context_of", "inspect", "pad_id"]


@dataclass(frozen=True, slots=True)
class Preflight:
    """What preflight found out, for the run to use: nothing is looked up or rendered twice."""

    checklist: Checklist
    base: Path
    fingerprint: Fingerprint
    tokenizer: Tokenizer
    stop_ids: list[int]
    pad_id: int
    rows: dict[SplitName, list[RenderedRow]]
    probe: Turn | None
    """An answer to generate at each check-up: the first of the validation split, or else of the training split."""

    def fingerprint_by(self, scheme: Scheme) -> Fingerprint:
        """The base's fingerprint, taken as one was that it is compared with."""
        return self.fingerprint if scheme == self.fingerprint.scheme else fingerprint(self.base, scheme=scheme)


def inspect(config: TrainConfig, project: Project, dataset: Dataset) -> Preflight:
    """Look at everything, and say what was found; refusing is left to the caller, who has the checklist to show.

    Raises:
        TrainingRefusedError: the base cannot be found, or its tokenizer cannot be loaded.
    """
    from trainer.base.model import load_tokenizer

    checklist = Checklist()
    role = project.role(config.role)
    base = find(config, role)
    prints = fingerprint(base, project.data / FINGERPRINTS)
    check_base(checklist, config, base, prints)
    check_deployed(checklist, config, project, prints)
    check_models(checklist, config, role, dataset)
    check_gates(checklist, dataset)
    check_held_out(checklist, dataset)
    tokenizer = load_tokenizer(base)
    check_tokenizer(checklist, base, tokenizer)
    stop_ids = stop_tokens(tokenizer)
    check_template(checklist, tokenizer, stop_ids)
    samples: dict[SplitName, list[Sample]] = {"train": dataset.samples("train"), "val": dataset.samples("val")}
    most = row_length(config, base) if config.overlong == "window" else None
    leave_out, context = config.untrainable == "leave_out", context_of(base)
    rows = {
        split: rendered(checklist, split, samples[split], tokenizer, stop_ids, most, context=context, leave_out=leave_out)
        for split in samples
    }
    check_lengths(checklist, config, base, rows)
    check_vocabulary(checklist, base, tokenizer, rows)
    check_targets(checklist, config, rows["train"])
    check_disk(checklist, config, project, base, samples_of(rows["train"]))
    checklist.accept(config.accept)
    first = None if checklist.refusals else probe([*rows["val"], *rows["train"]])
    return Preflight(checklist, base, prints, tokenizer, stop_ids, pad_id(stop_ids), rows, first)


def pad_id(stop_ids: list[int]) -> int:
    """An id to fill batches with. Labels and attention never see it; a stop token is one that the base surely knows."""
    return stop_ids[0] if stop_ids else 0
