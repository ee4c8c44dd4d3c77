"""Loop: a run goes on to the bit where it was stopped, keeps its best, and stops before anything bad reaches the weights."""

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from agentlog.errors import TrainingRefusedError, TrainingStoppedError
from tests.trainer.loops import EXECUTION, make_config, make_material, make_model, make_run, weights
from trainer.base.fingerprint import fingerprint
from trainer.listener import Listener
from trainer.loop.checkpoint import newest_whole
from trainer.loop.loop import train_loop
from trainer.loop.replay import dump, replay


class Heard(Listener):
    """Keeps what it hears, and does something of the test's own at a step."""

    def __init__(self, at=None, then=None):
        self.steps, self.checkups, self.warnings, self.began, self._at, self._then = [], [], [], None, at, then

    def begin(self, steps, done):
        self.began = (steps, done)

    def step(self, progress):
        self.steps.append(progress)
        if progress.step == self._at:
            self._then()

    def checkup(self, checkup):
        self.checkups.append(checkup)

    def warning(self, text):
        self.warnings.append(text)


@pytest.fixture(scope="module")
def material(base):
    return make_material(base)


@pytest.fixture(scope="module")
def config(base):
    """Eight steps; a check-up and a checkpoint at steps of their own."""
    return make_config(base, evaluate_every=2, save_every=3)


@pytest.fixture(scope="module")
def unbroken(base, material, config, tmp_path_factory):
    return a_run(make_run(tmp_path_factory.mktemp("unbroken")), base, material, config)


def a_run(run, base, material, config, heard=None, execution=EXECUTION):
    """A run from where it is to its end: its adapter and its history."""
    model = make_model(base, config)
    history = train_loop(model, material, config, execution, run, heard or Heard(), newest_whole(run))
    return weights(model), history


def killed():
    raise KeyboardInterrupt


def lines(run: Path, event: str) -> list[int]:
    found = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line["step"] for line in found if line["event"] == event]


def val_losses(history):
    return [checkup.val_loss for checkup in history.checkups]


