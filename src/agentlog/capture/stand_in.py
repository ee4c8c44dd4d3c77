"""StandIn: an object that stands for another one, some of whose calls are logged.

Attributes are read from and set on the original, `isinstance` sees the original's class, and what Python's syntax does with an object
(``with``, ``len``, ``[]``, ``for``) it does with the original. So whatever is no plain function keeps its kind, its attributes and its
behaviour within a class: a partial, a callable object, a bound method, a function with a cache. A copy stands for a copy, and is logged
as well.
"""

import copy
import functools
from collections.abc import Callable
from types import MethodType
from typing import Any

# What makes an object that it is, and what is answered here; the rest of a class's own special methods are the original's.
_OWN = frozenset(
    {
        "__new__", "__init__", "__init_subclass__", "__subclasshook__", "__class_getitem__", "__del__", "__class__", "__dict__",
        "__slots__", "__weakref__", "__getattribute__", "__getattr__", "__setattr__", "__delattr__", "__repr__", "__dir__", "__get__",
        "__set_name__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__copy__", "__deepcopy__",
    }
)  # fmt: skip


class StandIn:
    """Stands for ``original``, whose attributes it has but for those that are given: they are logged.

    ``again`` makes what stands for another object in the same way, such as a copy of this one.
    """

    def __init__(self, original: Any, again: Callable[[Any], Any], **logged: Any) -> None:
        told = {name: getattr(original, name, None) for name in ("__doc__", "__module__")}
        for name, value in {"_original": original, "_again": again, **told, **logged}.items():
            object.__setattr__(self, name, value)

    @property  # type: ignore[misc]  # isinstance must see the original's class
    def __class__(self) -> type:
        return type(_original(self))

    def __getattr__(self, name: str) -> Any:
        return getattr(_original(self), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(_original(self), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(_original(self), name)

    def __dir__(self) -> list[str]:
        return dir(_original(self))

    def __repr__(self) -> str:
        return f"<logged {_original(self)!r}>"

    def __copy__(self) -> Any:
        return self._again(copy.copy(_original(self)))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self._again(copy.deepcopy(_original(self), memo))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._again, (_original(self),)


def stand_in(kind: Any, original: Any, *args: Any) -> Any:
    """An object of this kind of stand-in, with the special methods that the original has."""
    its_class: Any = type(original)
    return _with_methods_of(its_class, kind)(original, *args)


@functools.lru_cache(maxsize=256)
def _with_methods_of(original: Any, kind: Any) -> Any:
    names = {name for name in dir(original) if name.startswith("__") and name.endswith("__")} - _OWN
    names -= {name for each in kind.__mro__[:-1] for name in each.__dict__}
    own = {name for name in names if getattr(original, name) is not getattr(object, name, None)}
    return type(kind.__name__, (kind,), {name: _passed_on(name) for name in own if callable(getattr(original, name))})


def _passed_on(name: str) -> Callable[..., Any]:
    def passed_on(self: StandIn, *args: Any, **kwargs: Any) -> Any:
        return getattr(_original(self), name)(*args, **kwargs)

    return passed_on


def _original(stand_in: StandIn) -> Any:
    return object.__getattribute__(stand_in, "_original")


class LoggedCallable(StandIn):
    """Stands for something that can be called; its calls are logged."""

    def __init__(self, original: Any, again: Callable[[Any], Any], logged: Callable[..., Any]) -> None:
        super().__init__(original, again, _logged=logged, __call__=logged, __wrapped__=original)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return object.__getattribute__(self, "_logged")(*args, **kwargs)


class LoggedDescriptor(LoggedCallable):
    """The same for what becomes a method where it stands in a class."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        bound = _original(self).__get__(instance, owner)
        return self if instance is None or bound is _original(self) else MethodType(self, instance)


def logged_callable(original: Any, again: Callable[[Any], Any], logged: Callable[..., Any]) -> Any:
    """What stands for a callable that is no plain function; ``logged`` calls and records it."""
    return stand_in(LoggedDescriptor if hasattr(type(original), "__get__") else LoggedCallable, original, again, logged)
