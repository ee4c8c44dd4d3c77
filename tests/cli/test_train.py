"""agentlog train, evaluate and adapters as a person uses them: what is printed, what is refused, what a kill leaves behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from agentlog.cli.main import main
from tests.trainer.tiny import make_base, make_dataset
from trainer import Vault

QUICK = {"batch_size": 2, "accumulation": 1, "learning_rate": 0.01, "sample_tokens": 4}


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return make_base(tmp_path_factory.mktemp("models") / "tiny")


def make_place(folder: Path, base: Path, deployed: str | None) -> Path:
    """A project folder as a team has it: agentlog.yaml, a training configuration, a dataset."""
    said = {
        "roles": {"coder": {"deployed_model": deployed, "deployed_as": ["tiny"]}},
        "train": {"config": "lora.yaml"},
    }
    (folder / "agentlog.yaml").write_text(yaml.safe_dump(said))
    (folder / "lora.yaml").write_text(yaml.safe_dump(QUICK))
    make_dataset(folder / "agentlog-data", test=8)
    return folder


@pytest.fixture
def place(tmp_path, base, monkeypatch) -> Path:
    monkeypatch.chdir(make_place(tmp_path, base, str(base)))
    monkeypatch.delenv("AGENTLOG_DIR", raising=False)
    return tmp_path


@pytest.fixture
def agentlog(monkeypatch, capsys):
    """Runs the command line in this process: its exit code, and what it said on either stream."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["agentlog", *map(str, words)])
        capsys.readouterr()
        before = signal.getsignal(signal.SIGTERM)
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        finally:
            signal.signal(signal.SIGTERM, before)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_from_training_to_a_verdict(place, base, agentlog):
    """The whole way of a person: train, see where it is, evaluate, list, verify, pin."""
    code, out, _ = agentlog("train", "--role", "coder", "--base-model", base, "--epochs", 3)
    assert code == 0
    for words in (
        "Checklist",
        "predicted steps",
        "predicted time",
        "step 12: validation loss",
        "kept: the adapter of step",
        "target tokens a second",
        "loss plot: ",
        "answered",
        "agentlog evaluate --role coder",
    ):
        assert words in out
    (adapter,) = Vault(place / "agentlog-data").list()
    assert adapter.card.config.learning_rate == 0.01, "the configuration that agentlog.yaml names counts"
    assert adapter.card.id in out

    code, out, _ = agentlog("evaluate", "--role", "coder", "--max-new-tokens", 8)
    assert code == 0
    for words in ("target loss", "exact match", "token F1", "95% interval", "implement", "fix", "tokens per second", "held-out answers."):
        assert words in out
    assert len(adapter.evaluations()) == 1

    code, out, _ = agentlog("adapters", "list", "--json")
    assert [found["id"] for found in json.loads(out)] == [adapter.card.id]
    code, out, _ = agentlog("adapters", "show", adapter.card.id)
    assert "Deployed model of the role" in out
    assert "evaluated" in out
    assert agentlog("adapters", "verify")[0] == 0
    assert agentlog("adapters", "pin", adapter.card.id, "--reason", "in production")[0] == 0
    assert "yes" in agentlog("adapters", "list")[1]
    assert json.loads(agentlog("adapters", "pin", adapter.card.id, "--json")[1]) == {"adapter": adapter.card.id, "pinned": True}

    (adapter.folder / "adapter_model.safetensors").write_bytes(b"")
    code, _, err = agentlog("adapters", "verify")
    assert code == 1
    assert "is not what was published" in err


def test_with_json_each_command_prints_one_value(place, base, agentlog):
    code, out, _ = agentlog("train", "--role", "coder", "--base-model", base, "--epochs", 1, "--json")
    assert code == 0
    card = json.loads(out)["card"]
    code, out, _ = agentlog("evaluate", "--role", "coder", "--limit", 3, "--max-new-tokens", 4, "--json")
    result = json.loads(out)
    assert (code, result["adapter"], len(result["results"])) == (0, card["id"], 3)
    assert result["verdict"]["word"] == "no difference", "three answers prove nothing"


