"""The contract of an engine, and the call it carries.

A call is written down (a name and JSON arguments) and resolved where it runs, so no closure ever crosses to another process. Every engine
yields its results in the order of the batches and is compared with `serial`, byte for byte.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Call:
    """A function by name, ``package.module:function``, and the JSON arguments that it gets beside the batch."""

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def resolve(self) -> Callable[[Sequence[Any]], Any]:
        """The function, ready to be given a batch."""
        module, _, name = self.target.partition(":")
        function = getattr(importlib.import_module(module), name)
        return lambda batch: function(batch, **self.arguments)


class Engine(Protocol):
    """Something that can run a call on batches."""

    def map(self, call: Call, batches: Iterable[Sequence[Any]]) -> Iterator[Any]:
        """The result of the call for each batch, in the order of the batches."""
        ...