@pytest.mark.parametrize("at", [1, 4, 8])
def test_a_run_broken_off_at_any_step_goes_on_to_the_same_bits(tmp_path, base, material, config, unbroken, at):
    """Dropout included: what is dropped in a step depends on seed and step alone."""
    run = make_run(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        a_run(run, base, material, config, Heard(at, killed))
    torch.rand(at)  # another state of the generator than the first time
    adapter, history = a_run(run, base, material, config)
    assert adapter == unbroken[0]
    assert history.losses == unbroken[1].losses
    assert val_losses(history) == val_losses(unbroken[1])
    assert (lines(run, "step"), lines(run, "checkup")) == (list(range(1, 9)), [0, 2, 4, 6, 8])
    assert config.lora.dropout > 0


def test_a_finished_run_is_taken_up_without_training_again(tmp_path, base, material, config, unbroken):
    run, heard = make_run(tmp_path), Heard()
    a_run(run, base, material, config)
    adapter, history = a_run(run, base, material, config, heard)
    assert adapter == unbroken[0]
    assert (heard.began, heard.steps, heard.checkups) == ((8, 8), [], [])
    assert (history.kept_step, history.losses) == (8, unbroken[1].losses)


def test_a_run_of_one_step_learns_in_it_however_long_the_warm_up(tmp_path, base, material):
    config = make_config(base, batch_size=50, epochs=1, warmup_ratio=0.9)
    adapter, history = a_run(make_run(tmp_path), base, material, config)
    assert len(history.losses) == 1
    assert adapter != weights(make_model(base, config))


@pytest.mark.parametrize("kept", [0, 3])
def test_a_run_whose_lines_before_the_checkpoint_are_gone_does_not_go_on(tmp_path, base, material, config, kept):
    """Guards and patience would decide otherwise, and the card would tell of fewer steps than were taken."""
    run = make_run(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        a_run(run, base, material, config, Heard(7, killed))
    file = run / "metrics.jsonl"
    told = file.read_bytes().splitlines(keepends=True)[:kept]
    file.write_bytes(b"".join(told))
    with pytest.raises(TrainingRefusedError, match=rf"tells of {max(0, kept - 1)} of the 6 steps of checkpoint-6"):
        a_run(run, base, material, config)
    assert file.read_bytes() == b"".join(told)


@pytest.mark.parametrize(("number", "at"), [(signal.SIGTERM, 5), (signal.SIGINT, 4)])
def test_a_signal_saves_first_and_the_run_goes_on_to_the_same_bits(tmp_path, base, material, config, unbroken, number, at):
    run = make_run(tmp_path)
    with pytest.raises(
        TrainingStoppedError, match=rf"{number.name} stopped run run-1 after step {at} of 8; checkpoint-{at} is whole.*--resume"
    ) as stopped:
        a_run(run, base, material, config, Heard(at, lambda: os.kill(os.getpid(), number)))
    assert stopped.value.signal == number
    heard = Heard()
    adapter, history = a_run(run, base, material, config, heard)
    assert heard.began == (8, at)
    assert adapter == unbroken[0]
    assert lines(run, "checkup") == [0, 2, 4, 6, 8], "one that was put off is made up for"
    assert val_losses(history) == val_losses(unbroken[1])


def test_older_checkpoints_go_to_the_trash_and_the_best_does_not(tmp_path, base, material, config):
    run = make_run(tmp_path)
    a_run(run, base, material, config.model_copy(update={"save_every": 1, "keep_checkpoints": 2}))
    assert {path.name for path in run.glob("checkpoint-*")} == {"checkpoint-7", "checkpoint-8"}
    assert len(list((tmp_path / "data/trash/runs/coder/run-1").glob("checkpoint-?"))) == 6


def getting_worse(monkeypatch, losses):
    """Validation losses of the test's own; all else is real."""
    from trainer.loop.monitor import Monitor

    given = iter(losses)
    monkeypatch.setattr(Monitor, "_val_loss", lambda self: next(given))


def test_without_a_better_checkup_for_long_enough_the_run_ends_and_keeps_its_best(tmp_path, base, material, monkeypatch):
    config = make_config(base, evaluate_every=1, save_every=1, patience=2, epochs=3, keep_checkpoints=1)
    at_two = {}
    run, heard = make_run(tmp_path), Heard()
    model = make_model(base, config)
    heard._at, heard._then = 2, lambda: at_two.update(weights(model))
    getting_worse(monkeypatch, [3.0, 2.5, 2.0, 2.1, 2.2])
    history = train_loop(model, material, config, EXECUTION, run, heard, None)
    assert (history.kept_step, history.ended_because) == (2, "the validation loss was not better for 2 check-ups")
    assert weights(model) == at_two
    assert {path.name for path in run.glob("checkpoint-*")} == {"checkpoint-2", "checkpoint-4"}
    # Published or not, whoever resumes it gets the same, and no step is taken.
    again, later = Heard(), make_model(base, config)
    second = train_loop(later, material, config, EXECUTION, run, again, newest_whole(run))
    assert (weights(later), second.kept_step, second.ended_because, again.steps) == (at_two, 2, history.ended_because, [])


def test_overfitting_ends_the_run_with_its_best(tmp_path, base, material, monkeypatch):
    config = make_config(base, evaluate_every=2, epochs=5)
    getting_worse(monkeypatch, [3.0, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7, 2.8, 2.9])
    _, history = a_run(make_run(tmp_path), base, material, config)
    assert history.kept_step == 2
    assert "the training loss falls and the validation loss rises" in history.ended_because


def test_a_loss_next_to_nothing_stops_the_run_by_policy(tmp_path, base, material, monkeypatch):
    monkeypatch.setattr("trainer.loop.watch._NEAR_ZERO", 100.0)
    monkeypatch.setattr("trainer.loop.watch._ZERO_STOPS", 12)
    run, heard = make_run(tmp_path), Heard()
    config = make_config(base, epochs=5)
    with pytest.raises(TrainingStoppedError, match=r"next to nothing.*guards.near_zero says stop; nothing was .*near_zero: warn"):
        a_run(run, base, material, config, heard)
    assert len(heard.steps) == 12
    assert lines(run, "warning") == [10, 12]


def test_a_validation_loss_that_is_not_finite_stops_the_run(tmp_path, base, material, config, monkeypatch):
    getting_worse(monkeypatch, [3.0, float("nan")])
    with pytest.raises(TrainingStoppedError, match="the validation loss became nan after step 2"):
        a_run(make_run(tmp_path), base, material, config)


def poisoned(base, config, token):
    """A model in which one token, and so every row that holds it, ends in no number."""
    model = make_model(base, config)
    model.get_input_embeddings().register_forward_hook(
        lambda module, inputs, output: torch.where((inputs[0] == token)[..., None], torch.nan, output)
    )
    return model


def test_a_step_that_is_not_finite_is_stopped_before_the_optimizer_and_can_be_taken_again(tmp_path, base, config, monkeypatch):
    material = make_material(base, train=7, odd="def f(a):\n    return ~a")
    [token] = material.tokenizer("~", add_special_tokens=False)["input_ids"]
    run, model, before = make_run(tmp_path), poisoned(base, config, token), {}
    heard = Heard()
    heard.step = lambda progress: before.update(weights(model))
    before.update(weights(model))
    with pytest.raises(TrainingStoppedError, match=r"the loss became nan in step \d, before any weight was changed by it.*--replay"):
        train_loop(model, material, config, EXECUTION, run, heard, None)
    assert weights(model) == before
    [folder] = (run / "stopped").iterdir()
    assert len((folder / "rows.jsonl").read_text().splitlines()) == 2
    # The base on the disk is sound, so what is broken must be broken again.
    monkeypatch.setattr("trainer.loop.replay.attach_lora", lambda *arguments: poisoned(base, config, token))
    found = replay(folder)
    assert found.now == "the loss became nan"
    assert [row.sample_id for row in found.rows if row.problem] == ["odd"]
    assert "It comes from row odd" in found.text
    monkeypatch.undo()
    assert "went well this time, though the loss became nan then" in replay(folder).text


def test_a_replay_of_what_is_no_stopped_step_is_refused(tmp_path):
    with pytest.raises(TrainingRefusedError, match="is no stopped step that can be replayed"):
        replay(tmp_path)


@pytest.fixture
def stopped_step(tmp_path, base, material, config):
    run = make_run(tmp_path)
    (run / "fingerprint.json").write_text(fingerprint(base).model_dump_json())
    dump(run, 3, material.train[:2], 7, "the loss became nan", make_model(base, config), config, EXECUTION)
    return run / "stopped" / "step-3"


def test_a_step_is_not_replayed_on_another_base_than_that_of_its_run(stopped_step, other_base, monkeypatch):
    """It would go well there, and the machine would be blamed."""
    assert replay(stopped_step).now is None
    monkeypatch.setattr("trainer.loop.replay.find_base", lambda name, allow_hub: other_base)
    with pytest.raises(TrainingRefusedError, match=r"is not what this step was taken on: weights .was "):
        replay(stopped_step)


def test_a_stopped_step_with_a_torn_adapter_is_refused(stopped_step):
    (stopped_step / "adapter_model.safetensors").write_bytes(b"{}")
    with pytest.raises(TrainingRefusedError, match="is no stopped step that can be replayed"):
        replay(stopped_step)


def test_a_run_is_trained_by_one_process_at_a_time(tmp_path, base, material, config):
    run = make_run(tmp_path)
    with (run / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(TrainingRefusedError, match="is being trained by another process"):
            a_run(run, base, material, config)


@contextmanager
def no_file_larger_than(size):
    """As on a disk without room: the system really refuses to write more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [3_000, 30_000])
def test_a_disk_that_is_full_for_a_while_costs_only_the_checkpoints_of_that_while(tmp_path, base, material, config, unbroken, size):
    """Room for metrics and no more, and room for the adapter but not for the optimizer's state, which torch writes in its own way."""
    run = make_run(tmp_path)
    with no_file_larger_than(size):
        heard = Heard(5, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, resource.getrlimit(resource.RLIMIT_FSIZE)[1:] * 2))
        adapter, history = a_run(run, base, material, config, heard)
    assert adapter == unbroken[0]
    assert {path.name for path in run.glob("checkpoint-*")} == {"checkpoint-6", "checkpoint-8"}
    assert [path for path in run.iterdir() if path.name.startswith(".staging")] == []
    assert heard.warnings == history.warnings
    assert "the checkpoint of step 3 could not be written (" in " ".join(heard.warnings)
    assert "there is none yet; the run goes on and tries again later" in " ".join(heard.warnings)
    assert lines(run, "step") == list(range(1, 9))


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "at", "left"), [("step", 5, "checkpoint-3"), ("seal", 6, "checkpoint-3")])
def test_a_process_that_is_killed_goes_on_to_the_same_bits(tmp_path, base, material, config, unbroken, moment, at, left):
    """SIGKILL, between two steps and in the middle of writing a checkpoint."""
    run = make_run(tmp_path)
    command = [sys.executable, "-m", "tests.trainer.broken_off", str(base), str(run), moment, str(at)]
    ended = subprocess.run(command, capture_output=True, check=False, cwd=Path(__file__).parents[3])
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()[-2000:]
    assert newest_whole(run).name == left
    adapter, history = a_run(run, base, material, config)
    assert adapter == unbroken[0]
    assert history.losses == unbroken[1].losses
    assert [path for path in run.iterdir() if path.name.startswith(".staging")] == []


