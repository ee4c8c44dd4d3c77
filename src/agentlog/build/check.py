"""The last look at a dataset before it is published: an independent reader goes through its final bytes.

It shares no code with what scrubbed the rows. Rows were read by it when they were finished, each by itself (`agentlog.stages.verify`); here
every line on the disk is compared with the line that passed, and is read again if it is not the very same. All other files are read whole.
If it finds anything private, nothing is published, and the message says where, never what.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from agentlog.errors import BuildRefusedError
from agentlog.privacy.settings import PrivacySettings, known_to
from agentlog.privacy.verifier import Leak, verify_files

_SHOWN = 5
Proofs = Mapping[str, "array[int]"]
"""For each file of rows the proofs of its lines, in order."""


def proof(line: bytes) -> int:
    """What stands for a line that was verified: 64 bits of its digest."""
    return int.from_bytes(hashlib.blake2b(line, digest_size=8).digest())


def check_folder(folder: Path, settings: PrivacySettings, proofs: Proofs) -> None:
    """Read every file of a dataset that is about to be published.

    Raises:
        BuildRefusedError: something private is left in one of them.
    """
    people = known_to(settings)
    leaks: list[Leak] = []
    for file in sorted(file for file in folder.iterdir() if file.is_file()):
        if file.name not in proofs:
            leaks += verify_files([file], people=people, deny=settings.deny, allow=settings.allow)
            continue
        for number, line in _unproven(file, proofs[file.name]):
            found = verify_files({file.name: line}, people=people, deny=settings.deny, allow=settings.allow)
            leaks += [leak._replace(line=number) for leak in found]
    if leaks:
        raise BuildRefusedError(_said(leaks))


def _unproven(file: Path, proofs: "array[int]") -> Iterator[tuple[int, bytes]]:
    with file.open("rb") as stream:
        for number, line in enumerate(stream):
            if number >= len(proofs) or proof(line) != proofs[number]:
                yield number + 1, line


def _said(leaks: list[Leak]) -> str:
    kinds = ", ".join(f"{entity} {number}" for entity, number in sorted(Counter(leak.entity for leak in leaks).items()))
    places = "; ".join(f"{Path(leak.file).name} line {leak.line}: {leak.entity} ({leak.why})" for leak in leaks[:_SHOWN])
    more = f"; and {len(leaks) - _SHOWN} more" if len(leaks) > _SHOWN else ""
    return (
        f"nothing was published: the check of the written files still finds private data ({kinds}): {places}{more}. "
        "If it is harmless, list the text under scrub: allow in agentlog.yaml; if not, under deny, and please report it"
    )
