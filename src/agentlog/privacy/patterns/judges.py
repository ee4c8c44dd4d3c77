"""Judges: Presidio's recognisers and `phonenumbers`, asked about one candidate at a time.

Our own filters find the candidates; whether a candidate is what it looks like is decided here. The packages are loaded when the first
candidate turns up, since Presidio takes seconds to import, and most texts hold none. Nothing here opens a socket: Presidio's e-mail
recogniser, which fetches a list, is not used; the list of top-level domains is the snapshot that `tldextract` ships.
"""

from functools import lru_cache
from typing import Any

from agentlog._extras import require
from agentlog.privacy.presidio import load_presidio


@lru_cache(maxsize=64)
def recogniser(name: str) -> Any:
    """The predefined recogniser of Presidio that has this class name, made once.

    Raises:
        MissingExtraError: Presidio is not installed.
    """
    load_presidio()
    from presidio_analyzer import predefined_recognizers

    return getattr(predefined_recognizers, name)()


@lru_cache(maxsize=4096)
def passes(name: str, value: str) -> bool:
    """Whether the check digits, or whatever else the recogniser validates, are right."""
    judge = recogniser(name)
    return judge.validate_result(value) is not False and not judge.invalidate_result(value)


@lru_cache(maxsize=4096)
def recognises(name: str, value: str) -> bool:
    """Whether the recogniser finds the whole of a value, by its form and its check digits."""
    judge = recogniser(name)
    found = judge.analyze(value, judge.supported_entities)
    return any(result.start == 0 and result.end == len(value) and result.score > 0 for result in found)


@lru_cache(maxsize=4096)
def phone_number(number: str, region: str | None, strict: bool) -> bool:
    """Whether a number could be dialled in a region (none for one that begins with ``+``); strictly: whether it is in a range in use."""
    require("phonenumbers", "build")
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) if strict else phonenumbers.is_possible_number(parsed)


@lru_cache(maxsize=1024)
def top_level_domain(label: str) -> bool:
    """Whether a label in lower case is a top-level domain of the public list, as shipped."""
    return bool(_domains()("host." + label).suffix == label)


@lru_cache(maxsize=1)
def _domains() -> Any:
    require("tldextract", "build")
    import tldextract

    return tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=False)
