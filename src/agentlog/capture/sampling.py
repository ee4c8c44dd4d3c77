"""Sampling: which calls are logged, where not all of them can be.

A session is kept whole or not at all by each rate, because a build folds the calls of a session into one another: the choice is made of the
session's id, so it is the same in every process and on every machine. Where two roles have different rates, the sessions of the lower one
are among those of the higher. A call without a session is chosen by chance.
"""

from collections.abc import Mapping
from numbers import Real

from agentlog._ids import uuid7
from agentlog.errors import SettingError

UNSAMPLED = "unsampled-"
"""How the id of a call begins that sampling left out: results and feedback for it are not written either."""


class Sampling:
    """Rates by role, from 0 to 1; a single number is the rate of every role, and a role that is not named is kept.

    Raises:
        SettingError: a rate is no number from 0 to 1.
    """

    def __init__(self, rates: float | Mapping[str, float]) -> None:
        self._default = 1.0 if isinstance(rates, Mapping) else _checked("every role", rates)
        self._rates = {role: _checked(role, rate) for role, rate in rates.items()} if isinstance(rates, Mapping) else {}

    def rate(self, role: str) -> float:
        """The rate of a role."""
        return self._rates.get(role, self._default)

    def keeps(self, role: str, session_id: str | None) -> bool:
        """Whether a call of this role, in this session or in none, is logged."""
        rate = self.rate(role)
        return rate >= 1.0 or (rate > 0.0 and _position(session_id or uuid7()) < rate)


def _position(name: str) -> float:
    """Where a name stands between 0 and 1: even for names that differ in one letter only, anywhere."""
    import hashlib

    return int.from_bytes(hashlib.blake2b(name.encode(errors="backslashreplace"), digest_size=8).digest(), "big") / 2.0**64


def _checked(role: str, rate: float) -> float:
    if not isinstance(rate, Real) or not 0.0 <= rate <= 1.0:
        raise SettingError(f"the sampling rate of {role} is {rate!r}: it must be a number from 0 to 1")
    return float(rate)
