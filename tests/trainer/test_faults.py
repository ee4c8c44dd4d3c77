"""Faults: of those that `benchmarks.train.faults` injects, the quick ones, through the real commands; the benchmark plays them all."""

import pytest

from benchmarks.train.cases import CONTROLS, FAULTS
from benchmarks.train.cases.case import Case
from benchmarks.train.cases.world import World, world

QUICK = (
    "another base under the deployed model's own folder name",
    "no deployed model named",
    "edited chat template",
    "vocabulary resized in the configuration, not in the weights",
    "a tensor of the weights missing",
    "torn weights file",
    "4-bit base",
    "GGUF file as base",
    "adapter folder as base",
    "NaN in the embedding of a token that no row uses",
    "wrong EOS: another stop token than the template prints",
    "chat template that drops tool calls",
    "chat template that drops reasoning",
    "truncated targets: rows longer than --max-length",
    "an answer that fits into no window",
    "answers of a model nobody named",
    "an empty reason to accept",
    "last row torn off",
    "dataset of another role put in place",
    "a weight that is no number",
    "a held-out row in the training split",
    "served with reasoning stripped",
    "served with a BOS that training did not have",
)
BY_NAME = {case.name: case for case in [*FAULTS, *CONTROLS]}


@pytest.fixture
def place(tmp_path, base):
    with world(tmp_path, base) as made:
        yield made


@pytest.mark.parametrize("name", QUICK)
def test_a_fault_is_refused_with_one_line_and_nothing_is_published(place: World, name: str) -> None:
    case = BY_NAME[name]
    ran = case.story(place)
    assert case.wrong_with(ran) == "", ran.err


@pytest.mark.parametrize(
    "name",
    ["tools and calls of them", "pad equal to eos: the same adapter, bit by bit", "a server that renders as training does, of each kind"],
)
def test_a_good_training_is_not_refused(place: World, name: str) -> None:
    ran = BY_NAME[name].story(place)
    assert (ran.code, ran.bug) == (0, ""), ran.err


def test_a_fault_that_passes_is_seen(place: World) -> None:
    """The measure itself: a good training in a fault's place is no met fault, nor is a refusal for another reason."""
    place.settings["epochs"] = 1
    assert Case("nothing is wrong", "anything", World.train).wrong_with(place.train()) == "it passed"
    refused = place.train("--max-length", "40")
    assert Case("another fault", "gates failed", World.train).wrong_with(refused) == "another reason than /gates failed/"
