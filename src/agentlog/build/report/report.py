"""What a report says, section by section, from the manifest alone: the same manifest gives the same bytes.

The order is that of a reader's questions: may I train on this, where did the answers go, what is in it, how do the rows look, what did
balancing cost, what was replaced, is the split clean, and how was it made. A section with nothing to say is not there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from agentlog.build.report.charts import HALF, WIDE, Bar, bars, histograms
from agentlog.build.report.page import (
    Marked,
    badge,
    beside,
    code,
    facts,
    folded,
    listed,
    marked,
    page,
    section,
    table,
    tiles,
    words,
)
from agentlog.build.report.scores import score_section, style_section
from agentlog.schema.manifest import Manifest
from agentlog.schema.outcome import EXPLANATIONS, DropReason

_SHOWN = 12
"""Bars of a chart; the table beside it has more."""
_IN_TABLE = 50


def render_report(manifest: Manifest) -> str:
    """The page as HTML.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    return page(f"{manifest.role}: build {manifest.build_id}", _parts(manifest))


def _parts(manifest: Manifest) -> Iterator[str]:
    yield _head(manifest)
    yield score_section(manifest)
    yield _funnel(manifest)
    yield _content(manifest)
    yield _lengths(manifest)
    yield style_section(manifest)
    yield _balance(manifest)
    yield _duplicates(manifest)
    yield _privacy(manifest)
    yield _split(manifest)
    yield _making(manifest)
    versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    yield f"<footer>{words(f'Made by {versions}. All numbers are in manifest.json; every dropped answer is in drops.jsonl.')}</footer>"


def _head(manifest: Manifest) -> str:
    if not manifest.gates:
        verdict = badge("no gates set")
    else:
        verdict = badge("gates passed", "passed") if manifest.gates_passed else badge("gates failed", "failed")
    seen = manifest.input
    when = f", {seen.logged}" if seen.first else ""
    kept = manifest.funnel[-1] if manifest.funnel else None
    tokens = manifest.scores.get("details", {}).get("lengths", {}).get("tokens_in_all")
    shown = [
        (f"{seen.interactions:,}", "logged calls"),
        (f"{seen.sessions:,}", "sessions"),
        (f"{kept.answers_out if kept else 0:,}", "trained answers"),
        (f"{kept.rows_out if kept else 0:,}", "rows"),
        *([(f"{tokens:,}", "tokens, about")] if tokens else []),
        *((f"{split.rows:,}", f"rows to {_PURPOSES[name]}") for name, split in manifest.splits.items()),
    ]
    title = f"<h1>{_one_line(manifest.role)}</h1>"
    where = Marked(f"{verdict} Build {code(manifest.build_id)}, seed {manifest.seed}{when}.")
    aside = f"{seen.lines_set_aside:,} lines of the log are no events and were set aside." if seen.lines_set_aside else ""
    return f"<header>{title}{words(where)}{words(aside, 'muted') if aside else ''}{tiles(shown)}</header>"


_PURPOSES = {"train": "train on", "val": "validate", "test": "test"}


def _one_line(text: str) -> str:
    """A name from the log on one line of reasonable length, escaped."""
    line = " ".join(text.split())
    return marked(line if len(line) <= 200 else f"{line[:199]}…")


def _funnel(manifest: Manifest) -> str:
    if not manifest.funnel:
        return ""
    given = [
        Bar(step.stage, step.answers_out, sum(step.dropped.values()), _left(step.answers_out, step.dropped)) for step in manifest.funnel
    ]
    drops = [
        (step.stage, number, Marked(f"{marked(EXPLANATIONS[DropReason(reason)])} {code(reason)}"))
        for step in manifest.funnel
        for reason, number in step.dropped.items()
    ]
    steps = [(step.stage, step.answers_in, sum(step.dropped.values()), step.answers_out, step.rows_out) for step in manifest.funnel]
    return section(
        "Where the answers went",
        words("Answers that were left after each stage, and behind them in light those that it dropped.", "note"),
        bars("Answers left after each stage of the build", given, width=WIDE),
        table("What was dropped, and why", ("stage", "answers", "because"), drops, "Nothing was dropped."),
        _folding(manifest),
        folded("Every stage in numbers", table("", ("stage", "answers in", "dropped", "answers out", "rows out"), steps)),
    )


