"""Moments that people write: a date or an RFC 3339 time, as the text in UTC that the log's times are compared with.

``2026-11-20`` is a whole day, so what begins with it begins at its first microsecond and what ends with it ends at its last. A time without
a zone is taken as UTC, as everywhere in the log. YAML reads both as values of its own, which are taken as well.
"""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator


def first_moment(said: Any) -> str:
    """The beginning of a date, or a time itself, e.g. ``2026-11-20T00:00:00.000000Z``.

    Raises:
        ValueError: it is neither.
    """
    return _written(_read(said), time.min)


def last_moment(said: Any) -> str:
    """The end of a date, or a time itself, e.g. ``2026-11-20T23:59:59.999999Z``.

    Raises:
        ValueError: it is neither.
    """
    return _written(_read(said), time.max)


def _read(said: Any) -> date:
    if isinstance(said, date):
        return said
    if isinstance(said, str):
        for form in (date, datetime):
            try:
                return form.fromisoformat(said.strip())
            except ValueError:
                continue
    raise ValueError(f"{said!r} is no time: write a date such as 2026-11-20, or a time such as 2026-11-20T17:00:00Z")


def _written(moment: date, of_day: time) -> str:
    whole = moment if isinstance(moment, datetime) else datetime.combine(moment, of_day)
    try:
        told = whole.replace(tzinfo=UTC) if whole.tzinfo is None else whole.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{moment} is out of range in UTC") from error
    return f"{told.isoformat(timespec='microseconds')[:26]}Z"


Since = Annotated[str, BeforeValidator(first_moment)]
"""From when on: a date from its beginning."""
Until = Annotated[str, BeforeValidator(last_moment)]
"""Up to when, that moment included: a date to its end."""
