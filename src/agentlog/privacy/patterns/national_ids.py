"""Numbers that a state, a bank or an insurer has given to a person.

Few of them can be known by their form: those are looked for everywhere. All others are one number among many, and count only right after
the words that announce them, and if Presidio's recogniser for them agrees, with its check digits where there are any. The French number of
social security, for which Presidio has no recogniser, is judged by its own key; the American ones, of which a table may hold a hundred
thousand, by the rules of who gives them out, in a hundredth of the time.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from agentlog.privacy.patterns.judges import passes, recognises
from agentlog.privacy.patterns.shape import alone
from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.text import Text

NAME = "national_ids"
_BETWEEN = (
    r"numbers?|no|nr|num|nummer|lautet|ids?|is|was|code|card|licen[cs]e|of|the|a|my|her|his|their|your|for|ist|es|est|è|di|del|de|der|du|la|le|il|el"
    r"|personale?|numero|número|numéro|n°|nº|us|uk|usa|british|american|account|checking|savings|routing|acct|identification"
    r"|identifikationsnummer|guida|conducir|permis|valid|new|old|identit[àé]|with|and|(?<=/)\w{2,8}"
    r"|medical|certificates?|registrations?|registered|reg|provider|practitioner|prescriber|physician|doctor|dea"
)
_LINK = rf"(?:s(?![a-z])|[\s\"'\\:=#.,()\[\]_/>-]|(?:{_BETWEEN})(?![a-z])){{0,16}}+"
_WINDOW = 90


@dataclass(frozen=True, slots=True)
class _Kind:
    """An id that is announced: its words (in lower case), its form, and its judges (entity, recogniser): the first to agree names it."""

    words: tuple[str, ...]
    form: str
    judges: tuple[tuple[str, str], ...]
    joined: bool = False
    """Whether the judge wants it without blanks, dashes and dots."""


_DRIVING = (
    "driver's licen",
    "drivers licen",
    "driver licen",
    "driver_licen",
    "driverlicen",
    "driving licen",
    "driving_licen",
    "dl number",
    "dl no",
    "dl#",
)
_PASSPORTS = (
    ("US_PASSPORT", "UsPassportRecognizer"),
    ("UK_PASSPORT", "UkPassportRecognizer"),
    ("DE_PASSPORT", "DePassportRecognizer"),
    ("ES_PASSPORT", "EsPassportRecognizer"),
    ("IT_PASSPORT", "ItPassportRecognizer"),
    ("FR_PASSPORT", ""),
)
_KINDS = {
    "en": (
        _Kind(
            ("ssn", "social security", "social_security", "social-security", "socialsecurity", "social sec", "ss#"),
            r"\d{3}([ .-]?)\d\d\1\d{4}",
            (("US_SSN", "UsSsnRecognizer"),),
        ),
        _Kind(
            ("itin", "taxpayer", "tax id", "tax_id", "tax-id"),
            r"9\d\d[ -]?\d\d[ -]?\d{4}",
            (("US_ITIN", "UsItinRecognizer"), ("US_SSN", "UsSsnRecognizer")),
        ),
        _Kind(("passport",), r"[A-Z]{0,3}\d{6,9}|\d\d[A-Z]{2}\d{5}|[C-Z][C-Z0-9]{7}\d", _PASSPORTS),
        _Kind(
            (
                "account num",
                "account no",
                "account #",
                "account_num",
                "account_no",
                "accountnum",
                "account:",
                "acct",
                "bank account",
                "bank_account",
                "a/c",
            ),
            r"\d{8,17}|\d{3,6}(?:[ -]\d{3,6}){1,3}",
            (("US_BANK_NUMBER", "UsBankRecognizer"),),
            joined=True,
        ),
        _Kind(("routing", "aba"), r"\d{9}|\d{4}-\d{4}-\d", (("ABA_ROUTING_NUMBER", "AbaRoutingRecognizer"),)),
        _Kind(
            (*_DRIVING, "license num", "licence num", "license no", "licence no", "license_num"),
            r"(?=[A-Z-]{0,6}\d)[A-Z\d](?:-?[A-Z\d]){5,17}",
            (("US_DRIVER_LICENSE", "UsLicenseRecognizer"), ("UK_DRIVING_LICENCE", "UkDrivingLicenceRecognizer")),
            joined=True,
        ),
        _Kind(
            ("dea", "medical licen", "medical certificate", "certificate num", "certificate no", "prescriber", "controlled substance"),
            r"[A-Z][A-Z9]\d{7}",
            (("MEDICAL_LICENSE", "MedicalLicenseRecognizer"),),
        ),
        _Kind(("mbi", "medicare", "beneficiary"), r"\d[A-Z][A-Z\d]\d-?[A-Z][A-Z\d]\d-?[A-Z]{2}\d\d", (("US_MBI", "UsMbiRecognizer"),)),
        _Kind(("npi", "national provider"), r"[12]\d{9}", (("US_NPI", "UsNpiRecognizer"),)),
        _Kind(("nhs", "national health"), r"\d{3}[ -]?\d{3}[ -]?\d{4}", (("UK_NHS", "NhsRecognizer"),)),
        _Kind(
            ("national insurance", "national_insurance", "nino", "ni num", "ni no"),
            r"[A-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D]",
            (("UK_NINO", "UkNinoRecognizer"),),
        ),
    ),
    "de": (
        _Kind(
            ("steuer-id", "steuerid", "steuer id", "steueridentifik", "steuerliche identifik", "idnr", "id-nr"),
            r"\d\d ?\d{3} ?\d{3} ?\d{3}",
            (("DE_TAX_ID", "DeTaxIdRecognizer"),),
            joined=True,
        ),
        _Kind(
            ("steuernummer", "steuer-nr", "steuernr", "st.-nr", "st-nr"),
            r"\d{2,3}/\d{3,4}/\d{4,5}|\d{13}",
            (("DE_TAX_NUMBER", "DeTaxNumberRecognizer"),),
        ),
        _Kind(
            ("rentenversicherung", "sozialversicherung", "versicherungsnummer", "rvnr", "svnr", "sv-nummer"),
            r"\d\d ?\d{6} ?[A-Z] ?\d{3}",
            (("DE_SOCIAL_SECURITY", "DeSocialSecurityRecognizer"),),
            joined=True,
        ),
        _Kind(("ausweis",), r"[C-Z][C-Z0-9]{7}\d|T\d{8}", (("DE_ID_CARD", "DeIdCardRecognizer"),)),
        _Kind(
            ("krankenversicher", "versichertennummer", "kvnr", "krankenkasse"),
            r"[A-Z]\d{9}",
            (("DE_HEALTH_INSURANCE", "DeHealthInsuranceRecognizer"),),
        ),
        _Kind(("führerschein", "fuehrerschein"), r"[A-Z\d]{11}", (("DE_FUEHRERSCHEIN", "DeFuehrerscheinRecognizer"),)),
        _Kind(("reisepass", "passnummer", "pass-nr"), r"[C-Z][C-Z0-9]{7}\d", (("DE_PASSPORT", "DePassportRecognizer"),)),
    ),
    "fr": (
        _Kind(("passeport",), r"\d\d[A-Z]{2}\d{5}", (("FR_PASSPORT", ""),)),
        _Kind(("carte d'identité", "carte d’identité", "carte nationale", "cni"), r"\d{12}|[A-Z\d]{9}(?<=\d)", (("FR_ID_CARD", ""),)),
        _Kind(("numéro fiscal", "numero fiscal", "spi"), r"[0-3]\d ?\d\d ?\d{3} ?\d{3} ?\d{3}", (("FR_TAX_ID", ""),)),
    ),
    "es": (
        _Kind(("dni", "nif", "documento nacional"), r"\d{7,8}-?[A-Z]", (("ES_NIF", "EsNifRecognizer"),)),
        _Kind(("nie", "extranjero"), r"[XYZ]-?\d{7}-?[A-Z]", (("ES_NIE", "EsNieRecognizer"),), joined=True),
        _Kind(("pasaporte",), r"[A-Z]{3}\d{6}", (("ES_PASSPORT", "EsPassportRecognizer"),)),
    ),
    "it": (
        _Kind(
            ("codice fiscale", "codice_fiscale", "codicefiscale"), r"[A-Z]{6}[A-Z\d]{10}", (("IT_FISCAL_CODE", "ItFiscalCodeRecognizer"),)
        ),
        _Kind(
            ("carta d'identità", "carta d’identità", "carta di identità", "cie"),
            r"[A-Z]{2}\d{5}(?:[A-Z]{2}|\d\d)|\d{7}[A-Z]{2}",
            (("IT_IDENTITY_CARD", "ItIdentityCardRecognizer"),),
        ),
        _Kind(("passaporto",), r"[A-Z]{2}\d{7}", (("IT_PASSPORT", "ItPassportRecognizer"),)),
        _Kind(("patente",), r"[A-Z]{2}\d{7}[A-Z]|U1[A-Z\d]{8}", (("IT_DRIVER_LICENSE", "ItDriverLicenseRecognizer"),)),
    ),
}
_NOT_WRITTEN = re.compile(r"[ .\-]")
_SSN = b"000-00-0000"
_PUBLISHED = frozenset({"123-45-6789", "078-05-1120", "219-09-9999", "987-65-4320"})
"""Numbers printed as examples; the Social Security Administration voids them."""
_ITIN_GROUPS = frozenset(str(group) for group in range(50, 100) if group not in (66, 67, 68, 69, 89, 93))
"""What stands in the middle of a taxpayer's number that begins with 9 (Internal Revenue Service)."""
_NINO = b" 00 00 00 f"
_SPANISH = re.compile(rb"0000000(?:0?-?[fa])(?![0fa_])")
_ITALIAN = re.compile(rb"00[fa]00[fa]000[fa](?![0fa_])")
_FRENCH = re.compile(rb"0(?<!00) ?00 ?00 ?0[0fa] ?000 ?000 ?(?:\| ?)?00(?![0fa_])")


