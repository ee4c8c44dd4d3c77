"""Evaluate: an adapter against its own base, on answers of the test split that neither has trained on.

One model is loaded, and the adapter on it is switched off and on: whatever differs is the adapter's doing. The adapter must be intact,
its base must be the very one it was trained on, and the test split must be the one of its own dataset.
"""

import contextlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog._ids import uuid7
from agentlog._io.atomic import write_file
from agentlog.dataset.reader import find_dataset, open_dataset
from agentlog.errors import EvaluationError, TrainingRefusedError
from agentlog.project import Project, load_project
from agentlog.schema.sample import Sample
from trainer.adapters.vault import EVALUATIONS, Adapter, Vault
from trainer.base.fingerprint import find_base, fingerprint, same_base
from trainer.config import EvalConfig
from trainer.evaluation.compare import Paired, paired
from trainer.evaluation.gate import judge
from trainer.evaluation.metrics import exact_match, token_f1
from trainer.evaluation.report import Evaluation, Result, Side, Speed
from trainer.evaluation.suite import Question, Suite, make_suite
from trainer.machine.execution import Execution
from trainer.offline import require_offline
from trainer.preflight import FINGERPRINTS, context_of, pad_id
from trainer.render import stop_tokens

if TYPE_CHECKING:
    from trainer.evaluation.generate import Generator
    from trainer.steps.step import Stepper

_PASS_TOKENS = 4096
"""Tokens of one pass where the adapter's card does not say how its run was carried out."""
Checker = Callable[[Sample, str], bool]
"""Whether an answer works when it is used: given the held-out row and the answer's text."""