def _left(left: int, dropped: Mapping[str, int]) -> str:
    lost = sum(dropped.values())
    return f"{left:,} (−{lost:,})" if lost else f"{left:,}"


def _folding(manifest: Manifest) -> str:
    counts = next((step.counts for step in manifest.funnel if step.stage == "assemble"), {})
    for unit in ("characters", "messages"):
        logged, folded_to = counts.get(f"{unit}_logged"), counts.get(f"{unit}_folded")
        if logged and logged == folded_to:
            return words("No call continues another: there was nothing to fold.")
        if logged and folded_to is not None:
            saved = 1 - folded_to / logged
            return words(
                f"Folding calls that continue one another: {logged:,} logged {unit} became {folded_to:,}, {saved:.0%} fewer to train on."
            )
    return ""


def _content(manifest: Manifest) -> str:
    by_split = manifest.measures.get("split", {}).get("task_types", {})
    names = list(manifest.splits)
    kinds = _by_size(manifest.task_types)
    rows = [
        (
            kind,
            number,
            f"{number / max(sum(manifest.task_types.values()), 1):.1%}",
            *(by_split.get(kind, {}).get(name, "") for name in names),
        )
        for kind, number in kinds[:_IN_TABLE]
    ]
    splits = [(name, split.rows, split.answers) for name, split in manifest.splits.items()]
    models = _by_size(manifest.models)
    return section(
        "What is in it",
        beside(
            _bars_of("Rows by task type", kinds),
            _bars_of("Trained answers by model", models),
        ),
        table("Task types", ("task type", "rows", "share", *(names if by_split else ())), rows if by_split else [row[:3] for row in rows]),
        _more(len(kinds)),
        beside(
            table("Splits", ("split", "rows", "trained answers"), splits),
            table("Who answered", ("model", "trained answers"), models[:_IN_TABLE]),
        ),
    )


def _more(number: int) -> str:
    return words(f"and {number - _IN_TABLE:,} more in manifest.json", "note") if number > _IN_TABLE else ""


