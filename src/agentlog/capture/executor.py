"""An executor that is logged: an object whose ``execute`` is recorded, and which is otherwise the object it stands for.

Attributes are read from and set on the original, and ``isinstance`` sees the original's class.
"""

from typing import Any

from agentlog.capture.recording import Facts, Starter, record_function


class LoggedExecutor:
    """Stands for an executor; every call of its ``execute`` is logged."""

    def __init__(self, original: Any, facts: Facts, logger: Starter) -> None:
        object.__setattr__(self, "_original", original)
        object.__setattr__(self, "execute", record_function(original.execute, facts, logger))

    @property  # type: ignore[misc]  # isinstance must see the original's class
    def __class__(self) -> type:
        return type(object.__getattribute__(self, "_original"))

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_original"), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(object.__getattribute__(self, "_original"), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "_original"), name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return object.__getattribute__(self, "_original")(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<logged {object.__getattribute__(self, '_original')!r}>"
