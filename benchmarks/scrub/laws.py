"""The laws of scrubbing on generated cases. Reach: 10,000 cases, no failure.

Each case is a value made by chance from a seed, with private values planted where their form or a key gives them away. Then: nothing
planted is left; the shape is kept, in JSON inside strings too; the value given is not changed; scrubbing the result changes nothing and
finds nothing; the same value has the same stand-in everywhere within a scope, different ones have different ones, and another scope has
others. Whatever fails is printed with the seed of its case.

    python -m benchmarks.scrub.laws [CASES] [FIRST SEED]
"""

import copy
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

from agentlog import scrub
from benchmarks.scrub.arms.ours import KEY
from benchmarks.scrub.material.planted import Case, case
from benchmarks.scrub.material.shape import container, difference

CASES = 10_000
SHOWN = 40
_FEW_STAND_INS = {"ACCOUNT_ID", "ZIP_CODE", "PHONE_NUMBER", "IP_ADDRESS", "PERSON", "DATE_OF_BIRTH", "ADDRESS", "US_SSN"}
"""Of these there are so few stand-ins that two scopes may well have the same."""


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    broken: Counter[str] = Counter()
    for seed in range(first, first + cases):
        for law, said in broken_laws(case(random.Random(seed))):
            broken[law] += 1
            if broken.total() <= SHOWN:
                print(f"seed {seed}: {law}: {said[:300]}", flush=True)
    print(f"{cases} cases, {broken.total()} failures{''.join(f'; {law}: {number}' for law, number in broken.most_common())}")
    if broken:
        sys.exit(1)


def broken_laws(made: Case) -> Iterator[tuple[str, str]]:
    """The laws that do not hold for a case, each with what is wrong."""
    given = copy.deepcopy(made.value)
    try:
        clean = scrub(made.value, key=KEY, scope="one")
        again = scrub(clean.value, key=KEY, scope="one")
        other = scrub(made.value, key=KEY, scope="two")
    except Exception as error:  # noqa: BLE001 (whatever it raises is a failure of that case)
        yield "raised", f"{type(error).__name__}: {error}"
        return
    if made.value != given:
        yield "the value given was changed", ""
    yield from _left(made, clean.value)
    if said := difference(given, clean.value):
        yield "shape", said
    if again.value != clean.value:
        yield "idempotence", next(_differences(clean.value, again.value))
    elif again.findings:
        yield "idempotence", f"found again without a change: {again.findings[0]}"
    yield from _stand_ins(made, clean.value, other.value)
    if clean.value != scrub(given, key=KEY, scope="one").value:
        yield "determinism", ""


def _left(made: Case, clean: Any) -> Iterator[tuple[str, str]]:
    texts = list(_every_text(clean))
    for one in made.planted:
        alone = re.compile(rf"(?<![^\W_]){re.escape(one.value)}(?![^\W_])")
        for text in texts:
            if found := alone.search(text):
                around = text[max(found.start() - 60, 0) : found.end() + 30]
                yield f"left: {one.entity}", f"{one.value} ({one.key}) in {around!r}"
                break


def _stand_ins(made: Case, clean: Any, other: Any) -> Iterator[tuple[str, str]]:
    if not made.value["witnesses"]:
        return
    many = len(made.planted)
    said = [next(iter(one.values())) for one in clean["witnesses"] if isinstance(one, dict)]
    elsewhere = [next(iter(one.values())) for one in other["witnesses"] if isinstance(one, dict)]
    for number, one in enumerate(made.planted):
        if said[number] != said[number + many]:
            yield "same value, same stand-in", f"{one.entity}: {said[number]} and {said[number + many]}"
        if said[number] == elsewhere[number] and said[number] != one.value and one.entity not in _FEW_STAND_INS:
            yield "another scope, another stand-in", f"{one.entity}: {said[number]} in both"
    if len(set(map(str, said))) < len({str(one.value) for one in made.planted}):
        yield "other values, other stand-ins", f"{sorted(map(str, said[:many]))} for {sorted(one.value for one in made.planted)}"


def _every_text(value: Any, depth: int = 0) -> Iterator[str]:
    """All texts and keys, and numbers as texts; of JSON inside strings too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _every_text(inner, depth)
    elif isinstance(value, list):
        for inner in value:
            yield from _every_text(inner, depth)
    else:
        yield str(value)
        if isinstance(value, str) and depth < 8 and (inner := container(value)) is not None:
            yield from _every_text(inner, depth + 1)


def _differences(before: Any, after: Any) -> Iterator[str]:
    for old, new in zip(_every_text(before), _every_text(after), strict=False):
        if old != new:
            place = next((number for number, (one, two) in enumerate(zip(old, new, strict=False)) if one != two), 0)
            yield f"{old[max(place - 50, 0) : place + 60]!r} became {new[max(place - 50, 0) : place + 60]!r}"
    yield "in its structure"


if __name__ == "__main__":
    main()
