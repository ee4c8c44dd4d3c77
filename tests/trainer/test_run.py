"""A training as a whole: what it leaves behind, what stops it, and how it goes on."""

import errno
import fcntl
import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import MistralConfig, MistralForCausalLM

from agentlog.errors import DatasetError, MissingExtraError, TrainingRefusedError, TrainingStoppedError
from tests.trainer.tiny import make_base, make_dataset, make_project, make_sample
from trainer import Listener, TrainConfig, Vault, rehearse, train
from trainer.base.fingerprint import fingerprint
from trainer.base.model import load_base, read_adapter
from trainer.listener import Checkup, Progress
from trainer.loop import reports
from trainer.loop.checkpoint import newest_whole

QUICK = {"batch_size": 4, "accumulation": 1, "epochs": 2, "learning_rate": 1e-2, "sample_tokens": 4, "dtype": "float32"}


class Heard(Listener):
    """Keeps what it hears, and may raise at a step as a person's Ctrl-C would."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.steps: list[Progress] = []
        self.checkups: list[Checkup] = []
        self.warnings: list[str] = []
        self.checklists = []
        self.began: tuple[int, int] | None = None
        self._stop_at = stop_at

    def checklist(self, checklist):
        self.checklists.append(checklist)

    def begin(self, steps, done):
        self.began = (steps, done)

    def step(self, progress):
        self.steps.append(progress)
        if progress.step == self._stop_at:
            raise KeyboardInterrupt

    def checkup(self, checkup):
        self.checkups.append(checkup)

    def warning(self, text):
        self.warnings.append(text)


@pytest.fixture
def project(tmp_path, base):
    made = make_project(tmp_path, str(base))
    make_dataset(made.data)
    return made


@pytest.fixture
def config(base):
    return TrainConfig(role="coder", base_model=str(base), **QUICK)


def test_a_run_leaves_an_adapter_with_its_whole_provenance(trained, base):
    card = trained.result.adapter.card
    assert card.id == trained.result.run.name
    assert card.training.steps == 12
    assert card.training.val_loss_after < card.training.val_loss_before
    assert (card.dataset.build_id, card.dataset.models, card.dataset.rows) == ("build-1", {"tiny": 28}, 8)
    assert card.base.name == str(base)
    assert card.config == trained.config.model_copy(update={"dataset": "build-1"})
    assert set(card.files) == {"README.md", "adapter_config.json", "adapter_model.safetensors"}
    assert Vault(trained.project.data).verify(trained.result.adapter) == []
    assert json.loads((trained.result.adapter.folder / "adapter_config.json").read_text())["base_model_name_or_path"] == str(base)


def test_a_run_folder_tells_the_run(trained):
    run = trained.result.run
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if line["event"] == "step"] == list(range(1, 13))
    assert [line["step"] for line in lines if line["event"] == "checkup"] == [0, 2, 4, 6, 8, 10, 12]
    assert TrainConfig.from_yaml(run / "config.yaml").dataset == "build-1"
    assert {item["name"] for item in json.loads((run / "checklist.json").read_text())["items"]} >= {
        "base",
        "predicted steps",
        "predicted time",
    }
    assert newest_whole(run).name == "checkpoint-12"


def test_a_run_says_before_its_first_step_how_it_will_be_carried_out_and_keeps_to_it(trained):
    result = trained.result
    said = {item.name: item.value for item in result.checklist.items}
    assert "%) in 8 rows, per epoch" in said["target tokens"]
    assert said["device"].startswith("cpu")
    assert said["layout of rows"].startswith("flat: proven")
    assert "a loss or gradient that is not finite stops the run" in said["guards"]
    assert "neither faster nor slower" in said["speed of inference"]
    execution = json.loads((result.run / "execution.json").read_text())
    assert execution == result.adapter.card.execution.model_dump(mode="json")
    assert json.loads((result.run / "fingerprint.json").read_text()) == result.adapter.card.base.fingerprint.model_dump(mode="json")
    assert json.loads((result.run / "dataset.json").read_text())["rows_digest"] == result.adapter.card.dataset.rows_digest


def test_the_card_says_what_was_kept_why_it_ended_and_how_fast_it_was(trained):
    card = trained.result.adapter.card
    best = min((checkup for checkup in checkups(trained.result.run) if checkup["step"]), key=lambda checkup: checkup["val_loss"])
    assert card.training.kept_step in range(1, 13)
    assert best["val_loss"] <= card.training.val_loss_after
    assert card.training.ended_because
    assert card.training.targets_per_second > 0
    assert card.certificate.probes
    assert trained.result.plot == trained.result.run / "loss.svg"
    assert f"kept: step {card.training.kept_step}" in trained.result.plot.read_text()


def checkups(run: Path) -> list[dict]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == "checkup"]


def test_a_rehearsal_does_everything_but_the_steps_and_begins_nothing(project, config):
    heard = Heard()
    rehearsal = rehearse(config, project=project, listener=heard)
    assert {item.name for item in heard.checklists[0].items} >= {"predicted time", "layout of rows", "tokens of a pass", "guards"}
    assert (heard.began, heard.steps) == (None, [])
    assert not (project.data / "runs").exists()
    assert not (project.data / "adapters").exists()
    assert rehearsal.config.dataset == "build-1"
    result = train(config, project=project)
    assert result.adapter.card.dataset == rehearsal.dataset
    told = {"reasons", "batch_tokens"}  # how much memory is free differs from one moment to the next
    assert result.adapter.card.execution.model_dump(exclude=told) == rehearsal.execution.model_dump(exclude=told)


def test_a_rehearsal_refuses_what_a_training_would(project, config, other_base):
    with pytest.raises(TrainingRefusedError, match="deployed model"):
        rehearse(config.model_copy(update={"base_model": str(other_base)}), project=project)


def test_only_the_adapter_is_trained_and_it_really_acts(trained, base):
    """The base's own weights come out as they went in, and the adapter changes what the model says."""
    model = read_adapter(load_base(base, "float32"), trained.result.adapter.folder)
    original = load_base(base, "float32").state_dict()
    for name, tensor in model.get_base_model().state_dict().items():
        if "lora" not in name:
            assert torch.equal(tensor, original[name.replace(".base_layer", "")])
    ids = torch.arange(20)[None]
    with torch.no_grad(), model.disable_adapter():
        without = model(ids).logits
    with torch.no_grad():
        assert not torch.allclose(model(ids).logits, without, atol=1e-3)


