"""report.html: the funnel, the splits and the scores of a build on one page that needs nothing from anywhere."""

from collections.abc import Iterable, Sequence
from html import escape

from agentlog.schema.manifest import Manifest

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2433; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem } code { background: #f1f3f7; padding: 0 .3em }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e3e6ee }
table.facts { width: auto; min-width: 24rem }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } .bar { background: #3b6fd4; height: .8rem; border-radius: 2px }
.failed { color: #b3261e; font-weight: 600 } .passed { color: #1b7f4b }
"""


def render_report(manifest: Manifest) -> str:
    """The page as HTML."""
    body = [
        f"<h1>{escape(manifest.role)}: build <code>{escape(manifest.build_id)}</code></h1>",
        f"<p>{manifest.input.interactions} logged calls in {manifest.input.sessions} sessions, "
        f"{manifest.input.lines_set_aside} lines of the log set aside.</p>",
        "<h2>Funnel</h2>",
        _funnel(manifest),
        "<h2>Task types</h2>",
        _table(["task type", "rows"], [[name, number] for name, number in manifest.task_types.items()]),
        "<h2>Who answered</h2>",
        _table(["model", "trained answers"], [[name, number] for name, number in manifest.models.items()]),
        "<h2>Scores</h2>",
        _scores(manifest),
        "<h2>Privacy</h2>",
        _table(["replaced", "times"], [[name, number] for name, number in manifest.privacy["replaced"].items()]),
        f"<p>{escape(manifest.privacy['names'])}</p>",
    ]
    title = f"<title>{escape(manifest.role)} {escape(manifest.build_id)}</title>"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">{title}<style>{_STYLE}</style>'
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(body)}</body></html>\n"


def _funnel(manifest: Manifest) -> str:
    most = max(manifest.input.interactions, 1)
    rows = [
        "<tr>"
        f"<td>{escape(step.stage)}</td><td class=n>{step.answers_in}</td>"
        f"<td>{escape(', '.join(f'{number} {reason}' for reason, number in step.dropped.items()))}</td>"
        f"<td class=n>{step.answers_out}</td><td class=n>{step.rows_out}</td>"
        f'<td style="width:30%"><div class=bar style="width:{100 * step.answers_out / most:.1f}%"></div></td></tr>'
        for step in manifest.funnel
    ]
    head = "<tr><th>stage<th class=n>answers in<th>dropped<th class=n>answers out<th class=n>rows<th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _scores(manifest: Manifest) -> str:
    rows = []
    for name, value in manifest.scores.items():
        gate = manifest.gates.get(name)
        verdict = "" if gate is None else f"at least {gate.least:g}: {'passed' if gate.passed else 'failed'}"
        rows.append([name, "not measured" if value is None else round(value, 3), verdict])
    return _table(["score", "value", "gate"], rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    cells = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table class=facts><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>{cells}</table>"


def _cell(value: object) -> str:
    kind = " class=n" if isinstance(value, int | float) else ""
    return f"<td{kind}>{escape(str(value))}</td>"
