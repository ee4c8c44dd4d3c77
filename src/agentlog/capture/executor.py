"""An executor that is logged: an object whose ``execute`` is recorded, and which is otherwise the object it stands for."""

from functools import partial
from typing import Any

from agentlog.capture.recording import Facts, Starter, record_function
from agentlog.capture.stand_in import StandIn, stand_in


class LoggedExecutor(StandIn):
    """Stands for an executor; every call of its ``execute`` is logged."""

    def __init__(self, original: Any, facts: Facts, logger: Starter) -> None:
        again = partial(logged_executor, facts=facts, logger=logger)
        super().__init__(original, again, execute=record_function(original.execute, facts, logger))


def logged_executor(original: Any, facts: Facts, logger: Starter) -> Any:
    """What stands for an executor."""
    return stand_in(LoggedExecutor, original, facts, logger)
