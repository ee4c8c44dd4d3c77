"""The one door: what it offers is there, and nothing else is."""

import pytest

import agentlog

CONTRACT = {"AgentLogger", "AgentlogError", "build_dataset", "log_interaction", "near_duplicates", "read_interactions", "scrub"}


def test_the_door_offers_exactly_the_contract() -> None:
    assert set(agentlog.__all__) == CONTRACT
    assert set(agentlog._HOMES) == CONTRACT
    assert set(agentlog.__all__) <= set(dir(agentlog))


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_every_name_leads_home_and_is_documented(name: str) -> None:
    value = getattr(agentlog, name)
    assert value.__module__ == agentlog._HOMES[name]
    assert value.__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = agentlog.nothing
