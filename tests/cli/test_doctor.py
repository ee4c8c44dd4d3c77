"""agentlog doctor as a person uses it: what is sound, what is broken, and whether a server renders what was trained."""

import json
import os
import shutil
import signal
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from agentlog import __version__
from agentlog.cli import installation
from agentlog.cli.main import main
from tests.trainer.served import Model, serving
from tests.trainer.tiny import make_base, make_dataset
from trainer import TrainConfig, Vault, train
from trainer.base.model import load_tokenizer


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return make_base(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, base) -> Path:
    """A project folder with a dataset and one adapter."""
    from agentlog.project import load_project

    place = tmp_path_factory.mktemp("team")
    said = {"roles": {"coder": {"deployed_model": str(base), "deployed_as": ["tiny"]}}}
    (place / "agentlog.yaml").write_text(yaml.safe_dump(said))
    make_dataset(place / "agentlog-data")
    config = TrainConfig(role="coder", base_model=str(base), batch_size=2, accumulation=2, epochs=1, sample_tokens=4)
    train(config, project=load_project(place))
    return place


@pytest.fixture
def place(tmp_path, trained, monkeypatch) -> Path:
    monkeypatch.chdir(shutil.copytree(trained, tmp_path / "team"))
    return tmp_path / "team"


@pytest.fixture
def doctor(monkeypatch, capsys):
    """Runs ``agentlog doctor WORDS…`` in this process: its exit code, and what it said on either stream."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["agentlog", "doctor", *map(str, words)])
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


@pytest.fixture(scope="module")
def tiny(base):
    """The tokenizer as it is loaded: transformers may choose another class for a kind of model than the one that was saved."""
    return load_tokenizer(base)


def served(tiny, kind: str, fault=None, **settings):
    return serving(Model(tiny, [tiny.eos_token_id], kind, fault, **settings))


def found(out: str, check: str) -> dict:
    return next(finding for finding in json.loads(out)["findings"] if finding["check"] == check)


def test_a_sound_project_is_told_point_by_point(place, base, doctor):
    code, out, _ = doctor("--json")
    assert code == 0
    assert json.loads(out)["broken"] == []
    assert found(out, "python")["verdict"] == "ok"
    assert "torch" in found(out, "extra train")["found"]
    assert found(out, "datasets of coder")["found"] == "1 intact, newest build-1"
    assert found(out, "adapters")["found"] == "1 intact"
    assert found(out, "deployed model of coder")["found"].startswith(f"{base} (")
    assert found(out, "log")["verdict"] == "warn", "nothing was logged"
    code, out, _ = doctor()
    assert code == 0
    assert "✓" in out


def test_an_empty_folder_is_not_broken(tmp_path, monkeypatch, doctor):
    monkeypatch.chdir(tmp_path)
    code, out, _ = doctor("--json")
    assert code == 0
    assert found(out, "agentlog.yaml")["verdict"] == "warn"
    assert list(tmp_path.iterdir()) == []


def test_whatever_the_training_extra_asks_for_is_looked_for(monkeypatch):
    wanted = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["optional-dependencies"]["train"]
    lines = [f"{line}; extra == 'train'" for line in wanted]
    monkeypatch.setattr(installation.metadata, "requires", lambda name: lines)
    monkeypatch.setattr(installation.metadata, "version", lambda name: "99.0")
    (found,) = [finding for finding in installation.installed() if finding.check == "extra train"]
    assert found.verdict == "ok"
    assert {"matplotlib 99.0", "torch 99.0"} <= set(found.found.split(", "))


def test_an_installation_older_than_its_sources_is_told(monkeypatch):
    really = installation.metadata.version
    monkeypatch.setattr(installation.metadata, "version", lambda name: "0.0.1" if name == "agentlog" else really(name))
    (found,) = [finding for finding in installation.installed() if finding.check == "agentlog"]
    assert (found.verdict, found.found) == ("warn", f"{__version__}, installed as 0.0.1")


def break_yaml(place: Path) -> None:
    (place / "agentlog.yaml").write_text("roles: {coder: {deployed: x}}")


def break_adapter(place: Path) -> None:
    (Vault(place / "agentlog-data").list()[0].folder / "adapter_model.safetensors").write_bytes(b"")


def break_dataset(place: Path) -> None:
    next((place / "agentlog-data").rglob("coder_agent_train.jsonl")).write_bytes(b"")


def break_base(place: Path) -> None:
    said = yaml.safe_load((place / "agentlog.yaml").read_text())
    copy = Path(shutil.copytree(said["roles"]["coder"]["deployed_model"], place / "torn"))
    (copy / "model.safetensors").write_bytes(b"torn")
    said["roles"]["coder"]["deployed_model"] = "torn"
    (place / "agentlog.yaml").write_text(yaml.safe_dump(said))


@pytest.mark.parametrize(
    ("spoil", "check", "words"),
    [
        (break_yaml, "agentlog.yaml", "roles.coder.deployed: there is no such setting"),
        (break_adapter, "adapters", "is not what was published"),
        (break_dataset, "datasets of coder", "is not what was written"),
        (break_base, "deployed model of coder", "model.safetensors is damaged"),
    ],
)
def test_what_is_broken_is_named_and_fails(place, doctor, spoil, check, words):
    spoil(place)
    code, out, err = doctor("--json")
    assert code == 1
    assert found(out, check)["verdict"] == "broken"
    assert words in found(out, check)["found"]
    assert len(err.strip().splitlines()) == 1
    assert check in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_data_folder_that_cannot_be_written_is_broken(place, doctor):
    (place / "agentlog-data").chmod(0o500)
    try:
        assert doctor()[0] == 1
    finally:
        (place / "agentlog-data").chmod(0o700)


@pytest.mark.parametrize("kind", ["llama.cpp", "vllm"])
def test_a_faithful_server_passes_against_role_adapter_and_base(place, base, tiny, doctor, kind):
    adapter = Vault(place / "agentlog-data").list()[0].card.id
    with served(tiny, kind) as url:
        for against in ([], ["--role", "coder"], ["--adapter", adapter], ["--base-model", base]):
            code, out, err = doctor("--endpoint", url, *against)
            assert (code, "✗" in out) == (0, False), err
        said = json.loads(doctor("--endpoint", url, "--json")[1])
    assert (said["kind"], said["model"], said["differing"]) == (kind, "tiny", [])


def test_a_server_that_only_counts_is_said_to_prove_less(place, tiny, doctor):
    with served(tiny, "openai") as url:
        code, out, _ = doctor("--endpoint", f"{url}/v1", "--kind", "openai")
    assert code == 0
    assert "counts that agree do not prove the same tokens" in out


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("system", "a system prompt of the server's own"),
        ("bos", "adds a token at the start"),
        ("alpaca", "renders Alpaca prompts"),
        ("prompt", "the generation prompt is missing"),
        ("template", "puts in"),
        ("eos", "training ends an answer with <|im_end|>"),
    ],
)
def test_a_server_that_renders_otherwise_fails_in_one_line_that_says_where(place, tiny, doctor, fault, words):
    with served(tiny, "llama.cpp", fault) as url:
        code, out, err = doctor("--endpoint", url)
    assert code == 1
    assert "✗" in out
    assert words in " ".join(err.split())
    assert len(err.strip().splitlines()) == 1
    assert "only conversations with rare text" not in out


def test_a_name_that_agentlog_does_not_know_is_told(place, tiny, doctor):
    with served(tiny, "vllm", names=("somebody-elses",)) as url:
        code, _, err = doctor("--endpoint", url)
    assert code == 0
    assert "the server calls its model somebody-elses" in err
    assert "deployed_as" in err


def test_a_key_comes_from_the_environment_only(place, tiny, doctor, monkeypatch):
    monkeypatch.setenv("TINY_KEY", "secret")
    with served(tiny, "vllm", key="secret") as url:
        code, out, err = doctor("--endpoint", url, "--api-key-env", "TINY_KEY")
        assert code == 0
        assert "secret" not in out + err
        assert "wants another key" in doctor("--endpoint", url)[2]
        assert "NO_KEY: that environment variable is not set" in doctor("--endpoint", url, "--api-key-env", "NO_KEY")[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--endpoint", "http://127.0.0.1:9"], "nobody listens there"),
        (["--endpoint", "localhost"], "is no address of a server"),
        (["--base-model", "x"], "name the server with --endpoint"),
        (["--endpoint", "http://127.0.0.1:9", "--base-model", "x", "--adapter", "y"], "give one"),
        (["--endpoint", "http://127.0.0.1:9", "--base-model", "nobody/nothing"], "base model nobody/nothing not found"),
        (["--endpoint", "http://127.0.0.1:9", "--role", "tester"], "names no deployed model for role tester"),
        (["--endpoint", "http://127.0.0.1:9", "--adapter", "none"], "no adapter none"),
    ],
)
def test_what_cannot_be_compared_is_one_line(place, doctor, words, said):
    code, _, err = doctor(*words)
    assert code == 1
    assert said in err
    assert len(err.strip().splitlines()) == 1