def test_without_a_base_there_is_no_default_and_the_deployed_model_is_named(place, base, agentlog):
    code, out, err = agentlog("train", "--role", "coder")
    assert code == 1
    assert out == ""
    assert "there is no default" in err
    assert f"--base-model {base}" in err
    assert "names no deployed model for role tester" in agentlog("train", "--role", "tester")[2]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--base-model", "nowhere/base"], "base model nowhere/base not found"),
        (["--base-model", "{base}", "--max-length", "20"], "would fit every row"),
        (["--base-model", "{base}", "--dataset", "build-9"], "no dataset build-9 for role coder"),
        (["--base-model", "{base}", "--resume"], "no unfinished run to resume"),
        (["--base-model", "{base}", "--epochs", "0"], "epochs"),
        (["--base-model", "{base}", "--config", "none.yaml"], "none.yaml cannot be read"),
    ],
)
def test_a_refusal_is_one_line_that_says_what_to_do(place, base, agentlog, options, words):
    code, _, err = agentlog("train", "--role", "coder", *(option.format(base=base) for option in options))
    assert code == 1
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert not (place / "agentlog-data" / "adapters").exists()


def test_a_refusal_shows_the_checklist_first(tmp_path, base, monkeypatch, agentlog):
    monkeypatch.chdir(make_place(tmp_path, base, "team/served-elsewhere"))
    code, out, err = agentlog("train", "--role", "coder", "--base-model", base)
    assert code == 1
    assert "✗" in out
    assert "team/served-elsewhere" in err
    assert str(base) in err
    code, out, err = agentlog("train", "--role", "coder", "--base-model", base, "--epochs", 1, "--accept", "a trial")
    assert code == 0
    assert "accepted: deployed model" in out
    assert "a trial" in out


def test_a_refusal_names_the_failing_points_only_and_the_way_out_stands_in_the_checklist(tmp_path, base, monkeypatch, agentlog):
    monkeypatch.chdir(make_place(tmp_path, base, "team/served-elsewhere"))
    code, out, err = agentlog("train", "--role", "coder", "--base-model", base, "--max-length", 20)
    assert code == 1
    assert "not trained, for 2 reasons. deployed model: team/served-elsewhere" in err
    assert "What to do about each stands in the checklist" in err
    assert "predicted steps" not in err
    assert "--accept REASON" not in err
    assert "→" in out
    assert "--accept REASON" in out


def test_a_dry_run_says_everything_and_begins_nothing(place, base, agentlog):
    code, out, _ = agentlog("train", "--role", "coder", "--base-model", base, "--dry-run")
    assert code == 0
    for words in (
        "Checklist",
        "predicted time",
        "layout of rows",
        "guards",
        "dry run: nothing was trained",
        "to train: agentlog train --role coder",
    ):
        assert words in out
    assert sorted(path.name for path in (place / "agentlog-data").iterdir()) == ["datasets", "fingerprints.json"]
    code, out, _ = agentlog("train", "--role", "coder", "--base-model", base, "--dry-run", "--dtype", "float32", "--json")
    said = json.loads(out)
    assert (code, said["execution"]["dtype"], said["config"]["dataset"]) == (0, "float32", "build-1")
    assert said["checklist"]["items"]


def test_a_dry_run_refuses_what_a_training_would(place, base, agentlog):
    code, out, err = agentlog("train", "--role", "coder", "--base-model", base, "--dry-run", "--max-length", 20)
    assert code == 1
    assert "✗" in out
    assert "longer than 20 tokens" in err
    assert "opposite things" in agentlog("train", "--role", "coder", "--base-model", base, "--dry-run", "--resume")[2]


def test_settings_of_this_machine_reach_the_run(place, base, agentlog):
    options = [
        "--batch-tokens",
        128,
        "--dtype",
        "float32",
        "--gradient-checkpointing",
        "on",
        "--threads",
        1,
        "--patience",
        9,
        "--overlong",
        "window",
    ]
    code, out, _ = agentlog("train", "--role", "coder", "--base-model", base, "--dry-run", "--json", *options)
    said = json.loads(out)
    assert code == 0
    assert said["execution"] | {"batch_tokens": 128, "gradient_checkpointing": True, "threads": 1} == said["execution"]
    assert (said["config"]["patience"], said["config"]["overlong"]) == (9, "window")


