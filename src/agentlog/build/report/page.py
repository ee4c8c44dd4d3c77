"""The page that a report is made of: its style, and the few pieces of HTML that hold facts. Everything that is put in is escaped here.

One file that needs nothing from anywhere: no script, no font, no picture that is not in it. It follows the reader's light or dark setting,
prints on paper in black on white, and each chart stands beside a table with the same numbers.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

UNSHOWABLE = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0001fffd]")
"""What no page and no SVG can hold: control characters, lone surrogates."""

_NUMBER = re.compile(r"[\d,.]+(?:%| of [\d,]+)")

STYLE = """
:root { color-scheme: light dark; --back: #fbfbfd; --card: #fff; --ink: #1b2130; --muted: #5d667a; --line: #e2e6ef;
  --accent: #3a68d8; --second: #e0a243; --soft: #dfe6f7; --good: #17794a; --bad: #b6261d; --good-back: #e3f4ea; --bad-back: #fbe7e5 }
@media (prefers-color-scheme: dark) { :root { --back: #12151c; --card: #191d27; --ink: #e6e9f1; --muted: #9aa4b8; --line: #2c3342;
  --accent: #7d9ff5; --second: #d9a552; --soft: #2a3550; --good: #6fcf97; --bad: #ff8a80; --good-back: #173125; --bad-back: #3b1d1c } }
@media print { :root { color-scheme: light; --back: #fff; --card: #fff; --ink: #000; --muted: #444; --line: #ccc; --accent: #3a68d8;
  --second: #e0a243; --soft: #dfe6f7; --good: #17794a; --bad: #b6261d; --good-back: #fff; --bad-back: #fff }
  section { break-inside: avoid } body { margin: 0 } details::details-content { content-visibility: visible; display: block } }
* { box-sizing: border-box }
body { font: 15px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; background: var(--back); color: var(--ink); max-width: 64rem;
  margin: 0 auto; padding: 2rem 1.25rem 4rem; font-variant-numeric: tabular-nums }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere } h2 { font-size: 1.15rem; margin: 0 0 .3rem }
p { margin: .3rem 0 .8rem; max-width: 46rem } .muted, .note { color: var(--muted) } .note { font-size: .87rem }
code { font: .88em ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--soft); padding: .05em .35em; border-radius: .3em;
  overflow-wrap: anywhere }
section { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; padding: 1.1rem 1.3rem; margin-top: 1.1rem }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.7rem, 1fr)); gap: .8rem; margin: 1.1rem 0 0 }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: .7rem; padding: .6rem .8rem }
.tile b { display: block; font-size: 1.2rem; line-height: 1.3; font-weight: 650 } .tile span { color: var(--muted); font-size: .82rem }
.badge { display: inline-block; border-radius: 1rem; padding: .1rem .7rem; font-weight: 600; font-size: .87rem; background: var(--soft) }
.badge.passed { color: var(--good); background: var(--good-back) } .badge.failed { color: var(--bad); background: var(--bad-back) }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 2rem; align-items: start }
.pair > div { min-width: 0 } .wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 .6rem; font-size: .92rem } caption { text-align: left; font-weight: 600;
  padding: .4rem 0 .2rem } th { font-weight: 600; color: var(--muted); font-size: .82rem; vertical-align: bottom; overflow-wrap: normal }
