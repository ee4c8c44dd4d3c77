"""Splits: is what is held out really held out. An answer that was trained and is asked for again proves nothing, only better scores."""

from agentlog.dataset.reader import Dataset
from agentlog.schema.sample import SPLITS
from trainer.checklist import Checklist


def check_held_out(checklist: Checklist, dataset: Dataset) -> None:
    """No logged answer may stand in two splits; a build puts each into one, so a dataset where one does was put together otherwise."""
    home: dict[str, str] = {}
    twice: list[tuple[str, str, str]] = []
    for split in SPLITS:
        for sample in dataset.samples(split):
            for source in sample.source_ids:
                if home.setdefault(source, split) != split:
                    twice.append((source, home[source], split))
    if twice:
        source, one, other = twice[0]
        advice = f"the first: {source} is in {one} and in {other}. Nothing that is trained may be held out: build the dataset anew"
        checklist.note("held-out answers", f"{len(twice)} of {len(home)} stand in two splits", "refuse", advice)
