"""What scrubbing costs beside Presidio's pattern recognisers. Reach: at least 40 times as fast on real traces, no entity given up.

The arms take turns on the same texts, in three rounds; counted are CPU seconds of one process. Presidio's arm is its engine with every
recogniser of its default registry for English that needs no language model. It gets a sample, since it needs minutes for a megabyte; the
sample consists of texts that occur only once, so that remembering helps nobody. Ours is measured on all traces as well: each run or chat as
one JSON value, as a build has it, and each text that occurs, once.

    python -m benchmarks.scrub.speed [--sample 300000]
"""

import argparse
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

# One core each: the figures are CPU seconds.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

from benchmarks.scrub.arms import ours, presidio  # noqa: E402
from benchmarks.scrub.material import code, labelled  # noqa: E402
from benchmarks.scrub.material.traces import Trace, distinct, size, traces  # noqa: E402

REACH, ROUNDS, SAMPLE = 40.0, 3, 300_000
NOBODYS = {
    "DATE_TIME": "any date and time: a fact, unless it is a birth date, which is looked for by what announces it",
    "URL": "any address of a page: a fact; secrets, mail addresses, IP addresses and people's folders in one are looked for",
    "UUID": "a number of a thing; one that is a secret or an id of a person is looked for by what announces it",
    "NRP": "nationality, religion and politics: words, which need a language model",
}
"""What Presidio's patterns look for and ours do not, and why."""


def main() -> None:
    given = _arguments()
    every = traces() or _of_the_library()
    texts = distinct(every)
    some = sample(texts, given.sample)
    presidio.find("warm up")
    print(f"{'CPU, one core':44}{'MB':>8}{'MB/s':>8}   spread")
    _row("agentlog, whole traces", sum(size(trace.value) for trace in every), [seconds(whole, every) for _ in range(ROUNDS)])
    _row("agentlog, each distinct text once", sum(map(_bytes, texts)), [seconds(each, texts) for _ in range(ROUNDS)])
    length, mine, theirs = sum(map(_bytes, some)), [], []
    for _ in range(ROUNDS):
        mine.append(seconds(each, some))
        theirs.append(seconds(theirs_each, some))
    _row("a sample of these: agentlog", length, mine)
    _row("a sample of these: Presidio's patterns", length, theirs)
    ratios = [their / my for my, their in zip(mine, theirs, strict=True)]
    print(f"times as fast: {statistics.median(ratios):.0f}   ({min(ratios):.0f} to {max(ratios):.0f})")
    given_up = entities_given_up()
    missed = (["speed"] if statistics.median(ratios) < REACH else []) + (["entities"] if given_up else [])
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def whole(every: list[Trace]) -> None:
    """Each run or chat as one value, in a scope of its own."""
    for trace in every:
        ours.clean(trace.value, trace.name)


def each(texts: list[str]) -> None:
    """Each text as a value of its own."""
    for text in texts:
        ours.clean(text)


def theirs_each(texts: list[str]) -> None:
    """Presidio's engine on each text."""
    for text in texts:
        presidio.find(text)


def seconds(run: Callable[[Any], None], what: Any) -> float:
    """CPU seconds of the process, with what ours remembers of earlier texts forgotten."""
    forget()
    begun = time.process_time()
    run(what)
    return time.process_time() - begun


def forget() -> None:
    """Make a scrubber anew, as a new process would: what the last one remembers of texts would flatter it."""
    from agentlog.privacy import settings

    settings._remembered.cache_clear()
    ours.warm_up()


def sample(texts: list[str], length: int) -> list[str]:
    """Texts by chance until there are so many characters; none is so long that it is the sample."""
    taken: list[str] = []
    for text in random.Random(0).sample(texts, len(texts)):
        if length <= 0:
            break
        if len(text) < 20_000:
            taken.append(text)
            length -= len(text)
    return taken


def entities_given_up() -> list[str]:
    """What Presidio's patterns look for and ours do not, printed; returned is that for which there is no reason."""
    missing = sorted(set(presidio.entities()) - entities_looked_for())
    print(f"Presidio's patterns look for {len(presidio.entities())} kinds, of which ours leave out {len(missing)}:")
    for name in missing:
        print(f"  {name}: {NOBODYS.get(name, 'NO REASON GIVEN')}")
    return [name for name in missing if name not in NOBODYS]


EXAMPLES = {
    "CREDIT_CARD": ("my credit card number is {}", "4539 5787 6362 1486"),
    "CRYPTO": ("send it to the bitcoin wallet {}", "16Yeky6GMjeNkAiNcBY7ZhrLoMSgg1BoyZ"),
    "EMAIL_ADDRESS": ("write to {}", "ana.ruiz@corp.io"),
    "IBAN_CODE": ("the account is {}", "DE89370400440532013000"),
    "IP_ADDRESS": ("a request from {}", "81.2.69.142"),
    "MAC_ADDRESS": ("the network card has {}", "3C:22:FB:4A:91:0E"),
    "MEDICAL_LICENSE": ("DEA medical certificate number {}", "BB1388568"),
    "PHONE_NUMBER": ("call {}", "+1 (415) 265-3890"),
    "UK_NHS": ("NHS number {}", "401-023-2137"),
    "US_BANK_NUMBER": ("my bank account number is {}", "945456787654"),
    "US_DRIVER_LICENSE": ("driver license number {}", "H12234567"),
    "US_ITIN": ("my ITIN is {}", "911-70-1234"),
    "US_PASSPORT": ("passport number {}", "912803456"),
    "US_SSN": ("social security number {}", "536-22-8719"),
}
"""A value of each kind, in a text that announces it with the words that Presidio takes for its context."""


def entities_looked_for() -> set[str]:
    """The kinds of Presidio's that are replaced, under whatever name, when ours is shown one."""
    return {entity for entity, (text, value) in EXAMPLES.items() if value not in ours.clean(text.format(value))}


def _of_the_library() -> list[Trace]:
    print(f"the standard library instead of real traces: {labelled.LEFT_OUT}")
    return [Trace(file.name, {"content": file.text}) for file in code.standard_library()]


def _bytes(text: str) -> int:
    return len(text.encode(errors="surrogatepass"))


def _row(name: str, length: int, taken: list[float]) -> None:
    speeds = [length / 1e6 / one for one in taken]
    print(f"{name:44}{length / 1e6:8.2f}{statistics.median(speeds):8.2f}   {min(speeds):.2f} to {max(speeds):.2f}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="what scrubbing costs")
    parser.add_argument("--sample", type=int, default=SAMPLE, metavar="N", help="characters that Presidio gets (default %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
