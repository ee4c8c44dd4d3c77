"""Values: whether what stands beside a key can be what the key says, and what it is then.

A key alone proves nothing: schemas, forms, type annotations, variables and placeholders stand beside the same keys. So each kind of value
has a form it must have, the looser the surer the manner in which it stands there: in data (JSON, a table, an insert) a bare word can be a
name; in code only what looks like a person's data is taken; a bare value in a line of text must be plain to see.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from agentlog.privacy.announced import words
from agentlog.privacy.announced.ordinary import GENERIC, INVENTED, ORDINARY
from agentlog.privacy.recogniser import Span

DATA, CODE, BARE = 3, 2, 1
"""The manner in which a value stands beside its key, surer ones greater."""


class Judged(NamedTuple):
    """What a value is, how surely, whether to look for it elsewhere, and how long the title before it is."""

    entity: str
    score: float
    spreads: bool
    title: int = 0


_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|déc|ene|abr|ago|dic|gen|mag|giu"
    r"|lug|set|ott)[a-zéûäüöñ]{0,7}\.?"
)
_YEAR = r"(?:19\d\d|20[0-2]\d)"
BIRTH_DATE = re.compile(
    rf"(?:{_YEAR}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{{1,6}})?)?(?:Z|[+-]\d\d:?\d\d)?)?"
    rf"|(?:0?[1-9]|[12]\d|3[01])[-/. ]{{1,2}}(?:0?[1-9]|[12]\d|3[01])[-/. ]{{1,2}}(?:{_YEAR}|\d\d)"
    rf"|{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|{_MONTH} {{1,2}}(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,? {{1,2}}{_YEAR}"
    rf"|(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.|º|er)?[ -]{{1,2}}(?:of |de |di )?{_MONTH},?[ -]{{1,2}}(?:de )?{_YEAR})(?![\w-])",
    re.IGNORECASE,
)
EMAIL = re.compile(r"[^\W_][\w.+'\-]{0,63}(?:@|%40)[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,6}")
PHONE = re.compile(r"(?:\+|%2B)?[(\d](?:[ ().\-/\u2011\u2013]{0,3}\d){6,14}(?: ?(?:x|ext\.?) ?\d{1,6})?(?![\w-])", re.IGNORECASE)
ZIP = re.compile(
    r"(?:\d{4,6}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d"
    r"|(?:[A-Z]{1,2}-)?\d{4,5}|\d{3} \d\d|\d{4} [A-Z]{2})(?![\w-])"
)
TOKEN = re.compile(r"[^\W_][\w.@+\-]{2,63}")
CODE_NUMBER = re.compile(r"[A-Za-z0-9#][A-Za-z0-9.\-/ _#]{3,39}")
WORD = r"[^\W\d_]+(?:['’.\-][^\W\d_]+)*\.?"
PERSON = re.compile(rf"{WORD}(?:,? {WORD}){{0,5}}")
TITLE = re.compile(r"(?:(?:mrs?|ms|miss|dr|prof|professor|sir|herr|frau|mme|mlle|sra?|srta|dott|sig|ing)\.? )+(?=\S)", re.IGNORECASE)
_RESERVED = re.compile(r"(?:.*\.)?(?:example(?:\.\w+)?|test|invalid|localhost)")
_SAMPLE = re.compile(r"[a-z]{1,7}\d{1,2}|(?:john|jane|your)\.\w+")
_PLATE = re.compile(r"(?=[^\d]{0,11}\d)[A-ZÄÖÜ0-9]{1,4}(?:[ \-·]?[A-ZÄÖÜ0-9]{1,4}){0,3}")
_PARTICLES = frozenset(
    {"de", "la", "van", "der", "den", "von", "zu", "di", "da", "del", "della", "dos", "du", "le", "bin", "ibn", "al", "el", "y", "e"}
)
_WORDS = re.compile(r"[^\s,]+")
_HUMP = re.compile(r"[^\W\d_A-Z]{1,20}[A-Z]")
_MAC = re.compile(r"(?:Ma?c|De|Di|Da|Le|La|Lo|Du|Van|Von|Fitz|Mc|O|D|L)['’]?[A-Z]")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_VERSION = re.compile(r"[vV]?\d{1,4}(?:\.\d{1,4}){1,4}")
_STREET_LIKE = re.compile(
    r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,4})?,? +(?:[NSEW]\.? +)?[^\W\d_]{2,}"
    r"|[^\W\d_]{3,}\.? +\d{1,5} ?[a-zA-Z]?(?:$|[,;/\-–])|P\.? ?O\.? Box \d"
    r"|[^\W\d_]{3,}(?:str\.|straße|strasse|weg|gasse|platz)\b",
    re.IGNORECASE,
)
_GOES_ON = r"(?<!\d\.)(?:(?<![a-z]{3}\.)|(?<=Blvd\.)|(?<=Pkwy\.))"
"""Not where a sentence ends: with a dot behind a number or behind a word that is no short form of a street."""
SAID_ADDRESS = re.compile(rf"\d{{1,6}}[A-Za-z]?(?:{_GOES_ON},? [A-Z0-9#][\w.'’\-]{{0,30}}){{1,12}}")
_NOT_STREET = re.compile(
    r"://|0x|[@={}<>\[\]_|\\$%*]|\w\(|\d\.\d+\.\d|\b(?:the|this|that|with|from|must|should|will|is|are|for|if)\b", re.IGNORECASE
)
NO_PERSON = re.compile(
    r"\b(?:inc|corp|corporation|ltd|llc|gmbh|ag|plc|company|group|hotel|store|shop|service|services|team|bot|agent|assistant|model|api|app"
    r"|server|system|systems|project|plan|airlines?|bank|university|school|hospital|restaurant|center|centre|institute|department|test|user"
    r"|customer|passenger|patient|guest|name|street|city|cup|league|club|fc|united|university|library|museum|park|street|tool|report"
    r"|card|account|number|details?|information|support|office|manager|director|expert|specialist|analyst|engineer|researcher|writer|reporter|driver|delivery|subsystem|mailer|daemon|notifications?|newsletter|planner|executor)s?\b",
    re.IGNORECASE,
)
_FORMED = {words.IBAN: ("IBAN_CODE", re.compile(r"[A-Za-z]{2}\d\d[ -]?[A-Za-z0-9 \-]{8,36}"))}


@lru_cache(maxsize=8192)
def judge(kind: str, value: str, manner: int) -> Judged | None:
    """What a value is that stands beside a key of that kind, or nothing if it is not what the key says.

    Args:
        kind: what the key announces, one of `words`.
        value: the value as it reads, without escapes.
        manner: how it stands there.
    """
    if len(value) > 130 or value.lower() in GENERIC:
        return None
    return _JUDGES.get(kind, _national)(kind, value, manner)


def is_persons_name(value: str, least: int = 2) -> bool:
    """Whether a text is plainly written as a full name: two to four words, each with a capital, none of a firm or a thing."""
    parts = value.replace(",", "").split(" ")
    return (
        least <= len(parts) <= 4
        and len(value) <= 50
        and PERSON.fullmatch(value) is not None
        and all(part[:1].isupper() or part in _PARTICLES for part in parts)
        and not any(is_hump(part) for part in parts)
        and not NO_PERSON.search(value)
        and value.lower() not in GENERIC
        and parts[0].lower() not in GENERIC
    )


def is_hump(word: str) -> bool:
    """``CharField`` is no name; ``McKay`` is."""
    return _HUMP.match(word) is not None and not _MAC.match(word)


def _name(kind: str, value: str, manner: int) -> Judged | None:
    title = _title(value)
    value = value[title:]
    parts = value.split(" ")
    if len(value) > 60 or not PERSON.fullmatch(value) or any(is_hump(part) for part in parts):
        return None
    capital = all(part in _PARTICLES or not part[:1].islower() for part in parts)
    if not capital and (manner < DATA or len(value) < 3):
        return None
    if kind == words.FULL and (len(parts) > 6 or NO_PERSON.search(value)):
        return None
    if manner < DATA and (parts[0].lower() in GENERIC or (len(value) < 2 and value.isascii()) or (value.isupper() and len(value) > 12)):
        return None
    return Judged("PERSON", 0.9, _name_spreads(value, parts), title)


def _title(value: str) -> int:
    found = TITLE.match(value) if " " in value else None
    return found.end() if found else 0


def is_titled(value: str, judged: Judged) -> bool:
    """Whether a title and a full name say that this is a person, whatever stands around: ``Dr. Ana Ruiz``."""
    return judged.title > 0 and value[0].isupper() and value[1:2].islower() and " " in value[judged.title :]


def spans(value: str, start: int, end: int, kind: str, judged: Judged, name: str = "announced") -> Iterator[Span]:
    """What was judged, as it lies in a text; of a full name also those words that may be looked for alone."""
    start += judged.title
    name = f"{name}:{kind}"
    yield Span(start, end, judged.entity, name, judged.score, judged.spreads)
    if judged.entity == "PERSON" and kind != words.PARTY and " " in (raw := value[start:end]):
        for word in _WORDS.finditer(raw):
            if _name_spreads(word[0], [word[0]]) and word[0] not in _PARTICLES and word[0][-1] != ".":
                yield Span(start + word.start(), start + word.end(), judged.entity, name, judged.score, True)


def _name_spreads(value: str, parts: list[str]) -> bool:
    if len(parts) > 1:
        return len(value) >= 5 and any(part[:1].isupper() for part in parts)
    return len(value) >= 3 and value[0].isupper() and value.lower() not in ORDINARY


def _weak_name(kind: str, value: str, manner: int) -> Judged | None:
    """Beside ``name`` or ``passenger``; whether it is a person's there is for `surroundings` to say."""
    if kind == words.NAME and manner == DATA and _is_login(value):
        return Judged("USERNAME", 0.8, True)
    title = _title(value)
    value = value[title:]
    single = title or (kind == words.NAME and manner == DATA and not value.isupper() and value.lower() not in INVENTED)
    if not is_persons_name(value, 1 if single else 2):
        return None
    return Judged("PERSON", 0.8, _name_spreads(value, value.split(" ")), title)


