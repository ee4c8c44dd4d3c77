"""Every shape of call that there is, made by a function from a decorator to something that is called with a prompt.

They all do the same: answer with one object, or raise another.
"""

import abc
import asyncio
import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

ANSWER = "".join(["an ", "answer"])
ERROR = ValueError("wrong")
Decorate = Callable[[Any], Any]


def as_it_is(function: Any) -> Any:
    return function


def reply(prompt: str) -> str:
    """What all of them do."""
    if prompt == "fail":
        raise ERROR
    return ANSWER


def function(log: Decorate) -> Any:
    @log
    def ask(prompt: str) -> str:
        """Ask."""
        return reply(prompt)

    return ask


def function_named(log: Decorate) -> Any:
    ask = log(lambda *, prompt: reply(prompt))
    return lambda prompt: ask(prompt=prompt)


def coroutine_function(log: Decorate) -> Any:
    @log
    async def ask(prompt: str) -> str:
        """Ask."""
        await asyncio.sleep(0)
        return reply(prompt)

    return ask


def generator_function(log: Decorate) -> Any:
    @log
    def ask(prompt: str) -> Any:
        """Ask."""
        yield reply(prompt)

    return ask


def async_generator_function(log: Decorate) -> Any:
    @log
    async def ask(prompt: str) -> Any:
        """Ask."""
        await asyncio.sleep(0)
        yield reply(prompt)

    return ask


def method(log: Decorate) -> Any:
    class Asked:
        @log
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def async_method(log: Decorate) -> Any:
    class Asked:
        @log
        async def ask(self, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def method_of_an_object_with_slots(log: Decorate) -> Any:
    class Asked:
        __slots__ = ("known",)

        @log
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def method_of_a_dataclass(log: Decorate) -> Any:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Asked:
        size: int = 3

        @log
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def bound_method(log: Decorate) -> Any:
    return log(method(as_it_is))


def bound_method_within_a_class(log: Decorate) -> Any:
    """It has its object already, and must not be given another."""

    class Asked:
        ask = bound_method(log)

    return Asked().ask


def cached_method_of_its_class(log: Decorate) -> Any:
    class Asked:
        @log
        @functools.lru_cache  # noqa: B019  it lives no longer than the test
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    return functools.partial(Asked.ask, Asked())


def method_that_overrides(log: Decorate) -> Any:
    class Base:
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    class Asked(Base):
        @log
        def ask(self, prompt: str) -> str:
            return super().ask(prompt)

    return Asked().ask


def inherited_method(log: Decorate) -> Any:
    class Base:
        @log
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    class Asked(Base):
        def ask(self, prompt: str) -> str:
            return super().ask(prompt)

    return Asked().ask


def static_method_below(log: Decorate) -> Any:
    class Asked:
        @staticmethod
        @log
        def ask(prompt: str) -> str:
            return reply(prompt)

    return Asked.ask


def static_method_above(log: Decorate) -> Any:
    class Asked:
        @log
        @staticmethod
        def ask(prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def class_method_below(log: Decorate) -> Any:
    class Asked:
        @classmethod
        @log
        def ask(cls, prompt: str) -> str:
            return reply(prompt)

    return Asked.ask


def class_method_above(log: Decorate) -> Any:
    class Asked:
        @log
        @classmethod
        async def ask(cls, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def partial_of_a_function(log: Decorate) -> Any:
    return log(functools.partial(lambda size, prompt: reply(prompt), 3))


def partial_of_a_coroutine_function(log: Decorate) -> Any:
    return log(functools.partial(coroutine_function(as_it_is)))


def partial_of_a_generator_function(log: Decorate) -> Any:
    return log(functools.partial(generator_function(as_it_is)))


def partial_of_what_is_logged(log: Decorate) -> Any:
    return functools.partial(function(log))


def partial_method(log: Decorate) -> Any:
    class Asked:
        def sized(self, size: int, prompt: str) -> str:
            return reply(prompt)

        ask = log(functools.partialmethod(sized, 3))

    return Asked().ask


def partial_within_a_class(log: Decorate) -> Any:
    """It becomes no method there, and must not be given the object."""

    class Asked:
        ask = log(functools.partial(reply))

    return Asked().ask


def callable_object(log: Decorate) -> Any:
    class Asked:
        def __call__(self, prompt: str) -> str:
            return reply(prompt)

    return log(Asked())


def async_callable_object(log: Decorate) -> Any:
    class Asked:
        async def __call__(self, prompt: str) -> str:
            return reply(prompt)

    return log(Asked())


def callable_object_whose_call_is_logged(log: Decorate) -> Any:
    class Asked:
        @log
        def __call__(self, prompt: str) -> str:
            return reply(prompt)

    return Asked()


def callable_object_within_a_class(log: Decorate) -> Any:
    class Asked:
        ask = callable_object(log)

    return Asked().ask


def function_with_a_cache(log: Decorate) -> Any:
    return log(functools.lru_cache(reply))


def method_with_a_cache(log: Decorate) -> Any:
    class Asked:
        @log
        @functools.lru_cache  # noqa: B019  it lives no longer than the test
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def property_that_is_a_function(log: Decorate) -> Any:
    class Asked:
        @property
        def ask(self) -> Any:
            return function(log)

    return Asked().ask


def function_of_a_class_with_an_abstract_method(log: Decorate) -> Any:
    class Base(abc.ABC):
        @log
        @abc.abstractmethod
        def ask(self, prompt: str) -> str: ...

    class Asked(Base):
        def ask(self, prompt: str) -> str:
            return again(prompt)

    with pytest.raises(TypeError, match="abstract"):
        Base()  # type: ignore[abstract]
    again = function(log)
    return Asked().ask


def function_that_hands_on_a_coroutine(log: Decorate) -> Any:
    ask = coroutine_function(as_it_is)
    return log(lambda prompt: ask(prompt))


def function_that_hands_on_a_generator(log: Decorate) -> Any:
    ask = generator_function(as_it_is)
    return log(lambda prompt: ask(prompt))


def function_that_hands_on_an_async_generator(log: Decorate) -> Any:
    ask = async_generator_function(as_it_is)
    return log(lambda prompt: ask(prompt))


def function_that_begins_a_task(log: Decorate) -> Any:
    ask = coroutine_function(as_it_is)
    begin = log(lambda prompt: asyncio.ensure_future(ask(prompt)))

    async def run(prompt: str) -> str:
        answer: str = await begin(prompt)
        return answer

    return run


SHAPES = [made for made in list(globals().values()) if inspect.isfunction(made) and made.__module__ == __name__][2:]
