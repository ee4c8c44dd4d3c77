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


def test_evaluating_without_an_adapter_is_refused(place, agentlog):
    code, _, err = agentlog("evaluate", "--role", "coder")
    assert code == 1
    assert "no adapter of role coder" in err


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
    assert process.returncode == 1
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
