"""An executor that is logged: an object whose ``execute`` is recorded, and which is otherwise the object it stands for.

A copy of it stands for a copy of the original, and is logged as well.
"""

import copy
from typing import Any

from agentlog.capture.recording import Facts, Starter, record_function
from agentlog.capture.stand_in import StandIn, stand_in


class LoggedExecutor(StandIn):
    """Stands for an executor; every call of its ``execute`` is logged."""

    def __init__(self, original: Any, facts: Facts, logger: Starter) -> None:
        super().__init__(original, execute=record_function(original.execute, facts, logger), _told=(facts, logger))

    def __copy__(self) -> Any:
        return logged_executor(copy.copy(self._original), *self._told)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return logged_executor(copy.deepcopy(self._original, memo), *self._told)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return logged_executor, (self._original, *self._told)


def logged_executor(original: Any, facts: Facts, logger: Starter) -> Any:
    """What stands for an executor."""
    return stand_in(LoggedExecutor, original, facts, logger)
