"""Custom: recognisers of the user's own, made safe to stand among ours.

There are three kinds: a pattern written down in ``agentlog.yaml``; any object with a ``name`` and a ``find(text)``, written down as
``package.module:Class`` or given as it is; and a recogniser made for Presidio. What they are is checked when they are loaded, as a
`SettingError`. What they answer is checked for every text: whoever raises, takes too long or answers with what is no place in the text
fails as a `RecogniserError`, so that the text is never passed on as clean. Both name the recogniser, and hold nothing of any text.

Texts are given with the escapes of JSON inside strings blanked out, so that a word ends where the reader sees it end; places in them are
places in the text itself.
"""

import importlib
import importlib.util
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentlog._extras import require
from agentlog._hashing import file_digest
from agentlog.errors import AgentlogError, RecogniserError, SettingError
from agentlog.privacy.deadline import DEFAULT_S, Deadline
from agentlog.privacy.presidio import load_presidio
from agentlog.privacy.recogniser import Anchored, Keyed, Recogniser, Scanned, Span
from agentlog.privacy.text import Text

_BEFORE, _AFTER = 100, 60
"""How far from a value, in characters, the words of its context may stand."""
_SHORT = 4
"""Shorter values are not looked for elsewhere in the session."""
_KEY_CHARS = "abcdefghijklmnopqrstuvwxyz0123456789_.-"
_TRIALS = ("", " ", "a", "0", "a b", "one two\nthree 12-34 (x)")