def test_the_listener_hears_everything_in_order(project, config):
    heard = Heard()
    train(config, project=project, listener=heard)
    assert len(heard.checklists) == 1
    assert heard.began == (4, 0)
    assert [progress.step for progress in heard.steps] == [1, 2, 3, 4]
    assert [checkup.step for checkup in heard.checkups] == [0, 2, 4]
    assert heard.checkups[0].reference.startswith("def ")


def test_a_second_run_is_another_adapter(project, config):
    one, two = train(config, project=project), train(config, project=project)
    assert one.adapter.folder != two.adapter.folder
    assert [adapter.card.id for adapter in Vault(project.data).list()] == [one.adapter.card.id, two.adapter.card.id]
    same = [(result.adapter.folder / "adapter_model.safetensors").read_bytes() for result in (one, two)]
    assert same[0] == same[1], "the same seed on the same data gives the same adapter"


def test_the_llama_architecture_trains_as_well(tmp_path):
    base = make_base(tmp_path / "llama", "llama")
    project = make_project(tmp_path, str(base))
    make_dataset(project.data, val=0)
    result = train(TrainConfig(role="coder", base_model=str(base), **QUICK), project=project)
    assert result.adapter.card.training.val_loss_after is None
    assert result.adapter.card.training.last_loss < result.adapter.card.training.first_loss


def test_bfloat16_is_trained_on_request(project, config):
    result = train(config.model_copy(update={"dtype": "bfloat16"}), project=project)
    assert result.adapter.card.training.last_loss < result.adapter.card.training.first_loss


def test_a_refused_run_leaves_nothing_behind_but_its_checklist(project, config, other_base):
    heard = Heard()
    with pytest.raises(TrainingRefusedError, match="deployed model"):
        train(config.model_copy(update={"base_model": str(other_base)}), project=project, listener=heard)
    assert heard.checklists[0].refusals
    assert not (project.data / "runs").exists()
    assert Vault(project.data).list() == []


def test_an_accepted_mismatch_stands_on_the_card(project, config, other_base):
    changed = config.model_copy(update={"base_model": str(other_base), "accept": "the served model is being replaced"})
    card = train(changed, project=project).adapter.card
    assert [(accepted.item, accepted.reason) for accepted in card.accepted] == [("deployed model", "the served model is being replaced")]


