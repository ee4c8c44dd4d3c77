"""Key blocks: private keys in PEM, OpenPGP, OpenSSH and PuTTY form, whole, on one line, escaped, split over strings, or cut off.

The secret is what stands between the first and the last line, which say only what it is: so quotes, indentation and escapes around the
block stay, and a block that holds nothing but dots or a placeholder is none. A block's end is looked for as far as the largest keys go.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.text import Text

_LONGEST = 32_768
_BEGIN = re.compile(r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)? ?-{4,5}")
_BODY = re.compile(r"(?:[\w+/=.:,\s\"'\\|#>*<&;()-]|%[0-9A-Fa-f]{2})*+")
_RUN = re.compile(r"[A-Za-z0-9+/]{16,}")
_PUTTY = re.compile(r"Private-Lines: \d{1,4}\s{1,20}((?:[A-Za-z0-9+/=]{4,80}\s{1,20}){1,400}?)(?=Private-(?:MAC|Hash)|\Z|\s)")
_MAC = re.compile(r"Private-(?:MAC|Hash): ([0-9a-f]{32,64})")


def key_blocks() -> tuple[Anchored, ...]:
    """The recognisers of private keys."""
    return (
        Anchored("key-block", ("-begin ", "- begin "), _block),
        Anchored("key-block:putty", ("private-lines:", "private-mac:", "private-hash:"), _putty),
    )


def _block(text: Text, start: int, end: int) -> Iterator[Span]:
    begun = _BEGIN.match(text.view, max(0, start - 4)) or _BEGIN.match(text.view, max(0, start - 3))
    if begun is None:
        return
    low = begun.end()
    again = text.view.find("BEGIN ", low, low + _LONGEST)
    limit = again if again >= 0 else low + _LONGEST
    close = text.view.find("END ", low, limit)
    body = text.view[low:close].rstrip("- ") if close >= 0 else _cut_off(text.view, low, limit)
    runs = list(_RUN.finditer(body))
    if not runs or sum(len(run[0]) for run in runs) < 32 or len(set(body)) < 12:
        return
    last = runs[-1].end()
    tail = re.match(r"[\w+/=\\\s]{0,80}", body[last:])
    high = last + len((tail[0] if tail else "").rstrip().rstrip("\\"))
    yield Span(low + runs[0].start(), low + high, "SECRET", "key-block", 1.0, True)


def _cut_off(view: str, low: int, limit: int) -> str:
    found = _BODY.match(view, low, limit)
    return found[0] if found else ""


def _putty(text: Text, start: int, end: int) -> Iterator[Span]:
    found = _PUTTY.match(text.view, start) or _MAC.match(text.view, start)
    if found is None:
        return
    value = found[1].rstrip()
    yield Span(found.start(1), found.start(1) + len(value), "SECRET", "key-block", 1.0, True)