def test_passes_that_were_halved_stay_so_when_the_run_goes_on(tmp_path, base, material, config, monkeypatch):
    from trainer.steps.step import Stepper

    seen = []
    really = Stepper._backward

    def cramped(self, rows):
        if self.batch_tokens > 200:
            raise RuntimeError("CUDA out of memory")
        seen.append(self.batch_tokens)
        return really(self, rows)

    monkeypatch.setattr(Stepper, "_backward", cramped)
    run, heard = make_run(tmp_path), Heard(4, killed)
    with pytest.raises(KeyboardInterrupt):
        a_run(run, base, material, config, heard)
    assert heard.warnings == [
        "memory ran out in step 1: passes have 256 tokens from now on, the steps are as they were",
        "memory ran out in step 1: passes have 128 tokens from now on, the steps are as they were",
    ]
    heard = Heard()
    _, history = a_run(run, base, material, config, heard)
    assert heard.warnings == []
    assert set(seen) == {128}
    assert len(history.warnings) == 2, "the card still has them"
    assert history.halved == {1: 128}


def cramped_from(monkeypatch, step, most):
    """A machine with too little memory for larger passes from some step on."""
    from trainer.steps.step import Stepper

    really, taken = Stepper._backward, []

    def backward(self, rows):
        taken.append(self.batch_tokens)
        if len(taken) >= step and self.batch_tokens > most:
            torch.rand(5)  # what a pass draws before memory runs out
            raise RuntimeError("not enough memory")
        return really(self, rows)

    monkeypatch.setattr(Stepper, "_backward", backward)


