"""Reading: rows of a list of people into people.

A row is a text ("Mia Li", "Li, Mia", "Mia Li <mia@corp.io>", an e-mail address, a login) or a mapping, nested as it may be, whose keys
say what their values are in one of the usual spellings: ``first_name``, ``firstName``, ``Customer First Name``. A mapping of mappings is
a list by id. What a key does not say is passed over. People within a person's mapping, such as fellow passengers, are people of their
own.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from agentlog.privacy.people.person import Person, Place

_FIELDS_TEXT = """
first: first_name firstname given_name givenname forename first vorname prenom prénom nombre nome
middle: middle_name middlename middle second_name
last: last_name lastname surname family_name familyname last nachname familienname nom apellido apellidos cognome
full: name full_name fullname display_name displayname real_name legal_name cardholder cardholder_name holder
other: nick nickname alias aliases aka preferred_name maiden_name former_name known_as goes_by
email: email emails e_mail e_mails mail email_address email_addresses mail_address
login: login logins username user_name user_id userid user uid handle screen_name account_name github gitlab slack twitter
line: address addresses address1 address2 address3 address_1 address_2 address_line_1 address_line_2 address_line1 address_line2 line1 line2
 street street_address street1 street2 strasse straße rue calle via
city: city town locality stadt ville ciudad città citta ort
state: state province region
zip: zip zip_code zipcode postal_code postcode postalcode plz cap
phone: phone phones phone_number phone_numbers telephone tel mobile mobile_number cell cell_phone cellphone fax telefon
dob: dob date_of_birth birth_date birthdate birthday birth_day born geburtsdatum date_naissance fecha_nacimiento data_nascita
ACCOUNT_ID: id customer_id client_id member_id employee_id patient_id guest_id account account_id account_number account_no payment_id
 loyalty_number frequent_flyer_number membership_number customer_number
US_SSN: ssn social_security_number social_security
CREDIT_CARD: card card_number credit_card credit_card_number cc_number
IBAN_CODE: iban
US_PASSPORT: passport passport_number passport_no
US_DRIVER_LICENSE: driver_license drivers_license driver_license_number license license_number licence
TAX_ID: tax_id tin steuer_id nif dni codice_fiscale
-: country country_code nation type kind label source brand status language gender
"""
_FIELDS = {
    name: kind
    for kind, _, names in (line.partition(": ") for line in _FIELDS_TEXT.replace("\n ", " ").strip().split("\n"))
    for name in names.split()
}
"""What the usual keys say; a dash for what is about nobody."""
_OWNERS = re.compile(
    "(?:customer|client|user|passenger|traveler|traveller|guest|patient|employee|member|contact|billing|shipping|home|work|personal|primary"
    "|mailing|account|owner|emergency|private|business|default|current|their|his|her)_(?=.)"
)
_OTHERS = re.compile(
    "passenger|famil|contact|travel|child|kid|spouse|partner|husband|wife|companion|dependent|member|guest|people|person|parent|friend"
)
_PERSONS = re.compile("profile|person|customer|client|user|info|detail|identity|data|record|owner|holder|contact|address|location|about")
_THING = "thing"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BREAKS = re.compile(r"[\s._-]+")
_MAILBOX = re.compile(r"(?P<name>[^<>@]*)<(?P<email>[^<>\s]+@[^<>\s]+)>")
_TITLE = re.compile(r"^(?:(?:mr|mrs|ms|miss|mx|dr|prof|herr|frau|mme|sir)\.? +)+|,? +(?:jr|sr|ii|iii|iv|phd|md)\.?$", re.IGNORECASE)
_PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "el",
        "bin",
        "ibn",
        "al",
        "ter",
        "ten",
        "zu",
    ]
)
_DEPTH = 12


def read_people(rows: Iterable[Any]) -> list[Person]:
    """The people in rows of texts and mappings; a row that says nothing of anybody is passed over."""
    return [person for row in rows for person in _people(row)]


def _people(row: Any) -> Iterator[Person]:
    if isinstance(row, str):
        yield from _finished(_of_text(row))
    elif isinstance(row, Mapping):
        if row and not any(_kind(str(name)) for name in row) and all(isinstance(inner, Mapping) for inner in row.values()):
            for name, inner in row.items():
                yield from _people({"user_id": name, **inner})
        else:
            yield from _of_mapping(row, 0)
    elif isinstance(row, Iterable):
        for inner in row:
            yield from _people(inner)


class _Draft:
    """A person in the making: values by kind, in their order."""

    def __init__(self) -> None:
        self.said: dict[str, dict[str, None]] = {}
        self.places: list[Place] = []

    def add(self, kind: str, value: str) -> None:
        value = " ".join(value.split())
        if value:
            self.said.setdefault(kind, {})[value] = None

    def all(self, kind: str) -> tuple[str, ...]:
        return tuple(self.said.get(kind, ()))

    def one(self, kind: str) -> str:
        return next(iter(self.said.get(kind, ())), "")


def _of_text(text: str) -> _Draft:
    draft = _Draft()
    mailbox = _MAILBOX.fullmatch(text.strip())
    if mailbox:
        draft.add("email", mailbox["email"])
        text = mailbox["name"].strip(" \"'")
    if re.fullmatch(r"\S+@\S+", text):
        draft.add("email", text)
    elif re.search("[0-9_]", text) and " " not in text.strip():
        draft.add("login", text)
    else:
        draft.add("full", text)
    return draft


def _of_mapping(row: Mapping[Any, Any], depth: int) -> Iterator[Person]:
    draft = _Draft()
    others: list[Mapping[Any, Any]] = []
    _gather(row, draft, others, "", depth)
    yield from _finished(draft)
    for other in others:
        yield from _of_mapping(other, depth + 1)


def _gather(row: Mapping[Any, Any], draft: _Draft, others: list[Mapping[Any, Any]], above: str, depth: int) -> None:
    """Add what a mapping says. Under a key that says a kind, keys that say none, such as "home", mean that kind."""
    if depth > _DEPTH:
        return
    place = {"city": "", "state": "", "zip": ""}
    for name, value in row.items():
        kind = _kind(str(name))
        if kind in ("full", "other") and above == _THING:
            continue
        kind = kind or ("" if above == _THING else above)
        for inner in value if isinstance(value, list | tuple) else [value]:
            if isinstance(inner, Mapping):
                if _is_another(str(name), inner, kind):
                    others.append(inner)
                else:
                    _gather(inner, draft, others, _above(str(name), kind), depth + 1)
            elif inner is None or isinstance(inner, bool) or kind in ("", "-"):
                continue
            elif kind in place:
                place[kind] = " ".join(str(inner).split())
            else:
                draft.add(kind, str(inner))
    if any(place.values()):
        draft.places.append(Place(place["city"], place["state"], place["zip"]))


def _above(name: str, kind: str) -> str:
    """What a nested mapping is about: what its key says; the person; or a thing of theirs, whose name is no person's."""
    if kind in ("full", "-"):
        return ""
    return kind or ("" if _PERSONS.search(name.lower()) else _THING)


