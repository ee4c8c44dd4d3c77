"""The outlook: what was chosen, what watches over a run, and what an adapter will not do, in words a person can use."""

import pytest

from trainer.checklist import Checklist
from trainer.config import GuardConfig, TrainConfig
from trainer.machine.execution import Execution
from trainer.outlook import note_execution, note_promises

HOW = Execution(
    device="cpu (a name)",
    dtype="float32",
    threads=1,
    layout="padded",
    head="targets",
    batch_tokens=4096,
    gradient_checkpointing=False,
    reasons={"layout": "the model has a sliding window"},
)


def told(fill) -> dict[str, str]:
    checklist = Checklist()
    fill(checklist)
    assert not checklist.refusals
    return {item.name: item.value for item in checklist.items}


def config(**settings) -> TrainConfig:
    return TrainConfig(role="coder", base_model="m", **settings)


def test_each_choice_is_told_with_its_reason():
    said = told(lambda checklist: note_execution(checklist, HOW))
    assert said["layout of rows"] == "padded: the model has a sliding window"
    assert said["tokens of a pass"] == "4,096"
    assert said["threads"] == "1"
    assert "4-bit base" not in said
    assert "gradient checkpointing" not in said, "nobody asked, and nothing was decided"


@pytest.mark.parametrize(("value", "word"), [(True, "on"), (False, "off")])
def test_gradient_checkpointing_is_on_or_off(value, word):
    how = HOW.model_copy(update={"gradient_checkpointing": value, "quantized": "nf4", "reasons": {"gradient_checkpointing": "asked for"}})
    said = told(lambda checklist: note_execution(checklist, how))
    assert said["gradient checkpointing"] == f"{word}: asked for"
    assert said["4-bit base"] == "nf4"


def test_every_field_of_an_execution_that_says_how_is_told():
    names = [item for item in Execution.model_fields if item not in ("reasons", "halved")]
    full = HOW.model_copy(update={"quantized": "nf4", "gradient_checkpointing": True})
    assert len(told(lambda checklist: note_execution(checklist, full))) == len(names)


def test_guards_are_told_by_what_they_do():
    said = told(lambda checklist: note_promises(checklist, config(guards=GuardConfig(spikes="off", answers="stop")), val_rows=3))["guards"]
    assert said.startswith("a loss or gradient that is not finite stops the run")
    assert "warn, then stop: a loss next to nothing, overfitting, empty or endless answers" in said
    assert "only warn: no learning" in said
    assert "not looked at: leaps of the loss" in said


def test_which_adapter_is_kept_is_told():
    assert "ends after 2 check-ups" in told(lambda checklist: note_promises(checklist, config(patience=2), val_rows=3))["kept adapter"]
    without = Checklist()
    note_promises(without, config(), val_rows=0)
    assert any("no validation split" in warning for warning in without.warnings)