def test_a_role_without_dataset_is_refused(project, base):
    with pytest.raises(DatasetError, match="no dataset for role tester"):
        train(TrainConfig(role="tester", base_model=str(base)), project=project)


def test_target_modules_that_do_not_exist_are_refused_with_those_that_do(project, config):
    wrong = TrainConfig.model_validate({**config.model_dump(), "lora": {"target_modules": ["q_proj", "query"]}})
    with pytest.raises(TrainingRefusedError, match=r"no module query for LoRA; it has .*down_proj.*q_proj"):
        train(wrong, project=project)


def broken_base(folder: Path, base: Path, value: float) -> Path:
    shutil.copytree(base, folder)
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"][0] = value
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_base_whose_weights_are_not_finite_is_refused_before_any_step(tmp_path, base, value):
    broken = broken_base(tmp_path / "broken", base, value)
    project = make_project(tmp_path, str(broken))
    make_dataset(project.data)
    heard = Heard()
    with pytest.raises(TrainingRefusedError, match=r"has NaN or infinity in model\.norm\.weight"):
        train(TrainConfig(role="coder", base_model=str(broken), **QUICK), project=project, listener=heard)
    assert heard.steps == []
    assert len(heard.checklists) == 1, "what had been found until then is heard of"
    assert not (project.data / "runs").exists()
    assert Vault(project.data).list() == []


def test_a_stopped_run_goes_on_to_the_very_adapter_of_an_unbroken_one(project, config):
    unbroken = train(config, project=project)
    with pytest.raises(KeyboardInterrupt):
        train(config, project=project, listener=Heard(stop_at=3))
    assert len(Vault(project.data).list()) == 1
    heard = Heard()
    resumed = train(config, project=project, listener=heard, resume=True)
    assert heard.began == (4, 2)
    assert [progress.step for progress in heard.steps] == [3, 4]
    assert resumed.adapter.card.training.steps == 4
    assert resumed.adapter.card.training.resumed
    weights = [(result.adapter.folder / "adapter_model.safetensors").read_bytes() for result in (unbroken, resumed)]
    assert weights[0] == weights[1]
    metrics = [line for line in (resumed.run / "metrics.jsonl").read_text().splitlines() if '"event":"step"' in line]
    assert [json.loads(line)["step"] for line in metrics] == [1, 2, 3, 4]


def test_a_run_stopped_before_its_first_checkpoint_begins_again(project, config):
    with pytest.raises(KeyboardInterrupt):
        train(config, project=project, listener=Heard(stop_at=1))
    resumed = train(TrainConfig(role="coder", base_model=config.base_model), project=project, resume=True)
    assert resumed.adapter.card.config.epochs == 2, "what is not said again is as it was begun"
    assert resumed.adapter.card.training.steps == 4


def test_resuming_otherwise_than_begun_is_refused(project, config):
    with pytest.raises(KeyboardInterrupt):
        train(config, project=project, listener=Heard(stop_at=1))
    with pytest.raises(TrainingRefusedError, match="epochs was 2, not 5"):
        train(config.model_copy(update={"epochs": 5}), project=project, resume=True)


@pytest.fixture
def stopped(project, config):
    with pytest.raises(KeyboardInterrupt):
        train(config, project=project, listener=Heard(stop_at=3))
    (run,) = (project.data / "runs" / "coder").iterdir()
    return run


def test_a_run_goes_on_with_no_other_base_than_it_began_with(project, config, stopped, base, other_base, tmp_path):
    """The folder of the base has other weights by now; both digests are shown."""
    moved = Path(shutil.copytree(base, tmp_path / "moved"))
    text = (stopped / "config.yaml").read_text()
    (stopped / "config.yaml").write_text(text.replace(str(base), str(moved)))
    shutil.copy(other_base / "model.safetensors", moved / "model.safetensors")
    with pytest.raises(TrainingRefusedError, match=r"the base is another: weights \(was \w{12}, is \w{12}\)"):
        train(TrainConfig(role="coder", base_model=str(moved)), project=project, resume=True)


def test_a_run_goes_on_with_no_other_rows_than_it_began_with(project, config, stopped):
    folder = project.data / "datasets" / "coder" / "build-1"
    shutil.rmtree(folder)
    make_dataset(project.data, train=[make_sample(number) for number in range(1, 9)])
    with pytest.raises(TrainingRefusedError, match=r"the split train was \w{12}, and is \w{12}"):
        train(config, project=project, resume=True)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("execution.json", lambda file: file.unlink(), "has no execution.json, so it was begun by an older agentlog"),
        ("execution.json", lambda file: file.write_text("{"), "its execution.json is damaged"),
        ("dataset.json", lambda file: file.unlink(), "has no dataset.json"),
    ],
)
def test_a_run_that_does_not_say_how_it_began_cannot_go_on(project, config, stopped, name, change, words):
    change(stopped / name)
    with pytest.raises(TrainingRefusedError, match=words):
        train(config, project=project, resume=True)


