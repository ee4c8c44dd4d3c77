"""Streams and responses that are followed: still the client's own, of classes that differ only in telling what passes.

The client makes a stream itself, of a class derived from the one it would have used, so everything that a user or another helper of the
client does with it stays as it is. Who follows it is found at its HTTP response. The response tells when it is closed, because some helpers
close it and not the stream. Neither refers to itself in a way that would keep it alive.
"""

import functools
from typing import Any, Protocol

_KEY = "agentlog.follower"
_PACKAGES = ("openai", "anthropic")
_STREAMS = ("Stream", "AsyncStream")


class Follower(Protocol):
    """Who is told what passes. Each step of a stream is taken within it."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None: ...

    def came(self, chunk: Any) -> None:
        """A chunk has come."""

    def closed(self, response: Any) -> None:
        """The response was closed."""


class _Both:
    """Two followers of one stream: the logged call that made it, and the one that handed it on."""

    def __init__(self, *followers: Follower) -> None:
        self._followers = followers

    def __enter__(self) -> None:
        for follower in self._followers:
            follower.__enter__()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        for follower in self._followers:
            follower.__exit__(kind, error, trace)

    def came(self, chunk: Any) -> None:
        for follower in self._followers:
            follower.came(chunk)

    def closed(self, response: Any) -> None:
        for follower in self._followers:
            follower.closed(response)


def follow(response: Any, follower: Follower) -> None:
    """Tell the follower of each chunk of the response's stream, and when the response is closed; one who is told already still is."""
    before = response.extensions.get(_KEY)
    response.extensions[_KEY] = follower if before is None else _Both(follower, before)
    if before is None:
        kind: Any = type(response)
        response.__class__ = _telling(kind)


def is_client_stream(value: Any) -> bool:
    """Whether this is a stream that a client of a known package has made."""
    return any(kind.__name__ in _STREAMS and kind.__module__.partition(".")[0] in _PACKAGES for kind in type(value).__mro__)


def follow_stream(stream: Any, follower: Follower) -> None:
    """Follow a stream that a client has made, from here on."""
    if _follower(stream.response) is None:
        kind: Any = type(stream)
        stream.__class__ = followed(kind)
    follow(stream.response, follower)


def followed(kind: Any) -> Any:
    """The class of streams like ``kind``, synchronous or not, which may be a generic alias such as ``Stream[Chunk]``, or None."""
    try:
        return kind and _derived(kind)
    except TypeError:
        # A class of the user's own that nothing can be derived from: its chunks pass unseen.
        return kind


@functools.cache
def _derived(kind: Any) -> Any:
    # A generic alias does not tell what its class can do.
    itself = getattr(kind, "__origin__", kind)
    return _followed_async(kind) if hasattr(itself, "__anext__") else _followed(kind)


def _follower(response: Any) -> Any:
    return response.extensions.get(_KEY)


def _followed(kind: Any) -> Any:
    class Followed(kind):  # type: ignore[misc]  # known only at run time
        def __iter__(self) -> Any:
            return self

        def __next__(self) -> Any:
            follower = _follower(self.response)
            if follower is None:
                return super().__next__()
            with follower:
                chunk = super().__next__()
            follower.came(chunk)
            return chunk

    return _named_like(Followed, kind)


def _followed_async(kind: Any) -> Any:
    class Followed(kind):  # type: ignore[misc]  # known only at run time
        def __aiter__(self) -> Any:
            return self

        async def __anext__(self) -> Any:
            follower = _follower(self.response)
            if follower is None:
                return await super().__anext__()
            with follower:
                chunk = await super().__anext__()
            follower.came(chunk)
            return chunk

    return _named_like(Followed, kind)


@functools.cache
def _telling(kind: Any) -> Any:
    class Telling(kind):  # type: ignore[misc]  # known only at run time
        def close(self) -> None:
            super().close()
            _tell(self)

        async def aclose(self) -> None:
            await super().aclose()
            _tell(self)

    return _named_like(Telling, kind)


def _tell(response: Any) -> None:
    # A copy of a response is followed by nobody.
    if follower := _follower(response):
        follower.closed(response)


def _named_like(kind: Any, original: Any) -> Any:
    kind.__name__, kind.__qualname__, kind.__module__ = original.__name__, original.__qualname__, original.__module__
    return kind
