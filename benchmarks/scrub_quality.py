"""What scrubbing finds and what it spoils: recall on labelled sets, where a checkout has them, and false replacements on clean code.

The clean code is this interpreter's own standard library: whatever is replaced there is counted as false. The labelled sets are looked for
in ``shared/data`` beside the checkout; without them that part is left out, and says so.
"""

import ast
import gzip
import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from agentlog import scrub

KEY = "k" * 32
PATTERNED = ("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "IP_ADDRESS", "PHONE_NUMBER")
NOT_SECRET = {"fuzzy", "identifier", "hash"}


def labelled_folder() -> Path | None:
    """The folder of labelled sets, if there is one."""
    places = [folder / "shared" / "data" for folder in Path(__file__).resolve().parents]
    return next((place for place in places if place.is_dir()), None)


def read(file: Path) -> Any:
    """A gzip'd JSON file."""
    with gzip.open(file) as stream:
        return json.load(stream)


def clean_code(files: int = 80) -> None:
    """False replacements, files that still parse, and speed on the standard library."""
    taken = sorted(Path(os.__file__).parent.glob("*.py"))[:files]
    texts = [file.read_text(errors="replace") for file in taken]
    scrub("warm up", key=KEY)
    begun = time.process_time()
    results = [scrub(text, key=KEY) for text in texts]
    seconds = time.process_time() - begun
    size = sum(map(len, texts))
    false = sum((Counter(result.counts) for result in results), Counter())
    print(f"clean code: {100_000 * sum(false.values()) / size:.2f} false replacements per 100 KB {dict(false)}")
    print(
        f"            {sum(parses(result.value) for result in results)} of {len(taken)} files still parse, {size / 1e6 / seconds:.2f} MB/s"
    )


def parses(code: str) -> bool:
    """Whether the text is Python."""
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def secrets(folder: Path) -> None:
    """Recall of published examples of secrets, and published counter-examples left alone."""
    rules = [rule for rule in read(folder / "secrets" / "noseyparker-examples.json.gz") if not NOT_SECRET & set(rule["categories"])]
    examples = [text for rule in rules for text in rule["examples"]]
    harmless = [text for rule in rules for text in rule["negative_examples"]]
    found = sum("SECRET" in scrub(text, key=KEY).counts for text in examples)
    spared = sum(scrub(text, key=KEY).value == text for text in harmless)
    print(f"secrets: {found} of {len(examples)} found, {spared} of {len(harmless)} counter-examples left alone")


def personal(folder: Path) -> None:
    """Recall of entities that have a form."""
    for file in sorted((folder / "pii").glob("*.json.gz")):
        there: Counter[str] = Counter()
        gone: Counter[str] = Counter()
        for record in read(file):
            clean = scrub(record["full_text"], key=KEY).value
            for span in record["spans"]:
                there[span["entity_type"]] += 1
                gone[span["entity_type"]] += span["entity_value"] not in clean
        print(f"{file.name}: " + ", ".join(f"{name} {gone[name]}/{there[name]}" for name in PATTERNED if there[name]))


def main() -> None:
    """Measure and print."""
    clean_code()
    folder = labelled_folder()
    if folder is None:
        print("no labelled sets beside this checkout: recall was not measured")
        return
    secrets(folder)
    personal(folder)


if __name__ == "__main__":
    main()
