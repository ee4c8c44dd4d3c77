"""Personal data with a recognisable form: e-mail, phone, card, IBAN, social-security number, IP address; and people known by name.

Presidio's recognisers do the recognising, called one by one behind cheap filters that know which of them could find anything at all; its
engine is not used, since that wants a language model. Left alone is what is nobody's: addresses of examples and of private networks, and
the ``::`` of programming languages. Names and postal addresses of people nobody listed are not found: that needs a language model.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from agentlog._extras import require
from agentlog.schema.outcome import Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.registry import stage
from agentlog.stages.scrubbing import Detector, Finding, ScrubConfig, scrub_samples
from agentlog.privacy.standins import is_stand_in
from agentlog.stages.texts import Leaf

NAMES_NOTE = "Names and postal addresses were not looked for: that needs a language model, and none is configured."
REGIONS = {"en": ("US", "GB", "CA"), "de": ("DE",), "fr": ("FR",), "es": ("ES",), "it": ("IT",)}
_RESERVED_MAIL = re.compile(r"(?i)@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|[\w-]+\.(?:test|invalid|example|localhost))$")
_SAID_PHONE = re.compile(r"(?i)(?:phone|tel|mobile|cell|call|fax|whatsapp|sms)\W*(?:\w+\W+){0,2}$")


_SAID_VERSION = re.compile(r"(?i)\b(?:v|ver|version|release|build)\W{0,3}$")
_LOOKS_LIKE_ADDRESS = re.compile(r"\d\.\d{1,3}\.\d|[\dA-Fa-f]:[\dA-Fa-f:]*:")


class RedactConfig(ScrubConfig):
    """Known people by full name, and the locales whose phone formats are looked for."""

    people: tuple[str, ...] = ()
    locales: tuple[str, ...] = ("en",)


class _Recogniser(NamedTuple):
    """A Presidio recogniser, the text it needs to find anything, and what of its findings counts."""

    entity: str
    filter: re.Pattern[str]
    analyse: Callable[[str], Sequence[Any]]
    counts: Callable[[str, int, int], bool]


@stage("redact", config=RedactConfig, scope="batch", version=1)
def redact(batch: Sequence[Sample], config: RedactConfig) -> Outcome[Sample]:
    """Put stand-ins in the place of personal data; what cannot be checked is dropped."""
    return scrub_samples("redact", batch, make_detector(config), config)


@lru_cache(maxsize=8)
def make_detector(config: RedactConfig) -> Detector:
    """The detector for a configuration; recognisers are loaded once.

    Raises:
        MissingExtraError: Presidio is not installed.
    """
    recognisers = _recognisers(config.locales)
    people = _people_pattern(config.people)

    @lru_cache(maxsize=4096)
    def find(text: str) -> tuple[Finding, ...]:
        return tuple(_search(text, recognisers, people))

    def detect(leaf: Leaf) -> tuple[Finding, ...]:
        return find(leaf.text)

    return detect


def _search(text: str, recognisers: Sequence[_Recogniser], people: re.Pattern[str] | None) -> Iterator[Finding]:
    for recogniser in recognisers:
        if not recogniser.filter.search(text):
            continue
        for result in recogniser.analyse(text):
            value = text[result.start : result.end]
            if recogniser.counts(text, result.start, result.end) and not is_stand_in(value):
                yield Finding(recogniser.entity, value, "presidio", float(result.score))
    if people:
        yield from (Finding("PERSON", match[0], "people-list", 1.0) for match in people.finditer(text))


def _people_pattern(people: Sequence[str]) -> re.Pattern[str] | None:
    names = [r"\s+".join(map(re.escape, name.split())) for name in sorted(people, key=lambda name: (-len(name), name)) if name.strip()]
    return re.compile(rf"(?i)\b(?:{'|'.join(names)})\b") if names else None


def _recognisers(locales: Sequence[str]) -> list[_Recogniser]:
    require("presidio_analyzer", "build")
    from presidio_analyzer.predefined_recognizers import (
        CreditCardRecognizer,
        EmailRecognizer,
        IbanRecognizer,
        IpRecognizer,
        PhoneRecognizer,
        UsSsnRecognizer,
    )

    class Email(EmailRecognizer):  # type: ignore[misc]
        """Presidio's pattern without its check of the public suffix: that fetches a list from the network, and drops internal domains."""

        def validate_result(self, pattern_text: str) -> bool:
            return True

    regions = sorted({region for locale in locales for region in REGIONS.get(locale, ())})
    phone = PhoneRecognizer(supported_regions=regions)
    return [
        _Recogniser("EMAIL_ADDRESS", re.compile("@"), _analyse(Email()), _is_real_mail),
        _Recogniser("CREDIT_CARD", re.compile(r"\d(?:[ -]?\d){11}"), _analyse(CreditCardRecognizer()), _is_any),
        _Recogniser("IBAN_CODE", re.compile(r"[A-Z]{2}\d\d ?[A-Z0-9]{4}"), _analyse(IbanRecognizer(), 1.0), _is_any),
        _Recogniser("US_SSN", re.compile(r"\d{3}-\d\d-\d{4}"), _analyse(UsSsnRecognizer(), 0.5), _is_any),
        _Recogniser("IP_ADDRESS", _LOOKS_LIKE_ADDRESS, _analyse(IpRecognizer(), 0.5), _is_public_address),
        _Recogniser("PHONE_NUMBER", re.compile(r"\d(?:[ ().\-/]*\d){6}"), _analyse(phone), _is_written_as_phone),
    ]


def _analyse(recogniser: Any, least: float = 0.0) -> Callable[[str], list[Any]]:
    entities = recogniser.supported_entities

    def analyse(text: str) -> list[Any]:
        return [result for result in recogniser.analyze(text, entities) if result.score >= least]

    return analyse


def _is_any(text: str, start: int, end: int) -> bool:
    return True


def _is_real_mail(text: str, start: int, end: int) -> bool:
    return not _RESERVED_MAIL.search(text[start:end])


def _is_public_address(text: str, start: int, end: int) -> bool:
    """Not loopback, private or an example; no version (``v1.2.3.4``, ``1.2.3.4-rc``), and no ``add::bad`` of a programming language."""
    value = text[start:end]
    beside = text[max(start - 1, 0) : start] + text[end : end + 1]
    if set(beside) & set("vV-_.") - ({"."} if text[end : end + 2] in (".", ". ", ".\n") else set()):
        return False
    if _SAID_VERSION.search(text[max(start - 20, 0) : start]):
        return False
    if ":" in value and (len(value.split(":")) < 4 or not any(char.isdigit() for char in value)):
        return False
    try:
        return ipaddress.ip_interface(value.partition("%")[0]).ip.is_global
    except ValueError:
        return False


def _is_written_as_phone(text: str, start: int, end: int) -> bool:
    """A bare run of digits is as often an id or a time; it counts only after a word that says so."""
    value = text[start:end]
    return value.startswith(("+", "(")) or len(re.findall(r"\d+", value)) >= 3 or bool(_SAID_PHONE.search(text[max(start - 40, 0) : start]))
