"""Configurations: complete but for role and base, strict, and the same after a trip through YAML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.errors import SettingError
from trainer import EvalConfig, TrainConfig

WHO = {"role": "coder", "base_model": "models/base"}


def test_the_defaults_are_those_that_are_documented():
    config = TrainConfig(**WHO)
    assert (config.lora.r, config.lora.alpha, config.lora.dropout, config.lora.target_modules) == (8, 32, 0.1, ("q_proj", "v_proj"))
    assert (config.learning_rate, config.epochs, config.batch_size, config.accumulation) == (2e-4, 3, 4, 4)
    assert (config.max_length, config.weight_decay, config.max_grad_norm) == (None, 0.01, 1.0)


def test_there_is_no_default_base():
    with pytest.raises(SettingError, match="base_model"):
        TrainConfig.of("options", {"role": "coder"})


@given(st.integers(1, 99), st.floats(1e-6, 1), st.one_of(st.none(), st.text(min_size=1)))
def test_yaml_gives_back_the_same_configuration(tmp_path_factory, epochs, rate, reason):
    file = tmp_path_factory.getbasetemp() / "train.yaml"
    config = TrainConfig(**WHO, epochs=epochs, learning_rate=rate, accept=reason, lora={"target_modules": ("o_proj",)})
    file.write_text(config.to_yaml(), encoding="utf-8")
    assert TrainConfig.from_yaml(file) == config


def test_what_is_said_stands_above_the_file(tmp_path):
    file = tmp_path / "train.yaml"
    file.write_text("role: coder\nbase_model: a\nepochs: 5\n")
    assert TrainConfig.from_yaml(file, epochs=2, seed=None).epochs == 2


@pytest.mark.parametrize("line", ["epoch: 3", "epochs: many", "lora: {rank: 8}", "role: ../up"])
def test_an_unknown_or_wrong_setting_is_named(tmp_path, line):
    file = tmp_path / "train.yaml"
    file.write_text(f"base_model: a\n{line}\n" + ("" if line.startswith("role") else "role: coder\n"))
    with pytest.raises(SettingError, match=rf"train\.yaml: {line.partition(':')[0]}"):
        TrainConfig.from_yaml(file)


@pytest.mark.parametrize("text", ["- a list\n", "{unclosed"])
def test_a_file_that_holds_no_settings_is_refused(tmp_path, text):
    file = tmp_path / "train.yaml"
    file.write_text(text)
    with pytest.raises(SettingError, match=r"train\.yaml"):
        EvalConfig.from_yaml(file)


@pytest.mark.parametrize(
    "line", ["max_grad_norm: .inf", "seed: 9" + 30 * "9", "threads: 1" + 12 * "0", "patience: true", "learning_rate: yes"]
)
def test_a_number_that_no_card_could_hold_or_that_is_none_is_refused(tmp_path, line):
    """Infinity would be written onto the card as nothing, and the published adapter could never be read again."""
    file = tmp_path / "train.yaml"
    file.write_text(f"base_model: a\nrole: coder\n{line}\n")
    with pytest.raises(SettingError, match=rf"train\.yaml: {line.partition(':')[0]}: "):
        TrainConfig.from_yaml(file)


def test_a_bare_on_or_off_is_the_word_that_was_written(tmp_path):
    """YAML takes it for a truth value, and the advice of a refusal says `gradient_checkpointing: on`."""
    file = tmp_path / "train.yaml"
    file.write_text("base_model: a\nrole: coder\ngradient_checkpointing: on\nguards: {spikes: off}\n")
    config = TrainConfig.from_yaml(file)
    assert (config.gradient_checkpointing, config.guards.spikes) == ("on", "off")
    file.write_text(config.to_yaml())
    assert TrainConfig.from_yaml(file) == config


@pytest.mark.parametrize("line", ["epochs: 3\nepochs: 5", "lora: {r: 8, r: 9}"])
def test_a_setting_that_is_given_twice_is_refused(tmp_path, line):
    file = tmp_path / "train.yaml"
    file.write_text(f"base_model: a\nrole: coder\n{line}\n")
    with pytest.raises(SettingError, match="is given twice"):
        TrainConfig.from_yaml(file)
