"""One base per session, trained once; every test that changes something works on a copy or in a folder of its own."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from agentlog.project import Project
from tests.trainer.tiny import make_base, make_dataset, make_project, make_tokenizer
from trainer import TrainConfig, TrainResult, train


@pytest.fixture(scope="session")
def tokenizer():
    return make_tokenizer()


@pytest.fixture(scope="session")
def base(tmp_path_factory) -> Path:
    return make_base(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def other_base(tmp_path_factory) -> Path:
    return make_base(tmp_path_factory.mktemp("models") / "other", seed=1)


@dataclass(frozen=True)
class Trained:
    project: Project
    config: TrainConfig
    result: TrainResult


@pytest.fixture(scope="session")
def trained(tmp_path_factory, base) -> Trained:
    """A project in which one adapter was really trained."""
    project = make_project(tmp_path_factory.mktemp("trained"), str(base))
    make_dataset(project.data)
    config = TrainConfig(role="coder", base_model=str(base), batch_size=2, accumulation=2, epochs=6, learning_rate=1e-2, sample_tokens=8)
    return Trained(project, config, train(config, project=project))
