"""Proof: what this very model makes of rows laid out flat is held against its own padded forward pass, before it is trained so.

Nothing is believed of an architecture by its name. Probe rows, cut from real ones so that two share a beginning and others follow them,
are run both ways; the NLL of their tokens must agree. Then another row is put before them, which must not change theirs: a state that
leaks from row to row shows itself even where low precision hides small differences. A window or chunk shorter than the longest row would
only show on long rows, so the configuration is asked; so would positions that are turned by the length of the longest row in the pass,
whose rows then go alone. What cannot be proven is done the safe way, and the reason is kept.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, Literal

import torch

from trainer.machine.execution import Execution
from trainer.render import NO_LOSS, RenderedRow
from trainer.steps.attention import NotFlatError
from trainer.steps.step import Stepper

_PROBE_TOKENS = 192
_WINDOWS = ("sliding_window", "attention_chunk_size", "attention_window_size", "local_attention_window")
_ATTENTIVE = frozenset({"full_attention", "sliding_attention", "chunked_attention"})
_ROPES_BY_LENGTH = frozenset({"longrope", "dynamic"})
_LARGEST = {"float32": 2e-3, "bfloat16": 0.5}
_MEAN = {"float32": 2e-4, "bfloat16": 0.05}
"""How far the NLL of single tokens, and their mean, may differ in nats: what other shapes of the same products do to rounding."""


def prove(model: Any, rows: Sequence[RenderedRow], execution: Execution, pad_id: int) -> Execution:
    """The execution with the fastest layout and head that are proven for this model, and the reasons for both."""
    probes = probe_rows(rows)
    was_training = model.training
    model.eval()
    try:
        reference = _nll(model, probes, execution, pad_id, "padded", "model")
        failed: dict[tuple[str, str], str] = {}
        layouts: tuple[Literal["flat", "padded"], ...] = ("flat", "padded")
        heads: tuple[Literal["targets", "model"], ...] = ("targets", "model")
        for layout, head in product(layouts, heads):
            why = _why_not(model, rows, layout, head) or _difference(model, probes, execution, pad_id, layout, head, reference)
            if why is None:
                break
            failed[layout, head] = why
    finally:
        model.train(was_training)
    # Padded with the model's own head is the reference itself, so the loop ends there at the latest.
    reasons = {**execution.reasons, **_reasons(layout, head, failed)}
    settled: dict[str, Any] = {"layout": layout, "head": head, "reasons": reasons}
    if why := _why_alone(model, max(len(row.input_ids) for row in rows)):
        settled["batch_tokens"], reasons["batch_tokens"] = 1, f"every row goes alone: {why}"
    return execution.model_copy(update=settled)


def probe_rows(rows: Sequence[RenderedRow]) -> list[RenderedRow]:
    """Short rows made of real tokens, every one of them a target: two that begin alike, one that begins as both do, and others."""
    longest = sorted(rows, key=lambda row: len(row.input_ids), reverse=True)
    texts = [row.input_ids[:_PROBE_TOKENS] for row in longest[:3]]
    first, last = texts[0], texts[-1]
    half = len(first) // 2
    branch = first[:half] + list(reversed(last))[: _PROBE_TOKENS // 2]
    middle = first[: half // 2] + last[len(last) // 2 :]
    made = [text for text in (first, branch, middle, *texts[1:]) if len(text) > 1]
    return [RenderedRow(ids, [NO_LOSS, *ids[1:]], f"probe {place}", ()) for place, ids in enumerate(made)]


def _why_not(model: Any, rows: Sequence[RenderedRow], layout: str, head: str) -> str | None:
    if head == "targets" and (why := _why_no_head(model)):
        return why
    return _why_not_flat(model, max(len(row.input_ids) for row in rows)) if layout == "flat" else None


def _why_no_head(model: Any) -> str | None:
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    head = causal.get_output_embeddings()
    if type(head) is not torch.nn.Linear:
        return f"the head is a {type(head).__name__}"
    if any(parameter.requires_grad for parameter in head.parameters()):
        return "the head is trained"
    return None


def _why_not_flat(model: Any, longest: int) -> str | None:
    if why := _why_alone(model, longest):
        return why
    config = model.config.get_text_config()
    for name in _WINDOWS:
        window = getattr(config, name, None)
        if isinstance(window, int) and 0 < window < longest:
            return f"{name} is {window} tokens, and the longest row has {longest}"
    strange = sorted(set(getattr(config, "layer_types", None) or ()) - _ATTENTIVE)
    return f"it has layers of the kind {', '.join(strange)}" if strange else None


def _why_alone(model: Any, longest: int) -> str | None:
    """Why a row must not share a pass with a longer one, padded or not: where positions are turned by the longest of the whole pass."""
    config = model.config.get_text_config()
    said = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    for rope in [said, *said.values()]:
        kind = rope.get("rope_type", rope.get("type")) if isinstance(rope, dict) else None
        if kind not in _ROPES_BY_LENGTH:
            continue
        holders = (rope.get("original_max_position_embeddings"), getattr(config, "original_max_position_embeddings", None))
        most = next((most for most in (*holders, config.max_position_embeddings) if isinstance(most, int)), longest)
        if most < longest:
            return (
                f"positions are turned otherwise ({kind}) in a pass that holds a row of more than {most} tokens; the longest has {longest}"
            )
    return None


def _difference(
    model: Any, probes: list[RenderedRow], execution: Execution, pad_id: int, layout: Any, head: Any, reference: torch.Tensor
) -> str | None:
    try:
        nll = _nll(model, probes, execution, pad_id, layout, head)
        leaked = _leak(model, probes, execution, pad_id, head, nll) if layout == "flat" else torch.zeros(1)
    except (NotFlatError, TypeError, AttributeError, IndexError, ValueError, RuntimeError) as error:
        # Whatever a model does not take (arguments, shapes, a base of another make) is a reason, in its own words, to do it the safe way.
        return " ".join(str(error).split())[:200]
    for found, what in (((nll - reference).abs(), "differ from the padded"), (leaked.abs(), "depend on other rows")):
        if not found.max() <= _LARGEST[execution.dtype] or not found.mean() <= _MEAN[execution.dtype]:
            return f"its losses {what} by up to {found.max().item():.2g} nats"
    return None


def _leak(model: Any, probes: list[RenderedRow], execution: Execution, pad_id: int, head: Any, nll: torch.Tensor) -> torch.Tensor:
    """How much the NLL of the probes changes when the tokens of a row that stands before them are others."""
    smallest = min(row.input_ids[0] for row in probes)
    # A row that stands first in the flat order and shares nothing: its first token is smaller than all others, where there is one.
    stranger = [max(0, smallest - 1), *reversed(probes[0].input_ids)]
    row = RenderedRow(stranger, [NO_LOSS, *stranger[1:]], "stranger", ())
    return _nll(model, [*probes, row], execution, pad_id, "flat", head)[: len(nll)] - nll


def _nll(model: Any, probes: Sequence[RenderedRow], execution: Execution, pad_id: int, layout: Any, head: Any) -> torch.Tensor:
    """The NLL of every token of the probes, one after another."""
    whole = sum(len(row.input_ids) for row in probes) * len(probes)
    trial = execution.model_copy(update={"layout": layout, "head": head, "batch_tokens": whole})
    return torch.cat(Stepper(model, trial, pad_id).token_nll(probes)).cpu()


def _reasons(layout: str, head: str, failed: dict[tuple[str, str], str]) -> dict[str, str]:
    flat = "proven on probe rows: the losses of their tokens are those of the padded model, and depend on no other row"
    logits = "the loss of target positions alone is the model's own"
    return {
        "layout": flat if layout == "flat" else failed["flat", "model"],
        "head": logits if head == "targets" else failed[layout, "targets"],
    }
