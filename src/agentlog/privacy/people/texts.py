"""Texts: by which texts known people are known.

Full names stand in both orders, with initials, in capitals and in lower case, and as logins are built from them ("mia.li", "mia_li",
"MiaLi"). A first or last name alone counts with a capital (in capitals from five letters on: MIA is an airport), unless it is an ordinary
word or has but two letters; then it counts behind a title only ("Mr. Young"). Accents may be left out. E-mail, logins, street lines,
telephone numbers and birth dates count in their usual writings, ids as they are. A city or a postal code counts only where both stand
together: most cities in a log are where somebody flies, and most numbers of five digits are no address. Initials alone count with dots
("M.L.") in a list of up to 100 people, unless they abbreviate something.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from agentlog.privacy.forms.dates import date_forms
from agentlog.privacy.known import Known
from agentlog.privacy.people.ordinary import ORDINARY
from agentlog.privacy.people.person import Person

RECOGNISER = "people"
_TITLES = ("Mr. ", "Mr ", "Mrs. ", "Mrs ", "Ms. ", "Ms ", "Dr. ", "Dr ", "Prof. ", "Miss ")
_ABBREVIATIONS_TEXT = """
A.D. A.I. A.K. A.M. B.A. B.C. B.S. C.E. C.O. C.V. D.C. E.G. E.U. I.D. I.E. I.Q. J.D. L.A. M.A. M.D. M.S. N.A. N.B. N.C. N.Y. P.C. P.M. P.O.
P.R. P.S. Q.A. Q.E. R.I. S.A. S.C. S.D. T.V. U.K. U.N. U.S. V.P. V.S. W.V.
"""
_ABBREVIATIONS = frozenset(_ABBREVIATIONS_TEXT.split())
_BOXES_TEXT = "admin billing contact hello help hr info mail me office sales service support team test user"
_BOXES = frozenset(_BOXES_TEXT.split())
_STREETS = {
    "street": "St",
    "avenue": "Ave",
    "drive": "Dr",
    "lane": "Ln",
    "road": "Rd",
    "boulevard": "Blvd",
    "court": "Ct",
    "place": "Pl",
    "parkway": "Pkwy",
    "suite": "Ste",
    "apartment": "Apt",
}
_WRITINGS = {long: (short, f"{short}.") for long, short in _STREETS.items()} | {
    short.lower(): (long.capitalize(), short, f"{short}.") for long, short in _STREETS.items()
}
_FEW = 100
"""In a list of more people, nearly every pair of letters is somebody's initials."""
_NOBODYS_BIRTHDAYS = frozenset({"1970-01-01", "1980-01-01", "2000-01-01", "1900-01-01"})
"""Where these stand, nobody was born, but nothing was known."""
_LEAST_ALONE = 3
_LEAST_CAPITALS = 5
_LEAST_LOGIN = 6
_LEAST_ID = 5
_NO_DIGITS = re.compile("[^0-9]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})


def known_texts(people: Iterable[Person]) -> dict[str, Known]:
    """The texts to look for, and what they are; the first person to have a text says what it is."""
    known: dict[str, Known] = {}
    entities: dict[str, Known] = {}
    listed = list(people)
    for person in listed:
        for entity, text in _texts(person, with_initials=len(listed) <= _FEW):
            if text not in known:
                known[text] = entities.setdefault(entity, Known(entity, RECOGNISER))
    return known


def _texts(person: Person, *, with_initials: bool) -> Iterator[tuple[str, str]]:
    for first, middle, last, full in _spellings(person):
        yield from (("PERSON", text) for text in _names(first, middle, last, full))
        if with_initials and first and last:
            yield from (("PERSON", text) for text in _initials(first, middle, last))
        yield from (("USERNAME", text) for text in _built_logins(first, last))
    for name in (*person.other, *(word for other in person.other for word in other.split())):
        yield from (("PERSON", text) for text in _alone(name))
    for email in person.emails:
        yield from (("EMAIL_ADDRESS", text) for text in dict.fromkeys((email, email.lower(), email.upper())))
        local = email.partition("@")[0]
        if len(local) >= _LEAST_ID and local.lower() not in _BOXES and (not local.isalpha() or local.lower() not in ORDINARY):
            yield from (("USERNAME", text) for text in dict.fromkeys((local, local.lower())))
    for login in person.logins:
        if len(login) >= _LEAST_ID or (len(login) >= _LEAST_ALONE and not login.isalpha() and not login.isdigit()):
            yield from (("USERNAME", text) for text in dict.fromkeys((login, login.lower(), login.upper())))
    yield from (("ADDRESS", text) for text in _addresses(person))
    yield from (("PHONE_NUMBER", text) for phone in person.phones for text in _phones(phone))
    for date in person.birth_dates:
        if date not in _NOBODYS_BIRTHDAYS:
            yield from (("DATE_OF_BIRTH", text) for text in dict.fromkeys((date, *date_forms(date))) if len(text) >= 6)
    for entity, value in person.ids:
        yield from ((entity, text) for text in _ids(entity, value))


def _spellings(person: Person) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """The name as given, and where it has accents without them."""
    given = (person.first, person.middle, person.last, person.full)
    yield given
    if not all(map(str.isascii, (*given[:3], *person.full))):
        for bare in (_without_accents, _spelt_out):
            yield (bare(person.first), bare(person.middle), bare(person.last), tuple(map(bare, person.full)))


def _names(first: str, middle: str, last: str, full: tuple[str, ...]) -> Iterator[str]:
    first, middle, last = map(_capitalised, (first, middle, last))
    forms = [_capitalised(name) for name in full if " " in name]
    if first and last:
        firsts = dict.fromkeys((first, first.split()[0], *([f"{first} {middle}", f"{first} {middle[0]}."] if middle else [])))
        forms += [form for name in firsts for form in (f"{name} {last}", f"{last}, {name}", f"{last} {name}")]
        forms += [f"{first[0]}. {last}", f"{first[0]}.{last}", f"{last}, {first[0]}.", f"{first} {last[0]}."]
    for form in dict.fromkeys(forms):
        yield form
        if "." not in form:
            yield from (form.upper(), form.lower())
    for name in dict.fromkeys((first, last, *first.split(), *last.split()[-1:])):
        yield from _alone(name)


def _alone(name: str) -> Iterator[str]:
    name = _capitalised(name)
    if " " in name:
        yield from (name, name.upper())
    elif len(name) < _LEAST_ALONE or name.lower() in ORDINARY:
        yield from (title + name for title in _TITLES if name)
    elif name[0].isupper() or not name.isascii():
        yield name
        if len(name) >= _LEAST_CAPITALS:
            yield name.upper()


def _initials(first: str, middle: str, last: str) -> Iterator[str]:
    letters = [name[0].upper() for name in (first, middle, last) if name]
    if "".join(f"{letter}." for letter in letters) not in _ABBREVIATIONS and all(map(str.isascii, letters)):
        yield "".join(f"{letter}." for letter in letters)
        yield " ".join(f"{letter}." for letter in letters)


def _built_logins(first: str, last: str) -> Iterator[str]:
    one, two = _joined(first), _joined(last)
    if not (one and two) or (one in ORDINARY and two in ORDINARY):
        return
    for sign in "._-":
        yield one + sign + two
        yield two + sign + one
    if len(one + two) >= _LEAST_LOGIN:
        yield from (one + two, one.capitalize() + two.capitalize())
    if len(two) >= _LEAST_LOGIN - 1 and two not in ORDINARY:
        yield from (one[0] + two, f"{one[0]}.{two}", f"{one[0]}_{two}", two + one[0])


def login_stems(first: str, last: str) -> Iterator[str]:
    """What logins with a number behind them begin with, in lower case."""
    one, two = _joined(first), _joined(last)
    if one and two and all(map(str.isascii, one + two)):
        yield from (one[0] + two, one + two, two + one, two + one[0], one + two[0])
        for sign in "._-":
            yield from (one + sign + two, f"{one[0]}{sign}{two}")


def _addresses(person: Person) -> Iterator[str]:
    for line in person.lines:
        words = line.split()
        if len(words) < 2 or not any(char.isdigit() for char in line):
            continue
        forms = [line]
        for place in (0, -1):
            plain = words[place].rstrip(".").lower()
            for other in _WRITINGS.get(plain, ()):
                forms.append(" ".join([other, *words[1:]] if place == 0 else [*words[:-1], other]))
        for form in forms:
            yield from dict.fromkeys((form, form.lower(), form.upper()))
    for home in person.places:
        city, state, code = home.city, home.state, home.zip_code
        if len(code) < _LEAST_ID:
            continue
        if city:
            yield from (f"{city}, {code}", f"{city} {code}", f"{code} {city}")
        if city and state:
            yield from (f"{city}, {state} {code}", f"{city} {state} {code}", f"{city}, {state}, {code}")
        if state:
            yield from (f"{state} {code}", f"{state}, {code}")


def _phones(phone: str) -> Iterator[str]:
    yield phone
    digits = _NO_DIGITS.sub("", phone)
    if len(digits) < 7:
        return
    yield from (digits, f"+{digits}") if len(digits) > 9 else (digits,)
    american = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if len(american) == 10 and (not phone.strip().startswith("+") or len(digits) == 11):
        area, middle, end = american[:3], american[3:6], american[6:]
        for form in (
            f"({area}) {middle}-{end}",
            f"({area}){middle}-{end}",
            *(sign.join((area, middle, end)) for sign in ("-", ".", " ")),
            american,
        ):
            yield from (form, f"+1 {form}", f"1-{form}", f"+1-{form}", f"1 {form}")
        yield f"+1{american}"
    elif phone.strip().startswith("+"):
        yield f"00{digits}"


def _ids(entity: str, value: str) -> Iterator[str]:
    digits = _NO_DIGITS.sub("", value)
    if len(value) < _LEAST_ID or not digits:
        return
    yield value
    if entity == "US_SSN" and len(digits) == 9:
        yield from (digits, *(sign.join((digits[:3], digits[3:5], digits[5:])) for sign in "- ."))
    if entity == "CREDIT_CARD" and 12 <= len(digits) <= 19:
        yield from (digits, *(sign.join(digits[place : place + 4] for place in range(0, len(digits), 4)) for sign in "- "))
    if entity == "IBAN_CODE":
        stream = "".join(value.split())
        yield from (stream, " ".join(stream[place : place + 4] for place in range(0, len(stream), 4)))


def _capitalised(name: str) -> str:
    """As given if it has both cases; particles in lower case stay."""
    return name.title() if name.islower() or (name.isupper() and len(name) > 2) else name


def _joined(name: str) -> str:
    return "".join(char for char in _spelt_out(name).lower() if char.isalnum())


def _without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text.translate(_LETTERS)) if not unicodedata.combining(char))


def _spelt_out(text: str) -> str:
    return text if text.isascii() else _without_accents(text.translate(_UMLAUTS))