def _is_another(name: str, inner: Mapping[Any, Any], kind: str) -> bool:
    """A mapping under a name's key spells that name out; elsewhere one with a name of its own is another person."""
    kinds = {_kind(str(key)) for key in inner}
    if kind == "full":
        return False
    return bool(kinds & {"first", "last"}) or ("full" in kinds and _OTHERS.search(name.lower()) is not None)


@lru_cache(maxsize=4096)
def _kind(name: str) -> str:
    """What a key says its value is; empty for nothing that is known."""
    plain = _BREAKS.sub("_", _CAMEL.sub("_", name.strip())).lower()
    return _FIELDS.get(plain) or _FIELDS.get(_OWNERS.sub("", plain, count=2)) or ""


def _finished(draft: _Draft) -> Iterator[Person]:
    full = tuple(cut for name in draft.all("full") if (cut := _without_titles(name)))
    first, middle, last = draft.one("first"), draft.one("middle"), _without_titles(draft.one("last"))
    if full and not (first or last):
        first, middle, last = _parts(full[0])
    if not draft.said and not draft.places:
        return
    yield Person(
        first=first,
        middle=middle,
        last=last,
        full=full,
        other=(*draft.all("other"), *draft.all("first")[1:], *draft.all("last")[1:]),
        emails=draft.all("email"),
        logins=draft.all("login"),
        lines=draft.all("line"),
        places=tuple(draft.places),
        phones=draft.all("phone"),
        birth_dates=draft.all("dob"),
        ids=tuple((kind, value) for kind in draft.said if kind.isupper() for value in draft.all(kind)),
    )


def _without_titles(name: str) -> str:
    return _TITLE.sub("", name).strip()


def _parts(name: str) -> tuple[str, str, str]:
    """First, middle and last name of a whole one, written in either order."""
    if "," in name:
        last, _, first = (part.strip() for part in name.partition(","))
        given = first.split()
        return (given[0] if given else "", " ".join(given[1:]), last)
    words = name.split()
    if len(words) < 2:
        return (name, "", "")
    start = next((place for place, word in enumerate(words) if place > 0 and word.lower() in _PARTICLES), len(words) - 1)
    start = min(start, len(words) - 1)
    return (words[0], " ".join(words[1:start]), " ".join(words[start:]))
