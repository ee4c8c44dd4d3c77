"""Stages by name, so that a plan can be written down and carried out anywhere.

A stage is a function ``(batch, config) -> Outcome`` with a frozen config beside it. ``scope="batch"`` promises that any partition of the
input gives the same union of outcomes, and counts nothing; ``scope="session"`` that any partition does which keeps sessions whole;
``scope="whole"`` is a barrier that needs to see everything at once, in a stable order, and works on outlines. The laws that all stages
keep are tested over this registry.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from agentlog.errors import SettingError
from agentlog.schema.outcome import Outcome

Scope = Literal["batch", "session", "whole"]

SESSION_STAGES = ("assemble", "select", "secrets", "redact", "verify", "decontaminate", "outline")
"""The first half of a build, in order: what they make of a session depends on that session alone."""
WHOLE_STAGES = ("dedup_exact", "dedup_near", "balance", "split", "leaks", "score")
"""The second half: barriers over the outlines of all rows."""
STAGES = SESSION_STAGES + WHOLE_STAGES
"""Every stage, in the order of a build."""

_F = TypeVar("_F", bound=Callable[..., Outcome[Any]])


class StageConfig(BaseModel):
    """Base of the stages' configurations: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Stage:
    """A registered stage."""

    name: str
    version: int
    scope: Scope
    config: type[StageConfig]
    function: Callable[[Sequence[Any], Any], Outcome[Any]]


_registered: dict[str, Stage] = {}


def stage(name: str, *, config: type[StageConfig], scope: Scope, version: int) -> Callable[[_F], _F]:
    """Register the decorated function as a stage; the function itself stays as it is."""

    def register(function: _F) -> _F:
        _registered[name] = Stage(name, version, scope, config, function)
        return function

    return register


def find_stage(name: str) -> Stage:
    """The stage of that name, its module imported if need be.

    Raises:
        SettingError: there is none.
    """
    if name not in STAGES:
        raise SettingError(f"unknown stage {name!r}: choose from {', '.join(STAGES)}")
    importlib.import_module(f"agentlog.stages.{name}")
    return _registered[name]


@dataclass(frozen=True, slots=True)
class ReadyStage:
    """A stage as a plan wrote it down, its configuration checked."""

    name: str
    scope: Scope
    run: Callable[[Sequence[Any]], Outcome[Any]]


def make_ready(*, name: str, version: int, config: Mapping[str, Any]) -> ReadyStage:
    """A stage as a plan wrote it down, ready to be run.

    Raises:
        SettingError: the stage has another version by now, or the configuration is not one of its.
    """
    found = find_stage(name)
    if found.version != version:
        raise SettingError(f"the plan wants stage {name} in version {version}, but this agentlog has version {found.version}")
    try:
        ready = found.config.model_validate(dict(config))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise SettingError(f"stage {name}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from error
    return ReadyStage(name, found.scope, lambda batch: found.function(batch, ready))
