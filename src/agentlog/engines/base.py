"""The contract of an engine, and the call it carries.

A call is written down (a name and JSON arguments) and resolved where it runs, so no closure ever crosses to another process. Every engine
yields its results in the order of the batches and is compared with `serial`, byte for byte. An engine is lazy at both ends: it takes a few
batches more than it has given results, and keeps no result that was handed on; so the batches may be more than memory holds.

What an engine does not do: look into a batch, retry a function that failed, or remember anything between two maps but its workers.
"""

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self


@dataclass(frozen=True, slots=True)
class Call:
    """A function by name, ``package.module:function``, and the JSON arguments that it gets beside the batch."""

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def resolve(self) -> Callable[[Any], Any]:
        """The function, ready to be given a batch."""
        module, _, name = self.target.partition(":")
        function = getattr(importlib.import_module(module), name)
        return lambda batch: function(batch, **self.arguments)


class Engine(Protocol):
    """Something that can run a call on batches; a context manager, whose workers end with it."""

    @property
    def workers(self) -> int:
        """How many batches it works on at once."""
        ...

    def map(self, call: Call, batches: Iterable[Any]) -> Iterator[Any]:
        """The result of the call for each batch, in the order of the batches.

        Batch and result are values that pickle can carry, and the function is pure: it may run in another process, and not at all if the
        iterator is closed early. After that, and after a failure, the engine can be used again.

        Raises:
            EngineError: a worker died, or a batch or a result cannot be carried. What the function raises comes up as itself.
        """
        ...

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