def _is_login(value: str) -> bool:
    """Whether a text beside ``name`` is written as the login of a person."""
    return len(value) >= 5 and TOKEN.fullmatch(value) is not None and value[0].isalpha() and _is_telling_id(value, DATA)


def _email(kind: str, value: str, manner: int) -> Judged | None:
    value = value.removeprefix("mailto:")
    if not EMAIL.fullmatch(value):
        return None
    if manner < DATA and value.partition("@")[0].lower() in GENERIC:
        return None
    local, _, domain = value.replace("%40", "@").lower().partition("@")
    if is_of_an_example(local, domain):
        return None
    return Judged("EMAIL_ADDRESS", 0.9, True) if manner > BARE or "." in domain else None


def is_of_an_example(local: str, domain: str) -> bool:
    """Whether an address at a domain that is reserved for examples names nobody: ``user@example.com``, ``jo1@test``."""
    if not _RESERVED.fullmatch(domain.lower()):
        return False
    return local.lower() in GENERIC or not re.search(r"[.\d]", local) or _SAMPLE.fullmatch(local.lower()) is not None


def _phone(kind: str, value: str, manner: int) -> Judged | None:
    if not PHONE.fullmatch(value) or _is_dummy(value):
        return None
    return Judged("PHONE_NUMBER", 0.9, sum(map(str.isdigit, value)) >= 7)