@pytest.mark.parametrize("option", [["--dtype", "float16"], ["--quantize", "int3"], ["--overlong", "cut"], ["--report-to", "paper"]])
def test_a_setting_that_does_not_exist_is_refused_with_those_that_do(place, base, agentlog, option):
    code, _, err = agentlog("train", "--role", "coder", "--base-model", base, *option)
    assert code == 1
    assert option[0].removeprefix("--").replace("-", "_") in err
    assert "Input should be" in err


def test_without_a_role_the_usage_is_said(place, agentlog):
    code, _, err = agentlog("train")
    assert code == 2
    assert "--role" in err


def test_an_adapter_is_trained_again_and_compared(place, base, agentlog):
    assert agentlog("train", "--role", "coder", "--base-model", base, "--epochs", 1, "--dtype", "float32")[0] == 0
    (adapter,) = Vault(place / "agentlog-data").list()
    code, out, _ = agentlog("reproduce", adapter.card.id, "--role", "coder")
    assert code == 0
    assert f"identical: {adapter.card.files['adapter_model.safetensors']}" in out
    assert "nothing was published" in out
    card = adapter.folder / "card.json"
    card.write_text(card.read_text().replace('"learning_rate": 0.01', '"learning_rate": 0.02'))
    code, out, err = agentlog("reproduce", adapter.card.id, "--json")
    assert code == 1
    assert json.loads(out)["identical"] is False
    assert f"adapter {adapter.card.id} did not come out the same" in err
    assert "tensors differ" in err
    assert len(Vault(place / "agentlog-data").list()) == 1


def test_a_folder_that_is_no_stopped_step_cannot_be_replayed(place, agentlog):
    code, _, err = agentlog("train", "--replay", place)
    assert code == 1
    assert "no stopped step" in err


@pytest.mark.parametrize("width", [80, 120])
def test_the_checklist_can_be_read_at_any_width(place, base, agentlog, monkeypatch, width):
    from agentlog.cli import output, training_screen
    from trainer.checklist import Checklist

    console = output.Console(width=width, highlight=False)
    monkeypatch.setattr(training_screen, "out", console)
    checklist = Checklist()
    checklist.note("rows that would be cut", "3 of 7 rows are longer than 20 tokens", "refuse", "a very long way out " * 20)
    with console.capture() as captured:
        training_screen.say_checklist(checklist)
    lines = captured.get().splitlines()
    assert all(len(line.rstrip()) <= width for line in lines)
    assert lines[1].startswith("✗  rows that would be cut  3 of 7 rows are longer than 20 tokens")
    assert lines[2].strip().startswith("→ a very long way out")


def test_evaluating_without_an_adapter_is_refused(place, agentlog):
    code, _, err = agentlog("evaluate", "--role", "coder")
    assert code == 1
    assert "no adapter of role coder" in err


@pytest.mark.slow
def test_a_killed_training_lists_nothing_and_goes_on_with_resume(place, base):
    """A real process, ended by a real SIGTERM in the middle of its training."""
    command = [sys.executable, "-m", "agentlog.cli.main", "train", "--role", "coder", "--base-model", str(base), "--epochs", "16"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("step 12:"):
                break
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    last = err.strip().splitlines()[-1]
    assert f"go on with: agentlog train --role coder --base-model {base} --epochs 16 --resume" in last
    vault = Vault(place / "agentlog-data")
    assert vault.list() == []
    assert vault.damaged() == []

    done = subprocess.run([*command, "--resume"], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert "going on after step" in done.stdout
    (adapter,) = vault.list()
    assert adapter.card.training.steps == 64
    assert [run.name for run in (place / "agentlog-data" / "runs" / "coder").iterdir()] == [adapter.card.id]
