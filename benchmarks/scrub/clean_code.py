"""What scrubbing spoils in code that holds nothing private. Reach: at most 1 false replacement per 100 KB, all code parses, all JSON keeps
its shape.

The code is the standard library of this interpreter, HumanEval, diffs, lock files, tracebacks and the output of shells; the JSON are the
texts of real traces that are JSON objects or lists. Whatever is replaced in the code counts as false, but for the mail address of
somebody who wrote it: one that stands in a comment or docstring, or in an assignment to ``__author__`` and its kin, is well formed and lies
at no reserved domain. Both figures are printed, and that without is the goal's. Presidio and detect-secrets get a sample of the same files.

    python -m benchmarks.scrub.clean_code [--show] [--only WORD] [--peers 0]

``--show`` prints every replacement; ``--only`` takes the kinds of files whose name holds the word.
"""

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from benchmarks.scrub.arms import detect_secrets, ours, presidio
from benchmarks.scrub.material import labelled
from benchmarks.scrub.material.authors import is_authors_address
from benchmarks.scrub.material.code import File, diffs, human_eval, parses, standard_library
from benchmarks.scrub.material.lock_files import lock_files
from benchmarks.scrub.material.shape import PRIVATE_KEY, container, difference
from benchmarks.scrub.material.shell import shell_output
from benchmarks.scrub.material.tracebacks import tracebacks
from benchmarks.scrub.material.traces import distinct, traces

REACH = 1.0
PEERS_GET = 250_000
SHOWN = 10
PERSONAL_RUNS = ("taubench",)
"""The customers of the airline are personal: what is replaced in these runs is not false, but their JSON must keep its shape."""

KINDS: dict[str, Callable[[], Iterator[File]]] = {
    "standard library": standard_library,
    "HumanEval": human_eval,
    "diffs": diffs,
    "lock files": lock_files,
    "tracebacks": tracebacks,
    "shell output": shell_output,
}


class Spoilt(NamedTuple):
    """What a tool did to some files: their size in bytes, replacements, those of authors' addresses, and how many still parse."""

    size: int
    seconds: float
    replaced: Counter[str]
    authors: int
    parsed: int
    still: int
    broken: list[str]

    @property
    def rate(self) -> float:
        """False replacements per 100 KB."""
        return 100_000 * (self.replaced.total() - self.authors) / max(self.size, 1)

    def row(self) -> str:
        """The figures as columns."""
        raw = 100_000 * self.replaced.total() / max(self.size, 1)
        parse = f"{self.still}/{self.parsed}" if self.parsed else "-"
        speed = self.size / 1e6 / max(self.seconds, 1e-9)
        return f"{self.size / 1e6:8.2f}{raw:12.2f}{self.authors:10d}{self.rate:10.2f}{parse:>14}{speed:9.2f}"


def main() -> None:
    given = _arguments()
    print(f"{'false replacements':34}{'MB':>8}{'per 100 KB':>12}{'authors':>10}{'without':>10}{'still parse':>14}{'MB/s':>9}")
    missed = []
    for kind, make in KINDS.items():
        if given.only not in kind:
            continue
        files = list(make())
        if not files:
            print(f"{kind}: left out, {labelled.LEFT_OUT}")
            continue
        mine = spoilt_by_ours(files, show=given.show)
        print(f"{kind + ', all':34}{mine.row()}  {_counts(mine.replaced)}", flush=True)
        for name in mine.broken:
            print(f"    no longer parses: {name}")
        if mine.rate > REACH or mine.still < mine.parsed:
            missed.append(kind)
        if given.peers:
            beside(kind, files, given.peers)
    if given.only in "JSON":
        missed += json_keeps_its_shape(given.peers)
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def spoilt_by_ours(files: list[File], *, show: bool = False) -> Spoilt:
    """What our scrubber does to files."""

    def change(file: File) -> tuple[str, list[str], int]:
        text, found = ours.replaced(file.text)
        if show:
            for one in found:
                print(shown(file, one))
        return text, [one.entity for one in found], sum(is_authors_address(file.text, one.entity, one.start, one.end) for one in found)

    return _spoilt(files, change)


def spoilt_by_presidio(files: list[File], least: float = 0.0) -> Spoilt:
    """What Presidio's patterns do, with ``<ENTITY>`` for whatever they find."""

    def change(file: File) -> tuple[str, list[str], int]:
        found = presidio.joined(presidio.find(file.text, least))
        authors = sum(is_authors_address(file.text, one.entity, one.start, one.end) for one in found)
        return presidio.replaced(file.text, found), [one.entity for one in found], authors

    return _spoilt(files, change)


