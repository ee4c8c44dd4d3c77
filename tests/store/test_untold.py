"""Losses that are still to be told."""

from agentlog.schema.events import parse_event
from agentlog.store.untold import untold_of


def test_losses_add_up_and_the_tombstone_tells_since_when_and_why_last() -> None:
    first = untold_of(None, 1_000_000_000, 2, "OSError: full")
    both = untold_of(first, 5_000_000_000, 3, "OSError: gone")
    assert both == (1_000_000_000, 5, "OSError: gone")
    tombstone = both.tombstone(7_000_000_000)
    assert (tombstone["since"], tombstone["timestamp"]) == ("1970-01-01T00:00:01.000000Z", "1970-01-01T00:00:07.000000Z")
    assert (tombstone["event"], tombstone["count"], tombstone["reason"]) == ("lost", 5, "OSError: gone")
    parse_event(tombstone)
