"""What is claimed of a line by its first bytes is what parsing it says."""

from datetime import datetime
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from agentlog._clock import format_timestamp
from agentlog.schema.events import FeedbackEvent, ResultEvent, parse_event
from agentlog.store.first_bytes import OWN_ID, OWN_INTERACTION, OWN_OUTCOME, OWN_TARGET, own_interaction, own_later
from tests.make import line

ID, OTHER = "01932c00-0000-7000-8000-000000000000", "01932c00-0000-7000-8000-00000000000f"


def later(kind: str, time: str) -> bytes:
    said: dict[str, Any] = {"execution_result": {"status": "x"}} if kind == "result" else {"human_feedback": {"rating": 1}}
    return orjson.dumps({"event": kind, "id": ID, "interaction_id": OTHER, "timestamp": time, **said})


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2300, 1, 1)), st.sampled_from(["result", "feedback"]))
def test_every_time_that_agentlog_writes_is_known_as_its_own_but_leap_days(moment: datetime, kind: str) -> None:
    time = format_timestamp(int((moment - datetime(1970, 1, 1)).total_seconds()) * 1_000_000_000)
    found = own_later(later(kind, time))
    assert (found is not None) == ("-02-29T" not in time)
    assert found is None or found[1] == OTHER.encode()


digits = st.integers(0, 99).map(lambda number: f"{number:02d}")


@given(st.integers(0, 9999), digits, digits, digits, digits, digits, st.integers(0, 999_999))
def test_a_time_that_is_none_is_never_claimed_to_be_in_order(
    year: int, month: str, day: str, hour: str, minute: str, second: str, part: int
) -> None:
    raw = later("result", f"{year:04d}-{month}-{day}T{hour}:{minute}:{second}.{part:06d}Z")
    if own_later(raw):
        assert isinstance(parse_event(orjson.loads(raw)), ResultEvent)


def test_ids_and_the_outcome_stand_where_they_are_cut_out() -> None:
    raw = later("result", "2026-11-20T17:00:00.123456Z")
    assert raw[OWN_TARGET] == OTHER.encode()
    assert raw[OWN_OUTCOME] == b'","execution_result":{"status":"x"}}'
    interaction = orjson.dumps({"event": "interaction", "schema_version": 1, **line(1), "id": ID})
    assert interaction.startswith(OWN_INTERACTION)
    assert interaction[OWN_ID] == ID.encode()
    found = own_interaction(interaction)
    assert found is not None
    assert found[1] == ID.encode()


def test_nothing_is_claimed_of_a_line_whose_id_is_no_uuid() -> None:
    assert own_interaction(orjson.dumps(line(1))) is None
    escaped = later("feedback", "2026-11-20T17:00:00.123456Z").replace(b"0193", b"\\u0030")
    assert own_later(escaped) is None
    assert isinstance(parse_event(orjson.loads(escaped)), FeedbackEvent)
