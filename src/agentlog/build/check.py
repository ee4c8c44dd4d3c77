"""The last look at a dataset before it is published: an independent reader goes through its final bytes.

It shares no code with what scrubbed the rows. Rows were read by it when they were finished, each by itself (`agentlog.stages.verify`): a
file of rows whose digest on the disk is that of the lines that passed needs no other look. All other files are read whole. If anything
private is found, nothing is published, and the message says where, never what.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from agentlog.dataset.writer import digest_of
from agentlog.errors import BuildRefusedError
from agentlog.privacy.settings import PrivacySettings, known_to
from agentlog.privacy.verifier import Leak, verify_files

_SHOWN = 5


def check_folder(folder: Path, settings: PrivacySettings, verified: Mapping[str, str]) -> None:
    """Read every file of a dataset that is about to be published, but those that have the digest of what was verified.

    Raises:
        BuildRefusedError: something private is left in one of them.
    """
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and verified.get(file.name) != digest_of(file)]
    leaks = verify_files(files, people=known_to(settings), deny=settings.deny, allow=settings.allow)
    if leaks:
        raise BuildRefusedError(_said(leaks))


def _said(leaks: list[Leak]) -> str:
    kinds = ", ".join(f"{entity} {number}" for entity, number in sorted(Counter(leak.entity for leak in leaks).items()))
    places = "; ".join(f"{Path(leak.file).name} line {leak.line}: {leak.entity} ({leak.why})" for leak in leaks[:_SHOWN])
    more = f"; and {len(leaks) - _SHOWN} more" if len(leaks) > _SHOWN else ""
    return (
        f"nothing was published: the check of the written files still finds private data ({kinds}): {places}{more}. "
        "If it is harmless, list the text under scrub: allow in agentlog.yaml; if not, under deny, and please report it"
    )
