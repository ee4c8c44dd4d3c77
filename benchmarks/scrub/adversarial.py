"""Texts made to take forever. Reach: 1 MB of each kind in less than 2 s of CPU, and twice as much in at most 2.6 times as long.

Each kind is scrubbed at 1 MB and at 2 MB; a ratio is looked at only where 1 MB takes longer than a tenth of a second, and is measured
again before it counts. A kind that raises is a failure as well, and so is one that is not done after ten seconds: it is broken off.

    python -m benchmarks.scrub.adversarial [--only WORD] [--size 1000000]
"""

import argparse
import signal
import sys
import time
from typing import Any, NamedTuple, NoReturn

from benchmarks.scrub.arms import ours
from benchmarks.scrub.material.oddities import Oddity, oddities

SECONDS, RATIO, WORTH_A_RATIO, ENOUGH = 2.0, 2.6, 0.1, 10.0
SHOWN = 15


class Took(NamedTuple):
    """CPU seconds for a kind, once and twice as long; what it raised instead, if so."""

    name: str
    once: float
    twice: float
    raised: str = ""

    @property
    def ratio(self) -> float:
        return self.twice / max(self.once, 1e-9)

    @property
    def fine(self) -> bool:
        return not self.raised and self.once < SECONDS and (self.once < WORTH_A_RATIO or self.ratio <= RATIO)


class Endless(BaseException):
    """Nothing that the scrubber might catch."""


def main() -> None:
    given = _arguments()
    signal.signal(signal.SIGVTALRM, _break_off)
    ours.warm_up()
    kinds = [kind for kind in oddities() if given.only in kind.name]
    took = []
    for kind in kinds:
        took.append(measured(kind, given.size))
        if not took[-1].fine:
            print(_row(took[-1]), flush=True)
    print(f"\nthe slowest of {len(took)} kinds at {given.size / 1e6:g} MB\n{'':44}{'seconds':>9}{'twice':>9}{'ratio':>7}")
    for one in sorted(took, key=lambda one: -one.once)[:SHOWN]:
        print(_row(one))
    missed = [one.name for one in took if not one.fine]
    print(f"{len(took) - len(missed)} of {len(took)} kinds in time and linear")
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def measured(kind: Oddity, size: int) -> Took:
    """The time that a kind takes; a bad figure is measured once more, and the better one counts."""
    took = _once(kind, size)
    if took.fine or took.raised:
        return took
    again = _once(kind, size)
    return again if again.fine or again.once < took.once else took


def _once(kind: Oddity, size: int) -> Took:
    try:
        return Took(kind.name, _seconds(kind.make(size)), _seconds(kind.make(2 * size)))
    except Endless:
        return Took(kind.name, 0.0, 0.0, f"not done after {ENOUGH:g} s")
    except Exception as error:  # noqa: BLE001 (whatever it raises is a failure of that kind)
        return Took(kind.name, 0.0, 0.0, f"{type(error).__name__}: {str(error)[:90]}")


def _seconds(value: Any) -> float:
    signal.setitimer(signal.ITIMER_VIRTUAL, ENOUGH)
    try:
        begun = time.process_time()
        ours.clean(value)
        return time.process_time() - begun
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _break_off(*_: object) -> NoReturn:
    raise Endless


def _row(took: Took) -> str:
    figures = took.raised or f"{took.once:9.2f}{took.twice:9.2f}{took.ratio:7.2f}"
    return f"{took.name[:42]:44}{figures}{'' if took.fine else '  MISSED'}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="texts made to take forever")
    parser.add_argument("--only", default="", metavar="WORD", help="only the kinds whose name holds this word")
    parser.add_argument("--size", type=int, default=1_000_000, metavar="N", help="characters (default %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
