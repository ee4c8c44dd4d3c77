"""The sections of a report that say how good a dataset is: scores with their gates and parts, and the style of its answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from agentlog.build.report.charts import HALF, Bar, Score, bars, scores
from agentlog.build.report.page import beside, folded, section, table, words
from agentlog.schema.manifest import Gate, Manifest

_MEANINGS = {
    "coverage": "how much of what the role is asked to do has rows enough",
    "diversity": "how varied the answers are",
    "correctness": "of the trained answers that were judged, how many are right",
    "consistency": "how alike in style the answers are",
}
_PARTS_OF_DIVERSITY = {
    "types": "evenness of task types",
    "distinct": "distinct word n-grams (n = 1, 2, 3)",
    "distance": "mean distance of two answers",
    "vendi": "Vendi score, logarithmic",
}


def score_section(manifest: Manifest) -> str:
    """Scores, gates, and what each score is made of."""
    details: Mapping[str, Any] = manifest.scores.get("details", {})
    plain = {name: value for name, value in manifest.scores.items() if name != "details"}
    if not plain:
        return ""
    given = [_score(manifest, name, value, details) for name, value in plain.items()]
    rows = [(name, _value(value), *_verdict(manifest.gates.get(name)), _MEANINGS.get(name, "")) for name, value in plain.items()]
    return section(
        "May I train on this?",
        words("The upright mark is the least that agentlog.yaml asks for; the line through correctness is its 95% interval.", "note"),
        scores("Scores of the dataset from 0 to 1, with what their gates ask", given),
        table("", ("score", "value", "at least", "gate", "is"), rows),
        *map(words, _remarks(details)),
        folded("What the scores are made of", *_parts(details)),
    )


def _score(manifest: Manifest, name: str, value: float | None, details: Mapping[str, Any]) -> Score:
    gate = manifest.gates.get(name)
    interval = details.get("correctness", {}) if name == "correctness" and value is not None else {}
    return Score(name, value, interval.get("low"), interval.get("high"), gate.least if gate else None)


def _value(value: float | None) -> object:
    return "not measured" if value is None else value


def _verdict(gate: Gate | None) -> tuple[object, str]:
    return ("", "") if gate is None else (gate.least, "passed" if gate.passed else "failed")


def _remarks(details: Mapping[str, Any]) -> Iterator[str]:
    """What a reader must know to read the scores rightly."""
    coverage, correctness = details.get("coverage", {}), details.get("correctness", {})
    if coverage.get("missing"):
        yield f"No rows at all: {', '.join(coverage['missing'])}."
    if coverage.get("thin"):
        yield f"Fewer than {coverage['enough_rows']} rows: {', '.join(coverage['thin'])}."
    if coverage.get("effective_kinds"):
        yield (
            f"No task types are declared. Coverage is how evenly rows are spread over {len(coverage['rows'])} kinds of task that "
            "clustering found; what nobody asked for cannot be found. Declare task_types in agentlog.yaml to see what is missing."
        )
    if coverage.get("not_measured"):
        yield f"Coverage is not measured, for no task types are declared and {coverage['not_measured']}."
    if correctness.get("judged"):
        others = f"; on the other {correctness['unjudged']:,} nothing was said" if correctness["unjudged"] else ""
        yield f"Correctness rests on {correctness['judged']:,} judged answers, {correctness['share_judged']:.0%} of all{others}."
        low, high = correctness["low"], correctness["high"]
        yield f"At 95% confidence, the share that is right among all answers like those judged lies between {low:.3f} and {high:.3f}."
        yield "Answers that failed were dropped before: this is no pass rate of the agent."
    elif correctness:
        yield "Correctness is not measured: no result and no person has judged any of the answers."


def _parts(details: Mapping[str, Any]) -> Iterator[str]:
    coverage, diversity, correctness = (details.get(name, {}) for name in ("coverage", "diversity", "correctness"))
    if coverage.get("rows"):
        yield table(f"Coverage, of {coverage['of']}", ("kind", "rows"), coverage["rows"].items())
    if diversity:
        rows = [(said, _value(diversity.get(name))) for name, said in _PARTS_OF_DIVERSITY.items()]
        rows += [(name.replace("_", "-", 1), diversity[name]) for name in ("distinct_1", "distinct_2", "distinct_3") if name in diversity]
        if "vendi_score" in diversity:
            rows.append((f"Vendi score: different answers among {diversity['sampled_rows']:,}", diversity["vendi_score"]))
        yield table("Diversity, the mean of its first four", ("part", "value"), rows)
    counts = [(name, correctness[name]) for name in ("verified", "judged", "unjudged", "tested", "corrected") if name in correctness]
    yield table("Correctness", ("answers", "number"), counts)


def style_section(manifest: Manifest) -> str:
    """How alike the answers look: facets as bars, features as a table."""
    told: Mapping[str, Any] = manifest.scores.get("details", {}).get("consistency", {})
    facets: Mapping[str, Any] = told.get("facets", {})
    if not facets:
        return ""
    given = [Bar(name, one["agreement"], 1 - one["agreement"], f"{one['agreement']:.3f}") for name, one in facets.items()]
    rows = [(name, f"{one['applies']:.0%}", one["agreement"]) for name, one in facets.items()]
    features = [(name.replace("_", " "), f"{one['applies']:.0%}", one["mean"], one["agreement"]) for name, one in told["features"].items()]
    return section(
        "How the answers look",
        words(
            "Agreement is 1 where all answers look alike and a half where they split evenly; of code and arguments, it is the share that "
            "parses. Facets count by the share of rows that they apply to.",
            "note",
        ),
        beside(
            bars("Agreement of the answers by facet of style", given, most=1.0, width=HALF),
            table("", ("facet", "applies to", "agreement"), rows),
        ),
        folded("Every feature", table("", ("feature", "applies to", "mean", "agreement"), features)),
    )
