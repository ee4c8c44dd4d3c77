"""Judges: Presidio's recognisers and `phonenumbers`, asked about one candidate at a time.

Our own filters find the candidates; whether a candidate is what it looks like is decided here, where that takes judgement: which numbers a
country has in use, what a national id must look like. A judge takes 20 to 500 microseconds, and a text may hold 50,000 candidates: what
simple arithmetic decides exactly (Luhn's sum, the remainder by 97, the blocks of addresses) is decided where it is found.

The packages are loaded when the first candidate turns up, since Presidio takes seconds to import, and most texts hold none. Nothing here
opens a socket: Presidio's e-mail recogniser, which fetches a list, is not used; the list of top-level domains is the snapshot that
`tldextract` ships.
"""

from functools import lru_cache
from typing import Any

from agentlog._extras import require
from agentlog.privacy.presidio import load_presidio

_PREFIX = 5
"""So many digits may be written within a number that are dialled at home only, as the 0 in ``+49 (0)30``."""


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


def may_be_dialled(number: str) -> bool:
    """Whether the digits behind a plus may be a number of the country whose code they begin with, by their count.

    `phone_number` says no wherever this does; it is asked because it takes a fiftieth of the time.
    """
    for size in range(1, min(4, len(number))):
        most = _fewest_and_most(int(number[:size]))
        if most:
            return most[0] <= len(number) - size <= most[1] + _PREFIX
    return False


@lru_cache(maxsize=1024)
def _fewest_and_most(code: int) -> tuple[int, int] | None:
    """Of how many digits a country's numbers are; nothing if no country has that code."""
    require("phonenumbers", "build")
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    regions = COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    plans = [
        PhoneMetadata.metadata_for_nongeo_region(code) if region == "001" else PhoneMetadata.metadata_for_region(region)
        for region in regions
    ]
    lengths = [
        length
        for plan in plans
        if plan and plan.general_desc
        for length in (*plan.general_desc.possible_length, *plan.general_desc.possible_length_local_only)
    ]
    return (min(lengths), max(lengths)) if lengths else None


@lru_cache(maxsize=1024)
def top_level_domain(label: str) -> bool:
    """Whether a label in lower case is a top-level domain of the public list, as shipped."""
    return bool(_domains()("host." + label).suffix == label)


@lru_cache(maxsize=1)
def _domains() -> Any:
    require("tldextract", "build")
    import tldextract

    return tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=False)
