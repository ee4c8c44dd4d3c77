"""Labels against an independent reference, 77 templates × 200 conversations. Reach: each supported answer exact, the rest refused.

Each answer of each conversation is rendered by `trainer.render` and held against `reference`, which finds prompt and target another way.
An answer is exact if its row has the reference's prompt before it, the reference's target as its labels, and nothing else labelled
between. Extra and missing are tokens that carry loss and should not, and the other way round. Refused are answers that the reference too
calls unprovable; needless are those that it does not. Wrong are answers that were rendered, but not exactly, or should have been refused.

TRL's own masks (templates of its package with generation markers) are held against the same reference of the template that the model
ships with, as far as it can render a conversation at all.

    python -m benchmarks.train.labels [CONVERSATIONS] [NAME OF A TEMPLATE …]
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentlog.errors import RenderError
from benchmarks.train.reference import Expected, Reference, Refusable
from benchmarks.train.talk import conversation
from benchmarks.train.templates import Template, byte_level, metaspace, templates, tinyllama
from trainer.render import NO_LOSS, RenderedRow, render_sample

CONVERSATIONS = 200
FEWER = 50
"""Conversations for further tokenizers of the same template."""
SPACES = ("own_", "llava_next", "phi3", "llama3")
"""Templates that are also tried on tokenizers that write spaces as SentencePiece does."""
COUNTS = ("exact", "extra", "missing", "refused", "needless", "wrong")


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    names = [word for word in sys.argv[1:] if not word.isdigit()]
    begun, totals, kinds = time.perf_counter(), Counter[str](), 0
    found = [template for template in templates() if not names or template.name in names]
    print(
        f"{'template':32} {'tokenizer':10} {'answers':>7} "
        + " ".join(f"{count:>8}" for count in COUNTS)
        + "  TRL: exact, one newline more, no stop"
    )
    for template in found:
        for kind, tokenizer in tokenizers(template):
            cases = [*asked(template, tokenizer, numbers[0] if numbers else CONVERSATIONS if kind == "bytes" else FEWER)]
            counts = sum((judged(case, rendered(case.row, tokenizer, case.stops)) for case in cases), Counter[str]())
            trl = trl_masks(template, tokenizer, cases) if kind == "bytes" else None
            told = f"  {trl['exact']}, {trl['newline']}, {trl['no stop']} of {trl['answers']}" if trl else ""
            print(
                f"{template.name:32} {kind:10} {counts['answers']:>7} " + " ".join(f"{counts[name]:>8}" for name in COUNTS) + told,
                flush=True,
            )
            totals.update(counts)
            totals.update({f"TRL {name}": number for name, number in (trl or {}).items()})
            kinds += 1
    _conclude(totals, f"{len(found)} templates, {kinds} with their tokenizers, {time.perf_counter() - begun:.0f} s")


def _conclude(totals: Counter[str], told: str) -> None:
    supported = totals["exact"] + totals["needless"] + totals["wrong"]
    print(f"{told}, {totals['answers']} answers: " + ", ".join(f"{totals[name]} {name}" for name in COUNTS))
    print(f"of {supported} supported answers {totals['exact']} are exact")
    if answers := totals["TRL answers"]:
        shares = {name: 100 * totals[f"TRL {name}"] / answers for name in ("exact", "newline", "no stop")}
        print(
            f"TRL's masks, {answers} supported answers: {shares['exact']:.0f}% exact, {shares['newline']:.0f}% but for one newline more, "
            f"{shares['no stop']:.0f}% without the stop token"
        )
    if any(totals[name] for name in ("extra", "missing", "needless", "wrong")) or not totals["exact"]:
        sys.exit(1)


@dataclass(frozen=True)
class Case:
    """A conversation, and what the reference says of each of its answers."""

    row: dict[str, Any]
    stops: list[int]
    told: dict[int, Expected | Refusable]


def asked(template: Template, tokenizer: Any, conversations: int) -> Iterator[Case]:
    """The conversations of a template, with what is expected of each answer."""
    reference = Reference(template, tokenizer)
    for seed in range(conversations):
        row = conversation(seed, template.specials)
        yield Case(row, reference.stops, {place: reference.expected(row, place) for place in row["trained"]})


def tokenizers(template: Template) -> Iterator[tuple[str, Any]]:
    """The kinds of tokenizer that a template is tried on."""
    yield "bytes", byte_level(template)
    if template.name.startswith(SPACES) and not template.name.endswith("_training"):
        yield "spaces", metaspace(template)
        real = tinyllama(template, Path(__file__).resolve().parents[2].parent / "shared")
        if real is not None:
            yield "tinyllama", real


def rendered(row: dict[str, Any], tokenizer: Any, stops: list[int]) -> list[RenderedRow]:
    """The rows of all answers that are not refused, rendered together."""
    try:
        return render_sample(row, tokenizer, stops)
    except RenderError:
        fine = [place for place in row["trained"] if _renders({**row, "trained": [place]}, tokenizer, stops)]
        return render_sample({**row, "trained": fine}, tokenizer, stops)


def _renders(row: dict[str, Any], tokenizer: Any, stops: list[int]) -> bool:
    try:
        return bool(render_sample(row, tokenizer, stops))
    except RenderError:
        return False


def judged(case: Case, rows: list[RenderedRow]) -> Counter[str]:
    """Each answer of a conversation held against the reference."""
    told, counts = case.told, Counter({"answers": len(case.told)})
    seen: Counter[int] = Counter()
    for made in rows:
        labelled = {at for at, label in enumerate(made.labels) if label != NO_LOSS}
        end = 0
        for number, place in enumerate(made.trained):
            seen[place] += 1
            wanted = told[place]
            if not isinstance(wanted, Expected):
                counts["wrong"] += 1
                continue
            start, end_before = len(wanted.prompt), end
            end = start + len(wanted.target)
            until = len(made.labels) if number + 1 == len(made.trained) else end
            between = {at for at in labelled if end_before <= at < until}
            should = {at for at in range(start, end) if made.labels[at : at + 1] == [wanted.target[at - start]]}
            counts["extra"] += len(between - should)
            counts["missing"] += end - start - len(between & should)
            whole = made.input_ids[:end] == wanted.prompt + wanted.target
            counts["exact" if whole and between == set(range(start, end)) else "wrong"] += 1
    for place, wanted in told.items():
        if not seen[place]:
            counts["needless" if isinstance(wanted, Expected) else "refused"] += 1
        counts["wrong"] += max(0, seen[place] - 1)
    return counts


def trl_masks(template: Template, tokenizer: Any, cases: list[Case]) -> Counter[str] | None:
    """How TRL's marked template does on the answers that the template it stands for supports."""
    marked = {made.name: made for made in templates()}.get(f"{template.name}_training")
    if marked is None:
        return None
    reader, counts = Reference(marked, tokenizer), Counter[str]()
    for case in cases:
        supported = [wanted for wanted in case.told.values() if isinstance(wanted, Expected)]
        counts["answers"] += len(supported)
        try:
            made = reader.masked(case.row)
        except Exception:  # noqa: BLE001 (what it cannot render, it does not train)
            continue
        stretches = _stretches(made["input_ids"], made["assistant_masks"])
        for wanted in supported:
            before = len(wanted.prompt)
            after = next((ids for begin, ids in stretches if begin == before and made["input_ids"][:before] == wanted.prompt), None)
            counts["exact"] += after == wanted.target
            counts["newline"] += after is not None and after[:-1] == wanted.target
            counts["no stop"] += after is not None and after == wanted.target[:-1]
    return counts


def _stretches(ids: list[int], mask: list[int]) -> list[tuple[int, list[int]]]:
    found: list[tuple[int, list[int]]] = []
    for at, (number, on) in enumerate(zip(ids, mask, strict=True)):
        if on and (not at or not mask[at - 1]):
            found.append((at, []))
        if on:
            found[-1][1].append(number)
    return found


if __name__ == "__main__":
    main()