def test_a_run_whose_passes_were_halved_can_be_done_again_to_the_same_bits(tmp_path, base, material, config, monkeypatch):
    """Where memory ran out is known, so that on a larger machine each step has the passes that it had then."""
    cramped_from(monkeypatch, 3, 100)
    adapter, history = a_run(make_run(tmp_path, "cramped"), base, material, config)
    monkeypatch.undo()
    assert history.halved == {3: 64}
    as_then = EXECUTION.model_copy(update={"halved": history.halved})
    assert (as_then.tokens_at(2), as_then.tokens_at(3), as_then.least_tokens) == (512, 64, 64)
    again, second = a_run(make_run(tmp_path, "again"), base, material, config, execution=as_then)
    assert again == adapter
    assert second.losses == history.losses


def test_a_signal_does_not_wait_for_the_end_of_a_sample_generation(tmp_path, base, material, config, unbroken, monkeypatch):
    """The answer that was cut off counts for nothing, and the resumed run gives it whole."""
    from trainer.evaluation.generate import Generator

    really, made = Generator.answers, []

    def interrupted(self, model, prompts, most, stop=lambda: False):
        if len(made) == 1:
            os.kill(os.getpid(), signal.SIGTERM)
        made.append(really(self, model, prompts, most, stop)[0].tokens)
        return really(self, model, prompts, most)

    monkeypatch.setattr(Generator, "answers", interrupted)
    run = make_run(tmp_path)
    with pytest.raises(TrainingStoppedError, match="after step 2 of 8; checkpoint-2 is whole"):
        a_run(run, base, material, config)
    assert made[1] == 1
    assert lines(run, "checkup") == [0]
    monkeypatch.undo()
    adapter, history = a_run(run, base, material, config)
    assert adapter == unbroken[0]
    assert [checkup.answer for checkup in history.checkups] == [checkup.answer for checkup in unbroken[1].checkups]
