"""The reference engine: one batch after the other, in this process."""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from agentlog.engines.base import Call


class SerialEngine:
    """Runs every batch here and now."""

    workers = 1

    def map(self, call: Call, batches: Iterable[Any]) -> Iterator[Any]:
        """The result of the call for each batch, in order."""
        function = call.resolve()
        for batch in batches:
            yield function(batch)

    def close(self) -> None:
        """There is nothing to end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