class OwnPattern(BaseModel):
    """A pattern of the user's own, in the syntax of the package ``regex``.

    What is private is the group ``value``, or else the whole match. With ``keys``, it counts only as the value of one of them, in JSON or
    in ``key: value`` and ``key=value``; upper case, ``_`` and ``-`` make no difference. With ``context``, one of those words must stand
    near. What ``spreads`` is replaced wherever it stands alone in the session.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    entity: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    pattern: str = Field(min_length=1)
    keys: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    score: float = Field(default=0.8, ge=0, le=1)
    spreads: bool = True


def make_patterns(given: Iterable[Mapping[str, Any]], limit_s: float = DEFAULT_S) -> list[Recogniser]:
    """The recognisers for patterns of the user's own; one with keys is two, since keys stand in a text or lead to it.

    Raises:
        MissingExtraError: the package ``regex`` is not installed.
        SettingError: a setting is unknown or wrong, or a pattern cannot be compiled, or it matches where there is nothing.
    """
    found: list[Recogniser] = []
    for one in given:
        own = _checked_pattern(one)
        finder = _Matches(own, limit_s)
        found.append(Scanned(own.name, finder.find))
        if own.keys:
            found.append(Keyed(own.name, finder.under))
    return found


def make_recogniser(given: Any, limit_s: float = DEFAULT_S) -> Recogniser:
    """The recogniser for what the user names or gives.

    Args:
        given: ``package.module:Class``, an object with ``name`` and ``find``, or a recogniser of Presidio's kind. ``find(text)`` answers
            with `Span` or ``(start, end, entity, score)``.
        limit_s: how long one text may take, in seconds.

    Raises:
        SettingError: there is no such class, it cannot be made, or it is no recogniser.
    """
    said = str(given) if isinstance(given, str) else f"recogniser {type(given).__name__}"
    made = _instance(given) if isinstance(given, str) else given
    if isinstance(made, Anchored | Scanned | Keyed):
        return made
    if callable(getattr(made, "analyze", None)):
        return _timed(str(getattr(made, "name", None) or type(made).__name__), _presidio_call(made, said), limit_s)
    name = getattr(made, "name", None)
    if not isinstance(name, str) or not name or not callable(getattr(made, "find", None)):
        raise SettingError(f"{said}: a recogniser has a name, which is a text, and a method find(text)")
    return _timed(name, made.find, limit_s)


def code_of(names: Iterable[str]) -> tuple[str, ...]:
    """The digest of the file that each class named ``package.module:Class`` is in; empty where there is none."""
    return tuple(file_digest(Path(file)) if (file := _file_of(name.partition(":")[0])) else "" for name in names)


def _file_of(module: str) -> str | None:
    try:
        found = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    return found.origin if found and found.has_location else None


def _checked_pattern(given: Mapping[str, Any]) -> OwnPattern:
    try:
        return OwnPattern.model_validate(dict(given))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise SettingError(f"pattern {given.get('name', '')!r}: {where}: {problem['msg']}") from error


class _Matches:
    """A compiled pattern at work; `regex` itself keeps the time."""

    def __init__(self, own: OwnPattern, limit_s: float) -> None:
        regex = require("regex", "build")
        try:
            self._compiled = regex.compile(own.pattern)
            empty = next((trial for trial in _TRIALS for match in self._compiled.finditer(trial, timeout=limit_s) if not match[0]), None)
        except (regex.error, TimeoutError) as error:
            raise SettingError(f"pattern {own.name!r} cannot be used: {error}") from error
        if empty is not None:
            raise SettingError(f"pattern {own.name!r} matches where there is nothing: let it want at least one character")
        self._own = own
        self._limit_s = limit_s
        self._group = "value" if "value" in self._compiled.groupindex else 0
        self._keys = frozenset(map(_plain_key, own.keys))
        words = "|".join(map(re.escape, sorted(own.context)))
        self._context = re.compile(rf"(?i)(?<!\w)(?:{words})(?!\w)") if words else None

    def find(self, text: Text) -> Iterator[Span]:
        """What matches in a text, where keys or context say so if need be."""
        for start, end in self._places(text.view):
            if not self._keys or _key_before(text.view, start) in self._keys:
                yield self._span(start, end)

    def under(self, keys: tuple[str, ...], text: Text) -> Iterator[Span]:
        """What matches in the value of one of the keys."""
        if keys and _plain_key(keys[-1]) in self._keys:
            yield from (self._span(start, end) for start, end in self._places(text.view))

    def _places(self, view: str) -> Iterator[tuple[int, int]]:
        latest = time.monotonic() + self._limit_s
        matches = self._compiled.finditer(view, timeout=self._limit_s)
        try:
            for match in matches:
                start, end = match.span(self._group)
                if start < 0:
                    start, end = match.span()
                if start == end:
                    raise RecogniserError(f"pattern {self._own.name!r} matched where there is nothing")
                if time.monotonic() > latest:
                    raise TimeoutError
                if self._context is None or self._context.search(view, max(start - _BEFORE, 0), end + _AFTER):
                    yield start, end
        except TimeoutError:
            raise RecogniserError(f"pattern {self._own.name!r} timed out after {self._limit_s:g} s") from None

    def _span(self, start: int, end: int) -> Span:
        return Span(start, end, self._own.entity, self._own.name, self._own.score, self._own.spreads)


def _key_before(view: str, start: int) -> str:
    """The key whose value begins here, as `_plain_key` gives it; empty if there is none."""
    head = view[max(start - _BEFORE, 0) : start].rstrip("\\\"' \t")
    if not head.endswith((":", "=", "=>")):
        return ""
    head = head.rstrip(":=> \t").rstrip("\\\"'").lower()
    return _plain_key(head[len(head.rstrip(_KEY_CHARS)) :])


def _plain_key(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")


def _instance(setting: str) -> Any:
    module, _, name = setting.partition(":")
    if not module or not name:
        raise SettingError(f"recogniser {setting!r}: write it as package.module:Class")
    try:
        found = getattr(importlib.import_module(module), name, None)
        made = found() if callable(found) else None
    except AgentlogError:
        raise
    except Exception as error:
        # What the user's code raises while it is loaded is about the code, and no text has been seen yet.
        raise SettingError(f"recogniser {setting}: cannot be loaded, {type(error).__name__}: {' '.join(str(error).split())}") from error
    if found is None:
        raise SettingError(f"recogniser {setting}: module {module} has no {name}")
    if made is None:
        raise SettingError(f"recogniser {setting}: {name} is not a class")
    return made


def _timed(name: str, call: Callable[[str], Iterable[Any]], limit_s: float) -> Scanned:
    deadline = Deadline(name, limit_s)

    def asked(view: str) -> list[Span]:
        # The answer may be a generator, so it is gone through within the time limit too.
        return list(_checked(name, call(view), view))

    def find(text: Text) -> list[Span]:
        return deadline.run(asked, text.view)

    return Scanned(name, find)


def _checked(name: str, answer: Any, view: str) -> Iterator[Span]:
    if answer is None or isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Iterable):
        _refuse(name, "no list of spans")
    for number, one in enumerate(answer):
        if number > len(view):
            _refuse(name, "more spans than the text has characters")
        if not isinstance(one, tuple) or len(one) not in (4, len(Span._fields)):
            _refuse(name, "what is no span")
        start, end, entity = one[:3]
        score, spreads = (one.score, one.spreads) if isinstance(one, Span) else (one[3], _is_whole(start, end) and end - start >= _SHORT)
        if not (_is_whole(start, end) and 0 <= start < end <= len(view)):
            _refuse(name, "a span that is no place in the text")
        if not isinstance(entity, str) or not entity or not isinstance(score, int | float) or not 0 <= score <= 1:
            _refuse(name, "a span without an entity or a score from 0 to 1")
        yield Span(start, end, entity, name, float(score), bool(spreads))


def _is_whole(*numbers: Any) -> bool:
    return all(isinstance(number, int) and not isinstance(number, bool) for number in numbers)


def _refuse(name: str, what: str) -> NoReturn:
    raise RecogniserError(f"recogniser {name!r} answered with {what}")


_WEAK, _RAISED = 0.3, 0.35
"""Presidio's patterns of less than `_WEAK` are those that it wants a word of context for; such a word raises their score by `_RAISED`."""