def beside(kind: str, files: list[File], size: int) -> None:
    """Print the figures of all tools on one sample of the files."""
    files = sample(files, size)
    print(f"{'  a sample: agentlog':34}{spoilt_by_ours(files).row()}")
    print(f"{'  Presidio':34}{(theirs := spoilt_by_presidio(files)).row()}  {_counts(theirs.replaced)}")
    print(f"{'  Presidio, score 0.5 and more':34}{spoilt_by_presidio(files, 0.5).row()}")
    done = detect_secrets.scan(files)
    if done is None:
        print(f"  detect-secrets: {detect_secrets.MISSING}")
        return
    kinds = Counter(one.kind for found in done.found for one in found)
    length = sum(len(file.text.encode()) for file in files)
    figures = f"{length / 1e6:8.2f}{100_000 * kinds.total() / length:12.2f}"
    print(f"{'  detect-secrets (replaces nothing)':34}{figures}  {_counts(kinds)}", flush=True)


def json_keeps_its_shape(peers: int) -> list[str]:
    """Every text of the traces that is JSON, alone, and every trace as a whole; what went wrong."""
    every = traces()
    if not every:
        print(f"JSON of traces: left out, {labelled.LEFT_OUT}")
        return []
    inner = [text for text in distinct(every) if container(text) is not None]
    broken = _shapes("JSON inside traces, texts", len(inner), (difference([text], [ours.clean(text)]) for text in inner))
    broken += _shapes("traces as a whole", len(every), (difference(one.value, ours.clean(one.value, one.name)) for one in every))
    if peers:
        some = random.Random(0).sample(inner, min(200, len(inner)))
        some = [text for text in some if len(text) < 20_000]
        kept = sum(not difference([text], [presidio.replaced(text, presidio.joined(presidio.find(text)))]) for text in some)
        print(f"  a sample: Presidio keeps the shape of {kept} of {len(some)} texts")
    return ["shape of JSON"] if broken else []


def _shapes(what: str, number: int, differences: Iterable[str | None]) -> list[str]:
    """Print how many keep their shape, and what went wrong with some; returned is all that went wrong.

    An id that is used as a key (``{"credit_card_4421486": …}``) is data and is replaced as such: that is counted apart, and is meant.
    """
    changed = [said for said in differences if said]
    broken = [said for said in changed if not said.startswith(PRIVATE_KEY)]
    kept = number - len(changed)
    print(f"{what}: {kept} of {number} keep their shape, {len(changed) - len(broken)} more but for ids used as keys", flush=True)
    for said in broken[:SHOWN]:
        print(f"    {said[:200]}")
    return broken


def sample(files: list[File], size: int) -> list[File]:
    """Files by chance until there are so many characters."""
    taken, length = [], 0
    for file in random.Random(0).sample(files, len(files)):
        if length < size and len(file.text) < size:
            taken.append(file)
            length += len(file.text)
    return taken


def shown(file: File, found: ours.Found) -> str:
    """One replacement, for whoever hunts the false ones: file, line, entity, recogniser, and the text in its line."""
    if found.start is None or found.end is None:
        return f"{file.name}:? {found.entity} {found.recogniser} (found in what an earlier replacement left)"
    line = file.text.count("\n", 0, found.start) + 1
    value = file.text[found.start : found.end]
    around = file.text[max(file.text.rfind("\n", 0, found.start) + 1, found.start - 60) : found.end + 20].replace("\n", "\\n")
    author = " AUTHOR" if is_authors_address(file.text, found.entity, found.start, found.end) else ""
    return f"{file.name}:{line} {found.entity} {found.recogniser}{author} {value[:100]!r} in {around[:220]!r}"


def _spoilt(files: list[File], change: Callable[[File], tuple[str, list[str], int]]) -> Spoilt:
    replaced: Counter[str] = Counter()
    authors = parsed = still = 0
    seconds = 0.0
    broken = []
    for file in files:
        begun = time.process_time()
        text, entities, of_authors = change(file)
        seconds += time.process_time() - begun
        replaced.update(entities)
        authors += of_authors
        if _is_python(file) and (text == file.text or parses(file.text)):
            parsed += 1
            fine = text == file.text or parses(text)
            still += fine
            broken += [] if fine else [file.name]
    return Spoilt(sum(len(file.text.encode()) for file in files), seconds, replaced, authors, parsed, still, broken)


def _is_python(file: File) -> bool:
    return file.name.endswith(".py") or re.search(r"\.jsonl:\d+$", file.name) is not None


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.most_common(9))


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description="what scrubbing spoils in clean code")
    parser.add_argument("--show", action="store_true", help="print every replacement of ours")
    parser.add_argument("--only", default="", metavar="WORD", help="only the kinds whose name holds this word")
    parser.add_argument("--peers", type=int, default=PEERS_GET, metavar="N", help="characters of each kind for Presidio (0: not at all)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