def test_a_run_goes_on_as_it_was_carried_out_before(project, config, stopped):
    """What memory or speed would suggest by now makes no difference to a run that has begun."""
    said = json.loads((stopped / "execution.json").read_text())
    (stopped / "execution.json").write_text(json.dumps({**said, "layout": "padded", "head": "model"}))
    assert train(config, project=project, resume=True).adapter.card.execution.layout == "padded"


def test_a_second_process_that_goes_on_with_a_run_is_refused_before_it_looks_at_anything(project, config, stopped):
    heard = Heard()
    with (stopped / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(TrainingRefusedError, match="is being trained by another process"):
            train(config, project=project, listener=heard, resume=True)
    assert heard.checklists == []


def test_an_adapter_that_could_not_be_published_is_published_by_a_resume_that_trains_nothing(project, config, monkeypatch):
    really, full = Vault.publish, OSError(errno.ENOSPC, "No space left on device")

    def no_room(self, card, fill):
        def until_full(folder):
            fill(folder)
            raise full

        return really(self, card, until_full)

    monkeypatch.setattr(Vault, "publish", no_room)
    words = r"could not be published \(No space left on device\): checkpoint-4 is whole, so nothing is trained again.*--resume"
    with pytest.raises(TrainingStoppedError, match=words):
        train(config, project=project)
    assert Vault(project.data).list() == []
    monkeypatch.undo()
    heard = Heard()
    result = train(config, project=project, listener=heard, resume=True)
    assert (heard.began, heard.steps) == ((4, 4), [])
    assert result.adapter.card.training.steps == 4
    weights = [(made.adapter.folder / "adapter_model.safetensors").read_bytes() for made in (result, train(config, project=project))]
    assert weights[0] == weights[1]


def test_what_a_run_is_to_report_to_must_be_there_before_anything_is_begun(project, config, monkeypatch):
    monkeypatch.setattr(reports, "_MODULES", {"wandb": ("a_module_that_nobody_has",)})
    wanted = config.model_copy(update={"report_to": ("wandb",)})
    for begin in (train, rehearse):
        with pytest.raises(MissingExtraError, match="pip install wandb, or leave it out of report_to"):
            begin(wanted, project=project)
    assert not (project.data / "runs").exists()


def test_a_run_of_an_older_version_knows_its_base_by_the_digests_of_then(project, config, stopped, base):
    (stopped / "fingerprint.json").write_text(fingerprint(base, scheme="files").model_dump_json())
    assert train(config, project=project, resume=True).adapter.card.base.fingerprint.scheme == "tensors"


def test_nothing_to_resume_is_said(project, config):
    with pytest.raises(TrainingRefusedError, match="no unfinished run to resume"):
        train(config, project=project, resume=True)


def test_a_run_opens_no_socket(project, config, monkeypatch):
    """Not one, whatever the libraries would like to look up."""
    import socket

    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    train(config, project=project)


def test_a_held_out_row_that_is_longer_than_a_window_is_thought_of_before_the_first_step(tmp_path):
    """The training rows all fit into the window; laid out flat, the first check-up would fail."""
    base = make_base(tmp_path / "base")
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2}
    size = json.loads((base / "config.json").read_text())["vocab_size"]
    windowed = MistralConfig(vocab_size=size, **shape, max_position_embeddings=256, sliding_window=60, eos_token_id=2, bos_token_id=None)
    MistralForCausalLM(windowed).save_pretrained(base)
    project = make_project(tmp_path, str(base))
    whole = [make_sample(number) for number in range(4)]
    short = [row.model_copy(update={"messages": row.messages[:2], "trained": (1,), "source_ids": row.source_ids[:1]}) for row in whole]
    make_dataset(project.data, train=short)
    result = train(TrainConfig(role="coder", base_model=str(base), **{**QUICK, "epochs": 1}), project=project)
    assert result.adapter.card.execution.reasons["layout"] == "sliding_window is 60 tokens, and the longest row has 65"
    assert result.adapter.card.training.val_loss_after is not None
