"""Other trainers' formats, one function per format: a sample becomes one row, or nothing where the format has no word for it.

Alpaca (Taori et al., 2023) is one instruction, an optional input and one output: single-turn text. A row with history, tools or several
answers would lose its meaning, so it is left out and counted.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from agentlog.errors import SettingError
from agentlog.schema.messages import text_of
from agentlog.schema.sample import Sample

Export = Callable[[Sample], dict[str, Any] | None]


def alpaca(sample: Sample) -> dict[str, Any] | None:
    """``{instruction, input, output, system}`` of a row that is one question and one answer in text."""
    roles = [message["role"] for message in sample.messages]
    if roles not in (["user", "assistant"], ["system", "user", "assistant"]) or sample.tools or sample.messages[-1].get("tool_calls"):
        return None
    system = text_of(sample.messages[0]) if roles[0] == "system" else ""
    return {"instruction": text_of(sample.messages[-2]), "input": "", "output": text_of(sample.messages[-1]), "system": system}


EXPORTS: Mapping[str, Export] = MappingProxyType({"alpaca": alpaca})


def find_export(name: str) -> Export:
    """The export of that name.

    Raises:
        SettingError: there is none; the message names those there are.
    """
    if name not in EXPORTS:
        raise SettingError(f"unknown export {name!r}: choose from {', '.join(EXPORTS)}")
    return EXPORTS[name]
