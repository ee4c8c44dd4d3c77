"""What was made of a session is kept in packs that appear whole or not at all, and is found again under its key."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog.build import cache as cache_module
from agentlog.build.cache import OutcomeCache
from agentlog.build.session_outcome import SessionOutcome

outcomes = st.dictionaries(st.binary(min_size=16, max_size=16), st.tuples(st.binary(max_size=60), st.binary(max_size=60)), max_size=12)


def outcome(number: int, size: int = 10) -> SessionOutcome:
    return SessionOutcome(number.to_bytes(16), b"o" * number, bytes([number]) * size)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=outcomes, cut=st.integers(0, 12))
def test_what_was_kept_is_found_again_by_whoever_opens_the_folder_next(
    tmp_path_factory: pytest.TempPathFactory, said: dict[bytes, tuple[bytes, bytes]], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    with OutcomeCache(folder) as cache:
        for number, (key, parts) in enumerate(said.items()):
            cache.add(SessionOutcome(key, *parts))
            if number == cut:
                cache.flush()
        cache.flush()
    with OutcomeCache(folder) as cache:
        assert {key: (cache.outlines(key), cache.texts(key)) for key in said} == said
        assert b"0" * 17 not in cache


def test_what_was_not_flushed_is_not_there_and_what_was_is(tmp_path: Path) -> None:
    with OutcomeCache(tmp_path) as cache:
        cache.add(outcome(1))
        cache.flush()
        cache.add(outcome(2))
    with OutcomeCache(tmp_path) as cache:
        assert outcome(1).key in cache
        assert outcome(2).key not in cache


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "foreign"])
def test_a_damaged_pack_is_passed_over_and_the_others_are_read(tmp_path: Path, damage: str) -> None:
    with OutcomeCache(tmp_path) as cache:
        for number in (1, 2):
            cache.add(outcome(number))
            cache.flush()
    file = min(tmp_path.glob("*.pack"))
    content = file.read_bytes()
    place = len(content) - 60
    flipped = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    file.write_bytes({"cut": content[:-5], "flipped": flipped, "emptied": b"", "foreign": b"x" * 500}[damage])
    with OutcomeCache(tmp_path) as cache:
        assert outcome(1).key not in cache
        assert cache.texts(outcome(2).key) == outcome(2).texts


def test_packs_are_for_their_owner_only(tmp_path: Path) -> None:
    with OutcomeCache(tmp_path / "packs") as cache:
        cache.add(outcome(1))
        cache.flush()
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "packs").iterdir()} == {0}


def test_what_is_no_longer_used_is_given_up_when_it_is_more_than_half(tmp_path: Path) -> None:
    tmp_path = tmp_path / "role" / "plan"
    with OutcomeCache(tmp_path) as cache:
        for number in range(1, 10):
            cache.add(outcome(number, size=1000))
            cache.flush()
        cache.give_up_unused([outcome(number).key for number in range(1, 8)])
        assert len(list(tmp_path.glob("*.pack"))) == 9
        cache.give_up_unused([outcome(4).key])
    with OutcomeCache(tmp_path) as cache:
        assert len(list(tmp_path.glob("*.pack"))) == 1
        assert cache.texts(outcome(4).key) == outcome(4, size=1000).texts
        assert outcome(5).key not in cache


def test_of_the_folders_of_older_plans_only_the_newest_stay(tmp_path: Path) -> None:
    for plan in range(6):
        with OutcomeCache(tmp_path / f"plan{plan}") as cache:
            cache.add(outcome(1))
            cache.flush()
        os.utime(tmp_path / f"plan{plan}", ns=(plan, plan))
    with OutcomeCache(tmp_path / "plan0") as cache:
        cache.give_up_unused([outcome(1).key])
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["plan0", "plan4", "plan5"]


def test_a_full_pack_is_written_without_being_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_FULL", 100)
    with OutcomeCache(tmp_path) as cache:
        for number in range(1, 31):
            cache.add(outcome(number))
        assert len(list(tmp_path.glob("*.pack"))) > 3


def test_many_small_packs_are_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_MOST_SMALL", 5)
    said = [outcome(number) for number in range(1, 20)]
    for place, one in enumerate(said, start=1):
        with OutcomeCache(tmp_path) as cache:
            cache.add(one)
            cache.flush()
            cache.give_up_unused([each.key for each in said[:place]])
            assert len(list(tmp_path.glob("*.pack"))) <= 6
    with OutcomeCache(tmp_path) as cache:
        assert [(cache.outlines(one.key), cache.texts(one.key)) for one in said] == [(one.outlines, one.texts) for one in said]