def _street(kind: str, value: str, manner: int) -> Judged | None:
    if not 3 <= len(value) <= 120 or _NOT_STREET.search(value) or not any(map(str.isalpha, value)):
        return None
    telling = any(map(str.isdigit, value)) and " " in value
    if not telling and (manner < DATA or kind == words.STREET_2 or not value[0].isupper()):
        return None
    if manner == BARE and kind != words.STREET_2 and not _STREET_LIKE.match(value):
        return None
    if kind == words.STREET_2 and len(value) > 30:
        return None
    return Judged("ADDRESS", 0.85, telling and len(value) >= 6)


def _address(kind: str, value: str, manner: int) -> Judged | None:
    if not 8 <= len(value) <= 125 or value.count(" ") > 16 or not _STREET_LIKE.search(value) or _NOT_STREET.search(value):
        return None
    if manner == BARE and not _STREET_LIKE.match(value):
        return None
    return Judged("ADDRESS", 0.85, True)


def _line(kind: str, value: str, manner: int) -> Judged | None:
    """The first or second line of what may be an address; whether it is one is for `surroundings` to say."""
    return _street(words.STREET, value, manner) if manner == DATA else None


def _city(kind: str, value: str, manner: int) -> Judged | None:
    taken = manner == DATA and PERSON.fullmatch(value) and value[0].isupper() and len(value) <= 40
    return Judged("ADDRESS", 0.7, False) if taken else None


def _zip(kind: str, value: str, manner: int) -> Judged | None:
    return Judged("ZIP_CODE", 0.8, False) if ZIP.fullmatch(value) and not _is_dummy(value) else None


def _birth(kind: str, value: str, manner: int) -> Judged | None:
    return Judged("DATE_OF_BIRTH", 0.9, True) if BIRTH_DATE.fullmatch(value) else None


