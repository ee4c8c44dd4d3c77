"""The laws that every stage of the registry keeps."""

import copy
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog._hashing import canonical_json
from agentlog.schema.interaction import Session
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.outline import Outline
from agentlog.stages.registry import STAGES, WHOLE_STAGES, Stage, find_stage, make_ready
from tests.make import outline_lists, sample_lists, session_lists

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
every_stage = pytest.mark.parametrize("name", STAGES)


def batches_for(name: str) -> st.SearchStrategy[list[Any]]:
    if name == "assemble":
        return session_lists()
    return outline_lists() if name in WHOLE_STAGES else sample_lists()


def run(stage: Stage, batch: Sequence[Any]) -> Outcome[Any]:
    return stage.function(batch, stage.config())


def sources(items: Sequence[Any]) -> Counter[str]:
    return Counter(source for item in items for source in item.source_ids)


def as_bytes(outcome: Outcome[Any]) -> bytes:
    kept = [
        [item.as_json(), item.weight, item.split] if isinstance(item, Outline) else item.model_dump(mode="json") for item in outcome.kept
    ]
    return canonical_json(
        [
            kept,
            [drop.model_dump(mode="json") for drop in outcome.dropped],
            outcome.counts,
            outcome.measures,
            [told.model_dump() for told in outcome.replacements],
        ]
    )


@every_stage
@quick
@given(data=st.data())
def test_every_answer_is_kept_or_dropped_exactly_once(name: str, data: st.DataObject) -> None:
    batch = data.draw(batches_for(name))
    outcome = run(find_stage(name), batch)
    assert sources(batch) == sources(outcome.kept) + sources(outcome.dropped)


@every_stage
@quick
@given(data=st.data())
def test_order_is_kept(name: str, data: st.DataObject) -> None:
    batch = data.draw(batches_for(name))
    place = {source: position for position, item in enumerate(batch) for source in item.source_ids}
    positions = [min(place[source] for source in item.source_ids) for item in run(find_stage(name), batch).kept]
    assert positions == sorted(positions)


@every_stage
@quick
@given(data=st.data())
def test_the_input_is_not_touched_and_the_same_input_gives_the_same_bytes(name: str, data: st.DataObject) -> None:
    batch = data.draw(batches_for(name))
    before = copy.deepcopy(batch)
    first = as_bytes(run(find_stage(name), batch))
    assert batch == before
    assert as_bytes(run(find_stage(name), before)) == first


@every_stage
@quick
@given(data=st.data())
def test_every_drop_names_its_stage_and_a_known_reason(name: str, data: st.DataObject) -> None:
    for drop in run(find_stage(name), data.draw(batches_for(name))).dropped:
        assert isinstance(drop, Drop)
        assert drop.stage == name
        assert drop.reason in DropReason


@pytest.mark.parametrize("name", [name for name in STAGES if find_stage(name).scope != "whole"])
@quick
@given(data=st.data())
def test_any_partition_of_the_input_that_keeps_what_the_scope_says_gives_the_same_union(name: str, data: st.DataObject) -> None:
    batch = data.draw(batches_for(name))
    if find_stage(name).scope == "session":
        batch = sorted(batch, key=session_of)
    cuts = [cut for cut in range(len(batch) + 1) if find_stage(name).scope == "batch" or _between_sessions(batch, cut)]
    cut = data.draw(st.sampled_from(cuts))
    stage = find_stage(name)
    whole, parts = run(stage, batch), [run(stage, batch[:cut]), run(stage, batch[cut:])]
    assert [item for part in parts for item in part.kept] == whole.kept
    assert [drop for part in parts for drop in part.dropped] == whole.dropped
    assert sum((Counter(part.counts) for part in parts), Counter()) == Counter(whole.counts)
    assert find_stage(name).scope == "session" or not whole.counts


def session_of(item: Any) -> str:
    """The session that a sample belongs to, or that it is."""
    return str(item.id if isinstance(item, Session) else item.session_id or item.id)


def _between_sessions(batch: Sequence[Any], cut: int) -> bool:
    return cut in (0, len(batch)) or session_of(batch[cut - 1]) != session_of(batch[cut])


@every_stage
def test_a_plan_can_write_the_stage_down_and_run_it_again(name: str) -> None:
    stage = find_stage(name)
    config = stage.config().model_dump(mode="json")
    assert make_ready(name=name, version=stage.version, config=config).run([]).kept == []