def announced(locales: Sequence[str]) -> list[Anchored]:
    """The recognisers of what is known by the words before it; the English words are looked for whatever the locales."""
    kinds = [kind for locale in sorted({"en", *locales}) for kind in _KINDS[locale]]
    return [Anchored(f"{NAME}:{kind.judges[0][0].lower()}", kind.words, _asker(kind)) for kind in kinds]


def _asker(kind: _Kind) -> Callable[[Text, int, int], Iterator[Span]]:
    form = re.compile(
        rf"(?i)[a-z]{{0,24}}?{_LINK}(?<![^\W_])(?P<id>{kind.form})(?![\w]|-\d)".replace(r"\1", "(?P=mark)").replace(
            "([ .-]?)", "(?P<mark>[ .-]?)"
        )
    )
    name = f"{NAME}:{kind.judges[0][0].lower()}"

    def at(text: Text, start: int, end: int) -> Iterator[Span]:
        view = text.view
        if start and view[start - 1].isalpha() and not (view[start].isupper() and view[start - 1].islower()):
            return
        found = form.match(view, end, end + _WINDOW)
        if found is None:
            return
        value = found["id"]
        if len(set(filter(str.isdigit, value))) < 3:
            return
        asked = (_NOT_WRITTEN.sub("", value) if kind.joined else value).upper()
        for entity, judge in kind.judges:
            if not judge or recognises(judge, asked):
                yield Span(found.start("id"), found.end("id"), entity, name, 0.8)
                return

    return at


