"""JSON lines without their private parts: lines of one session together, bad lines set aside and counted.

Lines that say the same ``session_id`` are one session, as in a log: what one of them reveals goes from all of them. Other lines stand
alone, unless a scope is given: then all are one session. The order of the lines stays.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from agentlog._hashing import digest
from agentlog.errors import AgentlogError
from agentlog.privacy.scrubber import Finding, Scrubber


@dataclass(slots=True)
class ScrubbedLines:
    """The lines that could be scrubbed, in order; what was replaced, by line number; the lines set aside, and why."""

    values: list[Any] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[int, Finding]] = field(default_factory=list)
    set_aside: list[tuple[int, str]] = field(default_factory=list)


def scrub_lines(lines: Iterable[bytes], scrubber: Scrubber, scope: str | None = None) -> ScrubbedLines:
    """Scrub the JSON value of each line; lines count from 1, and blank ones are nothing."""
    done = ScrubbedLines()
    sessions: dict[str, dict[int, Any]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            done.set_aside.append((number, f"no JSON: {error.msg}"))
            continue
        sessions.setdefault(scope if scope is not None else _session(value, line), {})[number] = value
    clean: dict[int, Any] = {}
    for name, values in sessions.items():
        clean |= _scrub_session(values, scrubber, name, done)
    done.values = [clean[number] for number in sorted(clean)]
    done.findings.sort(key=lambda found: found[0])
    done.set_aside.sort()
    return done


def _session(value: Any, line: bytes) -> str:
    said = value.get("session_id") if isinstance(value, dict) else None
    # By what it says, not by its number: else line 3 of one file could be linked with line 3 of another.
    return f"session {said}" if isinstance(said, str) and said else digest("line", line.strip())


def _scrub_session(values: dict[int, Any], scrubber: Scrubber, scope: str, done: ScrubbedLines) -> dict[int, Any]:
    try:
        together = scrubber.scrub(list(values.values()), scope)
    except Exception as error:  # noqa: BLE001 (fail-closed: what cannot be checked must not pass)
        if len(values) == 1:
            done.set_aside.append((next(iter(values)), _reason(error)))
            return {}
        return _without_failing(values, scrubber, scope, done, error)
    numbers = list(values)
    done.counts += Counter(together.counts)
    for found in together.findings:
        head, _, place = found.place.partition("]")
        done.findings.append((numbers[int(head[1:])], found._replace(place=place.removeprefix(".") or ".")))
    return dict(zip(numbers, together.value, strict=True))


def _without_failing(values: dict[int, Any], scrubber: Scrubber, scope: str, done: ScrubbedLines, error: Exception) -> dict[int, Any]:
    """Set the failing lines aside and go on without them; if none fails alone, none of them is known to be clean."""
    failing: dict[int, Exception] = {}
    for number, value in values.items():
        try:
            scrubber.scrub([value], scope)
        except Exception as alone:  # noqa: BLE001
            failing[number] = alone
    done.set_aside += [(number, _reason(failing.get(number, error))) for number in (failing or values)]
    left = {number: value for number, value in values.items() if number not in failing} if failing else {}
    return _scrub_session(left, scrubber, scope, done) if left else {}


def _reason(error: Exception) -> str:
    """The kind of a failure; the message of a foreign error might hold the very text that must not be shown."""
    return str(error) if isinstance(error, AgentlogError) else type(error).__name__