def _presidio_call(made: Any, said: str) -> Callable[[str], Iterator[tuple[int, int, str, float]]]:
    load_presidio()
    from presidio_analyzer import EntityRecognizer
    from presidio_analyzer.pattern_recognizer import REGEX_TIMEOUT_SECONDS
    from presidio_analyzer.predefined_recognizers import EmailRecognizer, SpacyRecognizer

    if not isinstance(made, EntityRecognizer):
        raise SettingError(f"{said}: it has a method analyze, but is no EntityRecognizer of Presidio's")
    if isinstance(made, EmailRecognizer):
        raise SettingError(f"{said}: asks the network for a list of suffixes; leave it out, e-mail addresses are found without it")
    if isinstance(made, SpacyRecognizer):
        raise SettingError(f"{said}: only reads what a model found; leave it out, and name the model under ner")
    words = "|".join(map(re.escape, sorted(made.context or ())))
    context = re.compile(rf"(?i)(?<!\w)(?:{words})(?!\w)") if words else None

    def call(view: str) -> Iterator[tuple[int, int, str, float]]:
        began = time.monotonic(), time.process_time()
        results = made.analyze(view, list(made.supported_entities), None)
        # Presidio skips a pattern that takes too long and only logs it: what may have been skipped counts as not looked for.
        if max(time.monotonic() - began[0], time.process_time() - began[1]) >= REGEX_TIMEOUT_SECONDS:
            raise RecogniserError(f"{said} timed out: Presidio skips patterns that take {REGEX_TIMEOUT_SECONDS} s")
        for result in results or ():
            score = float(result.score)
            if score < _WEAK and context and context.search(view, max(result.start - _BEFORE, 0), result.end + _AFTER):
                score += _RAISED
            if score >= _WEAK:
                yield result.start, result.end, result.entity_type, score

    return call