def _login(kind: str, value: str, manner: int) -> Judged | None:
    if "@" in value:
        return _email(kind, value, manner) if kind != words.USER and manner > BARE else None
    if " " in value:
        return Judged("PERSON", 0.8, True) if manner == DATA and is_persons_name(value) else None
    if not TOKEN.fullmatch(value) or _UUID.fullmatch(value) or value[-1] in ".-+" or _is_version(value):
        return None
    telling = _is_telling_id(value, manner)
    if value.lower() in INVENTED:
        return None
    if not telling and (manner < DATA or kind == words.USER or value.isdigit() or _is_constant(value)):
        return None
    return Judged("USERNAME", 0.85 if telling else 0.7, telling)


def _account(kind: str, value: str, manner: int) -> Judged | None:
    if not CODE_NUMBER.fullmatch(value) or _UUID.fullmatch(value) or sum(map(str.isdigit, value)) < 3 or _is_version(value):
        return None
    if kind == words.CARD:
        digits = re.sub(r"[ -]", "", value)
        if digits.isdigit() and 12 <= len(digits) <= 19:
            return None if _is_dummy(digits) else Judged("CREDIT_CARD", 0.9, True)
    if " " in value and not re.fullmatch(r"[\dA-Z]{1,6}(?: [\dA-Z]{1,6})+", value):
        return None
    return Judged("ACCOUNT_ID", 0.85, True) if _is_telling_id(value, manner) else None


def _plate(kind: str, value: str, manner: int) -> Judged | None:
    if not 4 <= len(value) <= 12 or not _PLATE.fullmatch(value) or _is_dummy(value):
        return None
    return Judged("ACCOUNT_ID", 0.85, len(value) >= 6)


def _is_telling_id(value: str, manner: int) -> bool:
    """Long enough, and with digits in it; small and plainly invented numbers are nobody."""
    digits = "".join(filter(str.isdigit, value))
    if value.isdigit():
        return len(value) >= (5 if manner == DATA else 6) and not _is_dummy(value)
    least = 1 if manner == DATA and len(value) >= 5 else 2
    if len(digits) < least or len(value) < 4 or not any(map(str.isalpha, value)):
        return len(digits) >= 6 and not _is_dummy(value)
    return manner == DATA or digits not in ("12", "123", "1234")


def _is_version(value: str) -> bool:
    """Numbers with dots between them, unless these group the digits of a long one: 12.345.678."""
    if not _VERSION.fullmatch(value):
        return False
    first, *others = value.split(".")
    return any(len(part) < 3 for part in others) and not (len(first) == 3 and len(others[-1]) == 4)


def _is_constant(value: str) -> bool:
    return "_" in value and value.isupper()


def _is_dummy(value: str) -> bool:
    """0000000, 1234567, 7654321."""
    digits = "".join(filter(str.isdigit, value))
    return len(digits) > 3 and (len(set(digits)) == 1 or digits in "012345678901234567890" or digits in "098765432109876543210")


def _formed(kind: str, value: str, manner: int) -> Judged | None:
    entity, form = _FORMED[kind]
    return Judged(entity, 0.9, True) if form.fullmatch(value) else None


def _national(kind: str, value: str, manner: int) -> Judged | None:
    """The number of a document: the kind is its entity."""
    if not 5 <= len(value) <= 25 or not CODE_NUMBER.fullmatch(value) or sum(map(str.isdigit, value)) < 4 or _is_dummy(value):
        return None
    if re.search(r"[a-z]{2}", value) or value.count(" ") > 6 or _UUID.fullmatch(value) or _is_version(value):
        return None
    return Judged(kind, 0.85, True)


_JUDGES = {
    words.GIVEN: _name,
    words.FAMILY: _name,
    words.FULL: _name,
    words.NAME: _weak_name,
    words.PERSON_ROLE: _weak_name,
    words.PARTY: _weak_name,
    words.EMAIL: _email,
    words.PHONE: _phone,
    words.STREET: _street,
    words.STREET_2: _street,
    words.ADDRESS: _address,
    words.CITY: _city,
    words.LINE: _line,
    words.PLATE: _plate,
    words.ZIP: _zip,
    words.BIRTH: _birth,
    words.LOGIN: _login,
    words.USER: _login,
    words.ACCOUNT: _account,
    words.CARD: _account,
    words.ID: _account,
    words.IBAN: _formed,
}