def _by_size(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _bars_of(title: str, counts: list[tuple[str, int]]) -> str:
    if not counts:
        return ""
    whole = max(sum(number for _, number in counts), 1)
    given = [Bar(name, number, note=f"{number:,} · {number / whole:.0%}") for name, number in counts[:_SHOWN]]
    rest = sum(number for _, number in counts[_SHOWN:])
    if rest:
        given.append(Bar("all others", rest, note=f"{rest:,} · {rest / whole:.0%}"))
    return words(Marked(f"<b>{title}</b>")) + bars(title, given, width=HALF)


def _lengths(manifest: Manifest) -> str:
    told: dict[str, Any] = manifest.scores.get("details", {}).get("lengths", {})
    shown = [(unit, told[unit]) for unit in ("tokens", "characters") if told.get(unit)]
    if not shown:
        return ""
    rows = [
        (f"{part}, {unit}", round(one["mean"]), one["median"], one["p90"], one["p99"], one["longest"])
        for unit, parts in shown
        for part, one in parts.items()
        if one
    ]
    if told.get("characters_per_token"):
        note = (
            f"Tokens were counted in {told['tokens_sampled_rows']:,} rows with the tokenizer of the deployed model, without what a chat "
            f"template adds; a token is {told['characters_per_token']:.2f} characters. The mark is the median."
        )
    else:
        note = f"The mark is the median. Tokens were not counted: {told.get('tokens_not_counted', 'no tokenizer')}."
    unit, parts = shown[0]
    return section(
        "How long the rows are",
        words(note, "note"),
        histograms(f"Histograms of the length of prompt, answer and whole row in {unit}", parts, unit),
        table("", ("length of", "mean", "half stay below", "90%", "99%", "longest"), rows),
    )


def _balance(manifest: Manifest) -> str:
    told: dict[str, Any] = manifest.measures.get("balance", {})
    kinds: Mapping[str, Any] = told.get("task_types", {})
    if not told.get("dropped") and all(one.get("weight", 1) == 1 for one in kinds.values()):
        return ""
    given = [Bar(kind, one["kept"], one["dropped"], f"{one['kept']:,} of {one['rows']:,}") for kind, one in list(kinds.items())[:_SHOWN]]
    rows = [(kind, one["rows"], one["kept"], one["dropped"], one["weight"], f"{one['share']:.1%}") for kind, one in kinds.items()]
    cost = (
        f"Balancing kept {told['kept']:,} of {told['rows']:,} rows. With their weights they teach as much as "
        f"{told['effective_rows']:,.0f} rows of equal weight would (Kish's effective size)."
    )
    notes = listed(map(str, told.get("notes", [])))
    chart = bars("Rows kept by task type, and behind them those dropped", given, width=HALF if notes else WIDE)
    return section(
        "What balancing cost",
        words(cost),
        beside(chart, notes) if notes else chart,
        table("", ("task type", "rows", "kept", "dropped", "weight", "share of the weight"), rows[:_IN_TABLE]),
    )


def _duplicates(manifest: Manifest) -> str:
    told: dict[str, Any] = {**manifest.measures.get("dedup_exact", {}), **manifest.measures.get("dedup_near", {})}
    sizes = told.pop("cluster_sizes", None) or told.pop("sizes", None)
    if not told.get("clusters") and not sizes:
        return ""
    chart = ""
    if isinstance(sizes, Mapping) and sizes:
        given = [Bar(f"{size} alike", number, note=f"{number:,}") for size, number in list(sizes.items())[:_SHOWN]]
        chart = bars("Clusters of near-duplicates by their size", given)
    return section(
        "Duplicates",
        words("Of rows that say nearly the same, one is kept; clusters.jsonl names it for each of the others.", "note"),
        beside(chart, facts("", _worded(told))),
    )


def _privacy(manifest: Manifest) -> str:
    replaced = _by_size(manifest.privacy.get("replaced", {}))
    given = [Bar(name, number, note=f"{number:,}") for name, number in replaced[:_SHOWN]]
    rows = table("", ("what", "replaced"), replaced[:_IN_TABLE], "Nothing was replaced.")
    return section(
        "What was replaced by stand-ins",
        words(str(manifest.privacy.get("names", "")), "note"),
        beside(bars("Private values that were replaced, by kind", given) if given else "", rows),
    )


def _split(manifest: Manifest) -> str:
    told: dict[str, Any] = manifest.measures.get("split", {})
    groups, shares = told.get("groups_by_split", {}), told.get("shares", {})
    rows = [(name, split.rows, groups.get(name, ""), f"{shares.get(name, 0):.1%}") for name, split in manifest.splits.items()]
    largest = told.get("largest_group")
    notes = [str(note) for note in told.get("notes", [])]
    if largest:
        notes.append(
            f"Rows of the largest group: {largest['rows']:,}, {largest['share']:.1%} of all. Groups moved: {told.get('moved_groups', 0):,}."
        )
    return section(
        "Is the split clean?",
        words("Rows of one session, one task or one cluster of near-duplicates are a group, and always in the same split.", "note"),
        beside(
            table("The split", ("split", "rows", "groups", "share"), rows if groups else []) + listed(notes),
            facts("What was checked", _worded(manifest.checks)) if manifest.checks else "",
        ),
    )


_IN_WORDS = {
    "crowded": "rows that many others resemble",
    "straddling": "sessions, tasks or equal rows in two splits",
    "distinct_rows": "different rows",
    "pairs": "pairs of rows in different splits",
    "nearest_pair": "similarity of the nearest pair",
    "threshold": "similarity at which rows are near-duplicates",
}


def _worded(given: Mapping[str, object]) -> dict[str, object]:
    """Measures by names that say what they are; others keep theirs."""
    return {_IN_WORDS.get(name, name): _of(value) for name, value in given.items()}


def _of(value: object) -> object:
    """So many of so many, where a check says both."""
    return f"{value[0]:,} of {value[1]:,}" if isinstance(value, list) and len(value) == 2 else value


def _making(manifest: Manifest) -> str:
    stages = [(ref.name, ref.version, Marked(_settings(ref.config))) for ref in manifest.plan]
    digests = {"plan": manifest.plan_digest, "input": manifest.input.digest, **{f.file: f.digest for f in manifest.splits.values()}}
    return section(
        "How it was made",
        table("", ("stage", "version", "settings"), stages),
        folded("Digests", table("", ("of", "digest"), [(name, Marked(code(digest))) for name, digest in digests.items()])),
    )


def _settings(config: Mapping[str, Any]) -> str:
    given = {name: value for name, value in config.items() if value not in (None, [], {}, "", False)}
    return " ".join(code(_short(f"{name}={value}")) for name, value in given.items())


def _short(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:119]}…"
