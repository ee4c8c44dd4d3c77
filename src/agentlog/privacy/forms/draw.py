"""Draw: the keyed chance from which stand-ins are made.

All that is drawn comes from an HMAC-SHA256 over the build's secret, the scope, the purpose and the value. So the same value draws the
same within a scope, and nobody without the secret can guess a value or link two scopes.
"""

import hashlib
import hmac
from collections.abc import Callable, Hashable
from itertools import count
from typing import TypeVar

Made = TypeVar("Made", bound=Hashable)

_TAKEN = 4
"""Where so many attempts in a row were taken, those that come after need not try them."""
_PATIENCE = 200


class Draw:
    """What one scope draws; remembers what must be one to one."""

    __slots__ = ("_crowded", "_key", "_scope", "_taken", "_unique")

    def __init__(self, key: str, scope: str) -> None:
        self._key = _bytes(key)
        self._scope = f"{len(scope)}:{scope}:"
        self._unique: dict[tuple[str, str], Hashable] = {}
        self._taken: set[tuple[str, Hashable]] = set()
        self._crowded: dict[str, int] = {}

    def seed(self, purpose: str, value: str, attempt: int = 0) -> bytes:
        """32 bytes that nobody can tell from chance."""
        return hmac.digest(self._key, _bytes(f"{self._scope}{purpose}:{attempt}:{value}"), "sha256")

    def number(self, purpose: str, value: str, attempt: int = 0) -> int:
        """The same as a whole number below 2**256."""
        return int.from_bytes(self.seed(purpose, value, attempt), "big")

    def unique(self, purpose: str, value: str, make: Callable[[int, int], Made]) -> Made:
        """What ``make(number, attempt)`` makes of a value; different values of one purpose never get the same, as long as there are any."""
        made = self._unique.get((purpose, value))
        if made is None:
            first = self._crowded.get(purpose, 0)
            for attempt in count(first):
                made = make(self.number(purpose, value, attempt), attempt)
                if (purpose, made) not in self._taken or attempt - first > _PATIENCE:
                    break
            if attempt - first >= _TAKEN:
                self._crowded[purpose] = first + _TAKEN
            self._taken.add((purpose, made))
            self._unique[purpose, value] = made
        return made  # type: ignore[return-value]  # what is kept under a purpose is what that purpose makes


def stretched(seed: bytes, size: int) -> bytes:
    """As many bytes as wanted from one seed."""
    return hashlib.shake_256(seed).digest(size)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