def finder(locales: Sequence[str]) -> Callable[[Text, bytes], Iterator[Span]]:
    """What finds the ids that are known by their form alone."""

    def find(text: Text, shape: bytes) -> Iterator[Span]:
        for start in _places(shape, _SSN):
            yield from _social_security(text.view, start, start + len(_SSN))
        for start in _places(shape, _NINO):
            yield from _checked(text.view, start - 2, start + len(_NINO), "UK_NINO", "UkNinoRecognizer")
        if "es" in locales:
            for match in _SPANISH.finditer(shape):
                yield from _spanish(text.view, shape, match.start(), match.end())
        if "it" in locales:
            for match in _ITALIAN.finditer(shape):
                yield from _checked(text.view, match.start() - 6, match.end(), "IT_FISCAL_CODE", "ItFiscalCodeRecognizer")
        if "fr" in locales:
            for match in _FRENCH.finditer(shape):
                yield from _french(text.view, match.start(), match.end())

    return find


def _places(shape: bytes, form: bytes) -> Iterator[int]:
    place = shape.find(form)
    while place >= 0:
        yield place
        place = shape.find(form, place + 1)


def _checked(view: str, start: int, end: int, entity: str, judge: str, asked: Callable[[str, str], bool] = recognises) -> Iterator[Span]:
    value = view[max(start, 0) : end]
    if start >= 0 and value.isupper() and alone(view, start, end) and asked(judge, value):
        yield Span(start, end, entity, NAME, 0.9)


def _social_security(view: str, start: int, end: int) -> Iterator[Span]:
    value = view[start:end]
    area, group, serial = value[:3], value[4:6], value[7:]
    if group == "00" or serial == "0000" or area in ("000", "666") or value in _PUBLISHED or not alone(view, start, end):
        return
    if len({*value}) < 3:  # one digit and the dash
        return
    yield Span(start, end, "US_ITIN" if area[0] == "9" and group in _ITIN_GROUPS else "US_SSN", NAME, 0.9)


def _spanish(view: str, shape: bytes, start: int, end: int) -> Iterator[Span]:
    """A number of a citizen, or after X, Y or Z of a foreigner; in capital letters, as they are written."""
    if start and view[start - 1] in "XYZ":
        yield from _checked(view, start - 1, end, "ES_NIE", "EsNieRecognizer", passes)
    else:
        yield from _checked(view, start, end, "ES_NIF", "EsNifRecognizer", passes)


def _french(view: str, start: int, end: int) -> Iterator[Span]:
    """13 digits of sex, year and month of birth, place and order, and a key of two that makes the whole divisible (INSEE)."""
    value = "".join(filter(str.isalnum, view[start:end])).upper()
    number, key = value[:13].replace("2A", "19").replace("2B", "18"), value[13:]
    month = int(value[3:5]) if number.isdigit() else 0
    if value[0] not in "12378" or not (1 <= month <= 12 or 20 <= month <= 99):
        return
    if view.count(" ", start, end) in (0, 1, 5, 6) and alone(view, start, end) and 97 - int(number) % 97 == int(key):
        yield Span(start, end, "FR_NIR", NAME, 1.0)
