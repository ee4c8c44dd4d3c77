"""The reference engine: one batch after the other, in this process."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from agentlog.engines.base import Call


class SerialEngine:
    """Runs every batch here and now."""

    def map(self, call: Call, batches: Iterable[Sequence[Any]]) -> Iterator[Any]:
        """The result of the call for each batch, in order."""
        function = call.resolve()
        for batch in batches:
            yield function(batch)
