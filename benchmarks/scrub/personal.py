"""What is found of personal data that has a form, beside Presidio on the same texts. Reach: of e-mail addresses, cards, IBANs, numbers of
social security and IP addresses .99, of phones .90, in the labelled sets and in a thousand made numbers of each kind.

Ours is the package `agentlog.privacy.patterns` alone, English only; a value counts as found if one finding covers it, however named. The
made numbers are valid ones by chance in sentences, JSON, JSON in strings, log lines, tables and addresses of pages. Printed besides: how
much of what each finds in the clean standard library is no mail address, and how fast ours reads real traces.

    python -m benchmarks.scrub.personal [--show] [--peer 150]

``--show`` prints what ours missed; ``--peer`` is how many made numbers of each kind Presidio gets, which takes its time.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from agentlog.privacy.detector import Detector
from agentlog.privacy.patterns import recognisers
from agentlog.privacy.text import Text
from benchmarks.scrub.arms import presidio
from benchmarks.scrub.material import labelled, numbers
from benchmarks.scrub.material.code import standard_library
from benchmarks.scrub.material.traces import distinct, traces

REACH = {"EMAIL_ADDRESS": 0.99, "CREDIT_CARD": 0.99, "IBAN_CODE": 0.99, "US_SSN": 0.99, "IP_ADDRESS": 0.99, "PHONE_NUMBER": 0.90}
MADE: dict[str, Callable[[random.Random], str]] = {
    "EMAIL_ADDRESS": numbers.mail,
    "CREDIT_CARD": numbers.card,
    "IBAN_CODE": numbers.iban,
    "US_SSN": numbers.social_security,
    "IP_ADDRESS": numbers.address,
    "PHONE_NUMBER": numbers.phone,
}
AROUND = (
    "Please note down {} for later.",
    '{{"status": "ok", "value": "{}", "retries": 3}}',
    '{{\\"input\\": \\"{}\\", \\"ok\\": true}}',
    "{{'value': '{}'}}",
    "first line\\n{}\\nlast line",
    "17,{},open,2024-05-01",
    "| 42 | {} | yes |",
    "INFO 2024-05-01 10:20:30 handled {} in 17 ms",
    "https://host.dev/search?q={}&page=2",
    "({})",
    'def test():\n    assert find("{}")',
    "- {}\n- none",
)
MANY = 1000
CLEAN, PEERS_CLEAN = 8_000_000, 200_000
Find = Callable[[str], list[tuple[int, int, str]]]


class Case(NamedTuple):
    """A text, and the place and kind of one value in it."""

    text: str
    start: int
    end: int
    entity: str


def main() -> None:
    given = _arguments()
    detector = Detector(recognisers(["en"]))
    arms: dict[str, Find] = {
        "ours": lambda text: [(span.start, span.end, span.entity) for span in detector.find(Text(text))],
        "presidio": lambda text: [(one.start, one.end, one.entity) for one in presidio.find(text)],
    }
    labelled_cases, made = list(_labelled()), list(_made())
    few = [case for number, case in enumerate(made) if number % MANY < given.peer]
    missed = _table("labelled sets", {"ours": labelled_cases, "presidio": labelled_cases}, arms, given.show)
    missed += _table(f"made numbers, {MANY} of each", {"ours": made, "presidio": few}, arms, given.show)
    _clean(arms)
    _speed(detector)
    if missed:
        print("missed:", "; ".join(missed))
    sys.exit(bool(missed))


def _table(title: str, cases: dict[str, list[Case]], arms: dict[str, Find], show: bool) -> list[str]:
    if not cases["ours"]:
        print(f"{title}: {labelled.LEFT_OUT}")
        return []
    rates = {name: _recall(cases[name], find, show and name == "ours") for name, find in arms.items()}
    print(f"{title:34}{'reach':>8}{'of':>7}{'ours':>8}{'presidio':>10}")
    total = Counter(case.entity for case in cases["ours"])
    for entity, reach in REACH.items():
        if total[entity]:
            print(f"{entity:34}{reach:8.2f}{total[entity]:7}{rates['ours'][entity]:8.3f}{rates['presidio'].get(entity, 0):10.3f}")
    return [f"{title}: {entity}" for entity, reach in REACH.items() if total[entity] and rates["ours"][entity] < reach]


def _recall(cases: Iterable[Case], find: Find, show: bool) -> dict[str, float]:
    there: Counter[str] = Counter()
    covered: Counter[str] = Counter()
    for case in cases:
        there[case.entity] += 1
        if any(start <= case.start and case.end <= end for start, end, _ in find(case.text)):
            covered[case.entity] += 1
        elif show:
            print(f"  missed {case.entity}: {case.text[max(case.start - 40, 0) : case.end + 20]!r}")
    return {entity: covered[entity] / count for entity, count in there.items()}


def _labelled() -> Iterator[Case]:
    folder = labelled.folder()
    for file in sorted((folder / "pii").glob("*.json.gz")) if folder else ():
        for _, records in labelled.values(file):
            for record in records:
                for span in record["spans"]:
                    if span["entity_type"] in REACH:
                        yield Case(record["full_text"], span["start_position"], span["end_position"], span["entity_type"])


def _made() -> Iterator[Case]:
    rng = random.Random(11)
    for entity, make in MADE.items():
        for _ in range(MANY):
            value, around = make(rng), rng.choice(AROUND)
            text = around.format(value)
            start = around.format("\0").index("\0")
            yield Case(text, start, start + len(value), entity)


def _clean(arms: dict[str, Find]) -> None:
    for name, find in arms.items():
        size, found = 0, Counter[str]()
        files = list(standard_library())
        random.Random(5).shuffle(files)
        for file in files:
            if size < (CLEAN if name == "ours" else PEERS_CLEAN):
                size += len(file.text)
                found.update(entity for _, _, entity in find(file.text))
        others = found.total() - found["EMAIL_ADDRESS"]
        print(f"standard library, {name}: {100_000 * others / size:.2f} findings per 100 KB besides mail addresses {dict(found)}")


def _speed(detector: Detector) -> None:
    texts = distinct(traces())
    if texts:
        begun = time.process_time()
        for text in texts:
            detector.find(Text(text))
        print(f"real traces, distinct texts: {sum(map(len, texts)) / 1e6 / (time.process_time() - begun):.1f} MB/s")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--peer", type=int, default=150)
    return parser.parse_args()


if __name__ == "__main__":
    main()
