"""Vocabulary: what a key, a column or a label announces, as it is written in some locales.

A key is read as its words: ``firstName``, ``FIRST_NAME``, ``first-name``, ``billing.first_name`` and ``customerFirstName`` all end in the
words *first name*, and it is the end that says what stands there (a ``phone_type`` is no phone). Foreign words count where their locale is
switched on. Here it is decided what a key announces; whether the value beside it can be that is decided in `values`.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from agentlog.privacy.announced.words import (
    ACCOUNT,
    ADDRESS,
    CITY,
    FULL,
    ID,
    LINE,
    LOGIN,
    NAME,
    PARTY,
    PERSONS,
    ROLES,
    STREET_2,
    USER,
    WORDS,
)

_NO_PERSONS_ADDRESS_SAYS = """
ip mac memory server base start stop end contract remote local bind host wallet socket web url return virtual physical load entry
peer listen client target source src dst dest destination gateway proxy network bus device function symbol page gas token smart
"""
_NO_PERSONS_ADDRESS = frozenset(_NO_PERSONS_ADDRESS_SAYS.split())
_NO_ID_OF_A_PERSON = frozenset({"client", "author", "owner", "contact", "billing", "shipping", "worker", "parent", "child", "driver"})
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_APART = re.compile(r"[^a-z0-9]+")
_PLACE_IN_LIST = {
    "1": "",
    "2": "two",
    "one": "",
    "address1": "address line",
    "address2": "address two",
    "line1": "line one",
    "line2": "line two",
}

_FREQUENT_SAYS = """
name, email, e mail, mail, phone, address, addresses, addr, user, user key, account, login, fax, tel, mobile, passport, city,
town, street, zip, postal, nom, nombre, nome, passenger, patient, traveler, traveller, recipient, employee, beneficiary, customer,
guest, suite, apartment, apt, born, pan, tin, correo, teléfono, via, cap, rue, voie, ort, stadt, portable, móvil, tél, nie, nif,
nir, dni, whatsapp, adresse, commune, comune, titular, nacimiento, usuario, utente, identifiant, utilisateur, credit card,
bank account, payment method, nickname, telephone, nhs, username, handy, titulaire, ville, residenza, domicilio, telefon,
telefono, calle, dirección, ciudad, localidad, requester, assignee, reporter, organizer, organiser, attendee, claimant, adjuster,
guardian, supervisor, manager, counterparty, insured, physician, doctor, teacher, owner, driver, tenant, landlord, applicant, payer,
payee, spouse, caregiver, imei, imsi, iccid, meid, vin, cpf, curp, nric, tfn, aadhaar, itin, line one, line two
"""
_FREQUENT = frozenset(phrase.strip() for phrase in _FREQUENT_SAYS.split(","))
"""So frequent that only with a sign after them they are worth a look."""
_AS_THEY_ARE = (
    *("id", "emails", "phones", "streets", "accounts"),
    *("line1", "line2", "line_1", "line_2"),
)
PEOPLE = ("attendees", "guests", "passengers", "travelers", "travellers", "patients", "recipients", "assignees", "employees", "customers")
_SIGNS = ('"', "'", "\\", "=", " =", ":", " :", "*", ">", "]", " is ")
_COLUMN_ENDS = (",", "|", " |", ";", "\t", "\\t", '",', '\\",', '"|', '";')
_COLUMN_BEGINS = (",", "|", "| ", ";", "\t", "\\t", ',"', ',\\"', '|"', ';"')
_COLUMNLESS = frozenset({ID, NAME, *ROLES, CITY, USER, STREET_2, LINE})


class Vocabulary:
    """The keys of some locales: what each announces, and the texts by which they are found."""

    def __init__(self, locales: Sequence[str]) -> None:
        self._kinds: dict[str, str] = {}
        self._phrases: dict[str, str] = {}
        for locale in dict.fromkeys(("en", *(locale[:2].lower() for locale in locales))):
            for kind, phrases in WORDS.get(locale, {}).items():
                for phrase in phrases.split(", "):
                    self._kinds.setdefault(_plain(phrase).replace(" ", ""), kind)
                    self._phrases.setdefault(phrase, kind)
        self.kind = lru_cache(maxsize=65536)(self._kind)
        """``kind(key)``: what a key as it is written announces, or nothing."""

    def _kind(self, key: str) -> str | None:
        words = words_of(key)
        for first in range(len(words)):
            kind = self._kinds.get("".join(words[first:]))
            if kind:
                return _with_what_leads(kind, words[:first])
        if words and words[-1].endswith("s") and len(words[-1]) > 2:
            return self._kind(" ".join([*words[:-1], words[-1][:-1]]))
        return None

    def announces(self, key: str) -> bool:
        """Whether what stands under a key may be personal."""
        return self.kind(key) is not None

    def names_a_key(self, value: str) -> bool:
        """Whether a value is itself the name of a key, as in a schema or a form."""
        return len(value) < 40 and not any(map(str.isdigit, value)) and self.kind(value) is not None

    def anchors(self) -> dict[str, int]:
        """Texts in lower case by which keys are found, each with the length of the word in it."""
        found = {f"{word}{sign}": len(word) for word in _AS_THEY_ARE for sign in _SIGNS[:3]}
        found |= {f"{word}{sign}": len(word) for word in PEOPLE for sign in _SIGNS[:3]}
        found |= {word: len(word) for word in ("address1", "address2", "street1", "street2")}
        for phrase, kind in self._phrases.items():
            if kind != ID:
                for form in _forms(phrase):
                    found.update({form + sign: len(form) for sign in (_SIGNS if phrase in _FREQUENT else ("",))})
        return found

    def column_anchors(self) -> tuple[str, ...]:
        """Texts in lower case by which the head of a table is found."""
        phrases = [phrase for phrase, kind in self._phrases.items() if kind not in _COLUMNLESS]
        rare = {form: None for phrase in phrases if phrase not in _FREQUENT for form in _forms(phrase)}
        frequent = [form for phrase in phrases if phrase in _FREQUENT for form in _forms(phrase)]
        rare.update({form + end: None for form in frequent for end in _COLUMN_ENDS})
        rare.update({before + form: None for form in frequent for before in _COLUMN_BEGINS})
        # Whose name it is comes before: customer_name, Passenger Name.
        rare.update({f"{apart}name{end}": None for apart in ("_", " ") for end in _COLUMN_ENDS})
        return tuple(rare)


def words_of(key: str) -> list[str]:
    """The words of a key, plain and in lower case, without a number at its end."""
    if key.isalnum() and key.islower() and key.isascii() and key not in _PLACE_IN_LIST:
        word = key.rstrip("0123456789")  # most keys, at a fifth of the time
        return [word] if word else []
    words = _APART.split(_plain(_HUMPS.sub("_", key)).strip("_-. []"))
    last = words.pop()
    if last in ("1", "one") and words and words[-1] == "line":
        return [*words, "one"]
    if last in _PLACE_IN_LIST:
        return words + _PLACE_IN_LIST[last].split()
    if last.isdigit():
        return words
    return [word for word in (*words, last.rstrip("0123456789")) if word]


def _with_what_leads(kind: str, led: list[str]) -> str | None:
    """A file's name and a socket's address are no person's."""
    if not led:
        return kind
    last = led[-1] if led[-1] in PERSONS else led[-1].removesuffix("s")
    if kind == NAME:
        return FULL if last in PERSONS else None
    if kind in (ADDRESS, STREET_2) and not _NO_PERSONS_ADDRESS.isdisjoint(led):
        return None
    if kind == ID:
        return LOGIN if last == "user" else ACCOUNT if last in PERSONS - _NO_ID_OF_A_PERSON else None
    return None if kind in (PARTY, USER) else kind


def _plain(text: str) -> str:
    low = text.lower()
    if low.isascii():
        return low
    return "".join(char for char in unicodedata.normalize("NFKD", low.replace("ß", "ss")) if not unicodedata.combining(char))


def _forms(phrase: str) -> Iterator[str]:
    """A phrase as keys and labels write it, with and without accents."""
    for accents in dict.fromkeys((phrase, _plain(phrase))):
        yield from dict.fromkeys(accents.replace(" ", between) for between in ("_", "", "-", " "))