th, td { text-align: left; padding: .28rem .9rem .28rem 0; border-bottom: 1px solid var(--line) }
td { overflow-wrap: anywhere; min-width: 3.5em }
tbody tr:last-child > * { border-bottom: 0 } td, tbody th { vertical-align: top }
tbody th { color: var(--ink); font-size: inherit; font-weight: 500; min-width: 7.2em; overflow-wrap: anywhere }
.n { text-align: right; white-space: nowrap }
td.passed, td.failed { white-space: nowrap; font-weight: 600 } td.passed { color: var(--good) } td.failed { color: var(--bad) }
figure { margin: .5rem 0 .8rem; max-width: 46rem } svg { display: block; width: 100%; height: auto } svg text { font-family: inherit }
details { margin-top: .5rem } summary { cursor: pointer; color: var(--muted) } ul { margin: .3rem 0; padding-left: 1.2rem }
footer { color: var(--muted); font-size: .85rem; margin-top: 1.5rem }
"""


class Marked(str):
    """Text that is HTML already, and not to be escaped again."""

    __slots__ = ()


def page(title: str, body: Iterable[str]) -> str:
    """The whole file."""
    title = UNSHOWABLE.sub("\ufffd", title)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
    content = UNSHOWABLE.sub("\ufffd", "\n".join(part for part in body if part))
    return f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body>\n{content}\n</body></html>\n'


def section(heading: str, *parts: str) -> str:
    """A part of the page under its heading; nothing where there is nothing to show."""
    shown = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{escape(heading)}</h2>\n{shown}\n</section>" if shown else ""


def words(text: str, kind: str = "") -> str:
    """A paragraph."""
    return f'<p class="{kind}">{marked(text)}</p>' if kind else f"<p>{marked(text)}</p>"


def beside(*parts: str) -> str:
    """Parts side by side, where the window is wide enough."""
    return f'<div class="pair">{"".join(f"<div>{part}</div>" for part in parts if part)}</div>'


def tiles(facts: Iterable[tuple[str, str]]) -> str:
    """Numbers that one sees first, each with what it counts."""
    shown_facts = (f'<div class="tile"><b>{escape(value)}</b><span>{escape(name)}</span></div>' for value, name in facts)
    return f'<div class="tiles">{"".join(shown_facts)}</div>'


def badge(text: str, kind: str = "") -> str:
    """A verdict: ``passed``, ``failed`` or neither."""
    return f'<span class="badge {kind}">{escape(text)}</span>'


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]], empty: str = "") -> str:
    """A table whose first column names the rows; numbers stand right. Without rows, what is said instead."""
    lines = [_row(cells) for cells in rows]
    if not lines:
        return words(empty, "muted") if empty else ""
    numeric = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name, kind in zip(head, _kinds(lines[0]), strict=False))
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="wide"><table>{title}<thead><tr>{numeric}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _kinds(line: str) -> list[str]:
    return [' class="n"' if 'class="n"' in cell.split(">", 1)[0] else "" for cell in line.split("<t")[2:]]


def _row(cells: Sequence[object]) -> str:
    first, *others = cells
    return f'<tr><th scope="row">{marked(first)}</th>{"".join(map(_cell, others))}</tr>'


def _cell(value: object) -> str:
    if value in ("passed", "failed"):
        return f'<td class="{value}">{value}</td>'
    number = isinstance(value, int | float) or (isinstance(value, str) and bool(_NUMBER.fullmatch(value)))
    return f'<td class="n">{shown(value)}</td>' if number else f"<td>{marked(value)}</td>"


def marked(value: object) -> str:
    """What is HTML as it is, anything else escaped."""
    return value if isinstance(value, Marked) else escape("" if value is None else shown(value))


def shown(value: object) -> str:
    """A number as a person reads it; anything else as text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"


def code(text: str) -> Marked:
    """A name or an id, in a typewriter's letters."""
    return Marked(f"<code>{escape(text)}</code>")


def listed(items: Iterable[str]) -> str:
    """A list of short texts."""
    lines = "".join(f"<li>{marked(item)}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else ""


def folded(summary: str, *parts: str) -> str:
    """What is there for those who look for it."""
    inner = "".join(part for part in parts if part)
    return f"<details><summary>{escape(summary)}</summary>{inner}</details>" if inner else ""


def facts(caption: str, given: Mapping[str, object]) -> str:
    """A table of names and values, which may be of any shape."""
    return table(caption, ("", ""), [(name.replace("_", " "), _flat(value)) for name, value in given.items()])


def _flat(value: object) -> object:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_flat(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(_flat(one)) for one in value)
    return "not measured" if value is None else ("yes" if value else "no") if isinstance(value, bool) else value