def evaluate(
    config: EvalConfig,
    *,
    project: Project | None = None,
    checker: Checker | None = None,
    progress: Callable[[str], None] | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Evaluation:
    """Compare an adapter with its base, and keep the result beside the adapter's card.

    Args:
        config: which adapter, how many answers, how sure the intervals are.
        project: what agentlog.yaml says; read from the current folder when left out.
        checker: runs an answer and says whether it works; adds the metric ``success``.
        progress: hears in words what is being done.
        clock: where dates come from.

    Raises:
        VaultError: there is no such adapter, or it is damaged.
        MissingExtraError: torch, transformers or peft is not installed.
        DatasetError: the dataset it was trained on is gone or damaged.
        EvaluationError: its base is not the one it was trained on, or nothing is held out.
    """
    require_offline(("torch", "transformers", "peft"), "eval")
    from trainer.base.model import load_base, load_tokenizer, read_adapter
    from trainer.evaluation.generate import Generator

    project, tell = project or load_project(), progress or (lambda _: None)
    vault = Vault(project.data, clock)
    adapter = vault.open(config.role, config.adapter)
    vault.insist(adapter)
    base = _same_base(adapter, config, project)
    tokenizer = load_tokenizer(base)
    stop_ids = stop_tokens(tokenizer)
    _insist_on_rendering(adapter, tokenizer, stop_ids)
    suite = _suite(adapter, config, project, tokenizer, stop_ids, context_of(base))
    limit = config.max_new_tokens or math.ceil(1.5 * suite.longest_reference) + 16

    model = read_adapter(load_base(base, _dtype(config, adapter), allow_hub=config.allow_hub), adapter.folder)
    generator = Generator(tokenizer, stop_ids, pad_id(stop_ids))
    stepper = _stepper(model, suite, adapter, generator.pad_id)
    sides = []
    for name, switch in (("base", model.disable_adapter), ("adapter", contextlib.nullcontext)):
        tell(f"{name}: loss and {len(suite.questions)} answers")
        with switch():
            sides.append(_side(model, suite, stepper, generator, limit, config.batch_size, checker))
    results = _results(suite, generator, sides[0][0], sides[1][0])
    evaluation = _evaluation(adapter, config, suite, results, Speed(base=sides[0][1], adapter=sides[1][1]), limit, clock)
    place = adapter.folder / EVALUATIONS / f"{evaluation.id}.json"
    write_file(place, orjson.dumps(evaluation.model_dump(mode="json"), option=orjson.OPT_INDENT_2))
    return evaluation


def _same_base(adapter: Adapter, config: EvalConfig, project: Project) -> Path:
    facts, name = adapter.card.base, config.base_model or adapter.card.base.name
    try:
        base = find_base(name, allow_hub=config.allow_hub)
    except TrainingRefusedError as error:
        raise EvaluationError(f"{error}. If it was moved, say with --base-model where it lies now") from error
    changed = same_base(facts.fingerprint, fingerprint(base, project.data / FINGERPRINTS, facts.fingerprint.scheme))
    if changed:
        raise EvaluationError(
            f"{name} is not what adapter {adapter.card.id} was trained on: its {' and '.join(changed)} changed since; "
            "put the base back as it was"
        )
    return base


def _insist_on_rendering(adapter: Adapter, tokenizer: Any, stop_ids: list[int]) -> None:
    """The files of the base are the same; what is installed here must also make the same tokens of them."""
    certificate = adapter.card.certificate
    differs = certificate.differs(tokenizer, stop_ids) if certificate else []
    if differs:
        trained = ", ".join(
            f"{name} {adapter.card.versions[name]}" for name in ("agentlog", "transformers") if name in adapter.card.versions
        )
        raise EvaluationError(
            f"conversations do not render as they did when adapter {adapter.card.id} was trained: {'; '.join(differs[:4])}. "
            f"It was trained with {trained}: evaluate it with these, or train it again"
        )


def _suite(adapter: Adapter, config: EvalConfig, project: Project, tokenizer: Any, stop_ids: list[int], context: int | None) -> Suite:
    facts = adapter.card.dataset
    dataset = open_dataset(find_dataset(project.data, config.role, facts.build_id))
    if dataset.manifest.splits["test"].digest != facts.splits["test"]:
        raise EvaluationError(
            f"the test split of dataset {facts.build_id} is not the one that was held out when {adapter.card.id} was trained"
        )
    suite = make_suite(dataset.samples("test"), tokenizer, stop_ids, limit=config.limit, seed=config.seed, context=context)
    if not suite.questions:
        why = f"{suite.left_out} answers do not fit into the base's context" if suite.left_out else "it has no answers"
        why = f"{suite.unproven} answers cannot be proven ({suite.why})" if suite.unproven else why
        raise EvaluationError(f"nothing to compare on the test split of dataset {facts.build_id}: {why}; build with more data")
    return suite


def _dtype(config: EvalConfig, adapter: Adapter) -> str:
    card = adapter.card
    return config.dtype or (card.execution.dtype if card.execution else card.config.dtype)


def _stepper(model: Any, suite: Suite, adapter: Adapter, pad_id: int) -> "Stepper":
    """What computes the losses of both sides, laid out as is proven for this model."""
    import torch

    from trainer.steps.proof import prove
    from trainer.steps.step import Stepper

    done = adapter.card.execution
    execution = Execution(
        device=str(model.device),
        dtype="bfloat16" if model.dtype == torch.bfloat16 else "float32",
        threads=torch.get_num_threads(),
        layout="flat",
        head="targets",
        batch_tokens=done.least_tokens if done else _PASS_TOKENS,
        gradient_checkpointing=False,
    )
    return Stepper(model, prove(model, [question.row() for question in suite.questions], execution, pad_id), pad_id)


def _side(
    model: Any, suite: Suite, stepper: "Stepper", generator: "Generator", limit: int, batch_size: int, checker: Checker | None
) -> tuple[list[Side], float]:
    losses = stepper.losses([question.row() for question in suite.questions])
    answers, seconds = generator.timed(model, [question.turn.prompt_ids for question in suite.questions], limit, batch_size)
    sides = [
        Side(
            answer=answer.text,
            tokens=answer.tokens,
            stopped=answer.stopped,
            loss=total / count,
            scores=_scores(question, answer.text, generator.text(question.turn.target_ids), checker),
        )
        for question, answer, (total, count) in zip(suite.questions, answers, losses, strict=True)
    ]
    return sides, sum(answer.tokens for answer in answers) / seconds


def _scores(question: Question, answer: str, reference: str, checker: Checker | None) -> dict[str, float]:
    scores = {"exact match": exact_match(answer, reference), "token F1": token_f1(answer, reference)}
    return scores if checker is None else {**scores, "success": float(checker(question.sample, answer))}


def _results(suite: Suite, generator: "Generator", base: list[Side], adapter: list[Side]) -> list[Result]:
    return [
        Result(
            question=question.id,
            sample_id=question.sample.id,
            task_type=question.task_type,
            targets=len(question.turn.target_ids),
            reference=generator.text(question.turn.target_ids),
            base=left,
            adapter=right,
        )
        for question, left, right in zip(suite.questions, base, adapter, strict=True)
    ]


def _evaluation(
    adapter: Adapter, config: EvalConfig, suite: Suite, results: list[Result], speed: Speed, limit: int, clock: Clock
) -> Evaluation:
    metrics = _metrics(results, config)
    types = sorted({result.task_type for result in results})
    return Evaluation(
        id=uuid7(),
        adapter=adapter.card.id,
        role=adapter.card.role,
        base=adapter.card.base.name,
        dataset=adapter.card.dataset.build_id,
        split="test",
        when=clock.timestamp(),
        config=config,
        max_new_tokens=limit,
        left_out=suite.left_out,
        unproven=suite.unproven,
        why_unproven=suite.why,
        metrics=metrics,
        by_task_type={name: _metrics([result for result in results if result.task_type == name], config) for name in types},
        speed=speed,
        verdict=judge(metrics),
        results=results,
    )


def _metrics(results: Sequence[Result], config: EvalConfig) -> dict[str, Paired]:
    groups = [result.sample_id for result in results]

    def compare(base: list[float], adapter: list[float], weights: list[float] | None = None) -> Paired:
        return paired(base, adapter, groups, weights=weights, confidence=config.confidence, rounds=config.rounds, seed=config.seed)

    targets = [float(result.targets) for result in results]
    loss = compare([result.base.loss for result in results], [result.adapter.loss for result in results], targets)
    names = list(results[0].base.scores)
    scores = {name: compare([r.base.scores[name] for r in results], [r.adapter.scores[name] for r in results]) for name in names}
    return {"target loss": loss, **scores}
