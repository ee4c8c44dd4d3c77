"""An evaluation as a whole: a real base with and without its adapter."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from agentlog.dataset.reader import find_dataset, open_dataset
from agentlog.errors import DatasetError, EvaluationError, VaultError
from tests.trainer.tiny import make_project
from trainer import EvalConfig, Vault, evaluate
from trainer.base.fingerprint import fingerprint
from trainer.base.model import load_base, load_tokenizer
from trainer.evaluation.suite import make_suite


@pytest.fixture
def world(trained, base, tmp_path):
    """A copy of the trained project that a test may damage."""
    shutil.copytree(trained.project.data, tmp_path / "agentlog-data")
    return make_project(tmp_path, str(base))


@pytest.fixture(scope="module")
def evaluation(trained):
    return evaluate(EvalConfig(role="coder", max_new_tokens=12), project=trained.project)


def test_the_loss_fell_on_held_out_answers(evaluation):
    loss = evaluation.metrics["target loss"]
    assert loss.answers == 8
    assert loss.adapter < loss.base
    assert loss.difference == pytest.approx(loss.adapter - loss.base)


def test_both_sides_are_told_for_every_answer_and_task_type(evaluation):
    assert set(evaluation.metrics) == {"target loss", "exact match", "token F1"}
    assert set(evaluation.by_task_type) == {"implement", "fix"}
    assert sum(metrics["token F1"].answers for metrics in evaluation.by_task_type.values()) == len(evaluation.results) == 8
    assert evaluation.speed.base > 0 < evaluation.speed.adapter
    assert all(result.base.tokens <= 12 for result in evaluation.results)


def test_it_is_kept_beside_the_card_and_the_adapter_stays_intact(evaluation, trained):
    adapter = Vault(trained.project.data).open("coder")
    assert evaluation.model_dump(mode="json") in adapter.evaluations()
    assert Vault(trained.project.data).verify(adapter) == []


def test_greedy_answers_are_the_same_each_time_and_in_any_batch(evaluation, trained):
    again = evaluate(EvalConfig(role="coder", max_new_tokens=12, batch_size=3), project=trained.project)
    assert [(r.base.answer, r.adapter.answer) for r in again.results] == [(r.base.answer, r.adapter.answer) for r in evaluation.results]


def test_the_base_side_is_the_base_alone(evaluation, trained, base):
    """The loss of a freshly loaded base that never saw an adapter."""
    model, tokenizer = load_base(base, "float32"), load_tokenizer(base)
    samples = open_dataset(find_dataset(trained.project.data, "coder")).samples("test")
    suite = make_suite(samples, tokenizer, [tokenizer.eos_token_id], limit=None, seed=0, context=None)
    for question, result in zip(suite.questions, evaluation.results, strict=True):
        row = question.row()
        ids, labels = torch.tensor([row.input_ids]), torch.tensor([row.labels])
        with torch.no_grad():
            plain = model(input_ids=ids, labels=labels).loss.item()
        assert result.base.loss == pytest.approx(plain, rel=1e-4)


def test_a_checker_adds_the_share_of_answers_that_work(trained):
    seen = []

    def checker(sample, answer):
        seen.append(sample.id)
        return len(seen) % 2 == 0

    result = evaluate(EvalConfig(role="coder", max_new_tokens=4, limit=4), project=trained.project, checker=checker)
    assert len(seen) == 8
    assert result.metrics["success"].base == 0.5
    assert any(reason.startswith("success") for reason in result.verdict.reasons)


def test_a_changed_base_is_refused(world, base, tmp_path):
    moved = Path(shutil.copytree(base, tmp_path / "moved"))
    adapter = Vault(world.data).open("coder")
    card = adapter.card.model_copy(update={"base": adapter.card.base.model_copy(update={"name": str(moved)})})
    (adapter.folder / "card.json").write_text(card.model_dump_json())
    evaluate(EvalConfig(role="coder", limit=1, max_new_tokens=2), project=world)
    (moved / "chat_template.jinja").write_text("{{ messages }}")
    with pytest.raises(EvaluationError, match=r"its chat template \(was [0-9a-f]{12}, is [0-9a-f]{12}\) changed since"):
        evaluate(EvalConfig(role="coder", limit=1), project=world)


def test_a_base_that_was_moved_is_found_where_it_is_said_to_lie(world, base, tmp_path):
    (card,) = (tmp_path / "agentlog-data/adapters/coder").glob("*/card.json")
    card.write_text(card.read_text().replace(str(base), str(tmp_path / "gone")))
    config = EvalConfig(role="coder", limit=1, max_new_tokens=1)
    with pytest.raises(EvaluationError, match=r"gone not found.*say with --base-model where it lies now"):
        evaluate(config, project=world)
    assert evaluate(config.model_copy(update={"base_model": str(base)}), project=world).metrics


def test_an_installation_that_renders_otherwise_is_refused(world):
    """The files of the base are the same, but what is installed makes other tokens of them than when the adapter was trained."""
    adapter = Vault(world.data).open("coder")
    certificate = adapter.card.certificate
    first = certificate.probes[0].model_copy(update={"ids": [0, *certificate.probes[0].ids]})
    other = certificate.model_copy(update={"probes": [first, *certificate.probes[1:]]})
    (adapter.folder / "card.json").write_text(adapter.card.model_copy(update={"certificate": other}).model_dump_json())
    with pytest.raises(EvaluationError, match=r"do not render as they did.*the rendering of “one question”.*transformers 5"):
        evaluate(EvalConfig(role="coder", limit=1), project=world)


def test_an_adapter_of_before_certificates_is_evaluated(world, base):
    """Its card has no certificate, and its fingerprint was taken by files."""
    adapter = Vault(world.data).open("coder")
    old = fingerprint(base, scheme="files")
    facts = adapter.card.base.model_copy(update={"fingerprint": old})
    card = adapter.card.model_copy(update={"base": facts, "certificate": None}).model_dump(mode="json")
    del card["base"]["fingerprint"]["scheme"]
    (adapter.folder / "card.json").write_text(json.dumps(card))
    assert evaluate(EvalConfig(role="coder", limit=1, max_new_tokens=2), project=world).adapter == adapter.card.id


def test_a_damaged_adapter_is_refused(world):
    weights = Vault(world.data).open("coder").folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    with pytest.raises(VaultError, match="is damaged"):
        evaluate(EvalConfig(role="coder"), project=world)


def test_a_dataset_that_is_gone_or_damaged_is_refused(world):
    folder = world.data / "datasets" / "coder" / "build-1"
    file = folder / "coder_agent_test.jsonl"
    file.write_bytes(file.read_bytes() + b"\n")
    with pytest.raises(DatasetError, match="damaged"):
        evaluate(EvalConfig(role="coder"), project=world)
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(DatasetError, match="no dataset build-1"):
        evaluate(EvalConfig(role="coder"), project=world)


def test_a_role_without_adapter_is_refused(world):
    with pytest.raises(VaultError, match="no adapter of role tester"):
        evaluate(EvalConfig(role="tester"), project=world)
