"""Texts of rows are read from the cache when they are asked for, and each long session once."""

import random
from pathlib import Path

import pytest

from agentlog.build import rows as rows_module
from agentlog.build.batch import carry_out
from agentlog.build.cache import OutcomeCache
from agentlog.build.plan import make_plan
from agentlog.build.rows import Rows
from agentlog.build.session_outcome import SessionOutcome
from agentlog.build.sessions import dumped
from agentlog.project import load_project
from agentlog.schema.outline import Outline
from tests.make import interaction


@pytest.mark.parametrize("at_hand", [0, 2000, 1 << 20])
def test_rows_of_several_sessions_can_be_asked_for_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_hand: int) -> None:
    monkeypatch.setattr(rows_module, "_AT_HAND", at_hand)
    batch = []
    for session in range(4):
        calls = [dumped(interaction(number, session=f"s{session}")) for number in range(5)]
        batch.append((bytes([session]) * 16, b"\n".join([b'"s%d"' % session, *calls])))
    plan = make_plan(load_project(tmp_path), "coder", seed=0, key="k" * 64)
    read: list[bytes] = []
    with OutcomeCache(tmp_path / "cache") as cache:
        for outcome in carry_out(batch, stages=[ref.model_dump(mode="json") for ref in plan.session_stages(private=True)]):
            cache.add(SessionOutcome(*outcome))
        cache.flush()
        rows = Rows(cache, [key for key, _ in batch])
        outlines: list[Outline] = [outline for session in rows.outlines() for outline in session.rows]
        random.Random(1).shuffle(outlines)
        texts = cache.texts
        monkeypatch.setattr(cache, "texts", lambda key: (read.append(key), texts(key))[1])
        assert all(outline.sample().source_ids == outline.source_ids for outline in outlines)
    assert len(outlines) == 20
    assert (len(read) == 4) == (at_hand > 2000)
