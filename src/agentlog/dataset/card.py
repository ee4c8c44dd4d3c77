"""The card of a dataset: its manifest in words, for the person who finds the folder in two years."""

from agentlog.schema.manifest import Gate, Manifest
from agentlog.schema.outcome import EXPLANATIONS, DropReason
from agentlog.schema.sample import SPLITS


def render_card(manifest: Manifest) -> str:
    """The card as Markdown."""
    sections = [_head(manifest), _splits(manifest), _funnel(manifest), _origin(manifest), _scores(manifest), _privacy(manifest)]
    return "\n\n".join(sections) + "\n"


def _head(manifest: Manifest) -> str:
    return (
        f"# Training set for the role {manifest.role}\n\n"
        f"Build `{manifest.build_id}` by agentlog {manifest.versions['agentlog']}, seed {manifest.seed}. Each row is a conversation; "
        "`trained` names the assistant messages that carry loss, `source_ids` the logged calls they come from."
    )


def _splits(manifest: Manifest) -> str:
    rows = [f"| {name} | {manifest.splits[name].rows} | {manifest.splits[name].answers} |" for name in SPLITS]
    exports = [f"\nAs {name}: {exported_said(manifest, name)}." for name in manifest.exports]
    return "\n".join(["| split | rows | trained answers |", "|---|---:|---:|", *rows, *exports])


def exported_said(manifest: Manifest, name: str) -> str:
    """How many rows another format has a word for."""
    rows, whole = manifest.exports[name], sum(facts.rows for facts in manifest.splits.values())
    left_out = "" if rows == whole else f"; {whole - rows} left out, for whose history, tools or several answers it has no word"
    return f"{rows} of {whole} rows{left_out}"


def _funnel(manifest: Manifest) -> str:
    reasons = [(step.stage, reason, number) for step in manifest.funnel for reason, number in step.dropped.items()]
    lines = [f"- {number} dropped by {stage}: {EXPLANATIONS[DropReason(reason)]} (`{reason}`)" for stage, reason, number in reasons]
    kept = manifest.funnel[-1].answers_out if manifest.funnel else 0
    return "\n".join([f"Of {manifest.input.interactions} logged calls of this role, {kept} are trained.", "", *lines])


def _origin(manifest: Manifest) -> str:
    mix = ", ".join(f"{name} ({number})" for name, number in manifest.models.items()) or "unknown"
    seen = manifest.input
    return f"The answers were given by: {mix}. {seen.logged.capitalize()}, in {seen.sessions} sessions."


def _scores(manifest: Manifest) -> str:
    scores = [
        f"| {name} | {'not measured' if value is None else f'{value:.3f}'} | {_gate(manifest.gates.get(name))} |"
        for name, value in manifest.scores.items()
        if name != "details"
    ]
    judged = manifest.scores.get("details", {}).get("correctness", {})
    note = (
        f"Correctness is that of the {judged['judged']} trained answers that were judged ({judged['unjudged']} were not), after those that "
        "failed were dropped; its 95% interval (Wilson) is "
        f"{judged['low']:.3f} to {judged['high']:.3f}."
        if judged.get("judged")
        else "No answer was judged by tests, an outcome or a person."
    )
    return "\n".join(["| score | value | gate |", "|---|---:|---|", *scores, "", note]) if scores else "No scores were taken."


def _gate(gate: Gate | None) -> str:
    return "none set" if gate is None else f"at least {gate.least:g}: {'passed' if gate.passed else 'FAILED'}"


def _privacy(manifest: Manifest) -> str:
    replaced = ", ".join(f"{name} {number}" for name, number in manifest.privacy["replaced"].items()) or "nothing"
    return f"Replaced by stand-ins: {replaced}. {manifest.privacy['names']}"
