"""What has been seen of a log: ids, targets and blobs, whatever their number."""

from pathlib import Path

from agentlog.store.seen import Known, Place, Seen

HERE, THERE = Place(Path("a"), 1), Place(Path("b"), 7)


def test_an_event_seen_before_is_known_with_its_first_place() -> None:
    with Seen() as seen:
        assert seen.event("result", "x", b"one", HERE) is None
        assert seen.event("result", "x", b"one", THERE) == Known(HERE, True)
        assert seen.event("result", "x", b"two", THERE) == Known(HERE, False)
        assert seen.event("feedback", "x", b"two", THERE) is None


def test_targets_that_are_no_interactions_are_orphans_each_time() -> None:
    with Seen() as seen:
        for target in ("i", "gone", "gone", "r"):
            seen.target(target)
        seen.event("interaction", "i", b"", HERE)
        seen.event("result", "r", b"", HERE)
        assert seen.orphans() == 3


def test_a_blob_is_named_once_with_the_first_place_that_refers_to_it() -> None:
    with Seen() as seen:
        for place in (THERE, HERE):
            seen.blob("f00", place)
        assert list(seen.blobs()) == [("f00", THERE)]
