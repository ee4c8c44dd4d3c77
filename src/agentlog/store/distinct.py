"""Distinct: how many different texts there are, in memory that does not grow with their number.

Texts are told apart by 64-bit hashes, so that among a billion of them the chance that one is missed is one in forty. The hashes seen lately
are held as a set; when there are too many, they are dealt out in shares, and each share is counted by itself at the end.
"""

from array import array
from collections import defaultdict

from agentlog._io.spill import Spill

_HELD = 1 << 16
_SHARES = 256


class Distinct:
    """A count that texts are added to; ``name`` tells its streams in the spill from those of other counts."""

    def __init__(self, spill: Spill, name: str, held: int = _HELD) -> None:
        self._spill, self._name, self._most = spill, name, held
        self._held: set[int] = set()
        self._dealt = False

    def add(self, text: str) -> None:
        """Add a text."""
        self._held.add(hash(text))
        if len(self._held) > self._most:
            self._deal()

    def count(self) -> int:
        """How many different texts were added; the count begins anew."""
        if not self._dealt:
            return len(self._held)
        self._deal()
        self._dealt = False
        return sum(len(set(array("q", self._spill.take((self._name, share))))) for share in range(_SHARES))

    def _deal(self) -> None:
        shares: defaultdict[int, list[int]] = defaultdict(list)
        for key in self._held:
            shares[key % _SHARES].append(key)
        for share, keys in shares.items():
            self._spill.add((self._name, share), array("q", keys).tobytes())
        self._held.clear()
        self._dealt = True
