"""Numbers that a state, bank or insurer gave to a person: a few by form, the others after the words that announce them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

ANNOUNCED = [
    ("en", "my social security number is {}", "536 22 8719", "US_SSN"),
    ("en", '{{"ssn": "{}"}}', "536228719", "US_SSN"),
    ("en", '{{"ssn": {}}}', "536228719", "US_SSN"),
    ("en", "ITIN: {}", "912-70-1234", "US_ITIN"),
    ("en", "passport number {}", "912803456", "US_PASSPORT"),
    ("en", "'passport_no': '{}'", "C03005988", "US_PASSPORT"),
    ("en", "account number: {}", "9876543210123", "US_BANK_NUMBER"),
    ("en", "routing number {}", "021000021", "ABA_ROUTING_NUMBER"),
    ("en", "driver's license {}", "D1234567", "US_DRIVER_LICENSE"),
    ("en", "driving licence number: {}", "MORGA657054SM9IJ", "UK_DRIVING_LICENCE"),
    ("en", "DEA number {}", "BB1388568", "MEDICAL_LICENSE"),
    ("en", "DEA medical certificate number {}", "BB1388568", "MEDICAL_LICENSE"),
    ("en", '"deaNumber": "{}"', "BB1388568", "MEDICAL_LICENSE"),
    ("en", "Medicare: {}", "1EG4-TE5-MK73", "US_MBI"),
    ("en", "NPI {}", "1234567893", "US_NPI"),
    ("en", "NHS number {}", "943 476 5919", "UK_NHS"),
    ("en", "NI number {}", "AB123456C", "UK_NINO"),
    ("de", "Steuer-ID: {}", "86 095 742 719", "DE_TAX_ID"),
    ("de", "Steuernummer {}", "181/815/08155", "DE_TAX_NUMBER"),
    ("de", "Rentenversicherungsnummer {}", "65170839J003", "DE_SOCIAL_SECURITY"),
    ("es", "DNI: {}", "12345678Z", "ES_NIF"),
    ("es", "NIE {}", "X1234567L", "ES_NIE"),
    ("es", "pasaporte {}", "AAB123456", "ES_PASSPORT"),
    ("it", "codice fiscale {}", "RSSMRA85T10A562S", "IT_FISCAL_CODE"),
    ("it", "carta d'identità {}", "CA12345AB", "IT_IDENTITY_CARD"),
    ("it", "passaporto {}", "YA1234567", "IT_PASSPORT"),
    ("fr", "passeport n° {}", "12AB34567", "FR_PASSPORT"),
]
BY_FORM = [
    ("en", "912-70-1234", "US_ITIN"),
    ("en", "AB 12 34 56 C", "UK_NINO"),
    ("es", "12345678Z", "ES_NIF"),
    ("es", "X1234567L", "ES_NIE"),
    ("it", "RSSMRA85T10A562S", "IT_FISCAL_CODE"),
    ("fr", "1 85 05 78 006 084 91", "FR_NIR"),
    ("fr", "185057800608491", "FR_NIR"),
]
HARMLESS = [
    "000-12-3456, 666-12-3456, 123-45-6789, 078-05-1120, 12-345-67-8901, a123-45-6780",
    "import passport; passport.use(1234)",
    "an idea 12345678; the limited 912701234; a classname 536228719",
    "Apache License 2.0, license number 4 of 5",
    "class Account: number = 12; account balance 12345",
    "routing table 192168001, alphabeta 021000021",
    "DEA medical certificate number BB1388569",
    "passport control opens 2024-05-01",
]


@pytest.mark.parametrize(("locale", "saying", "value", "entity"), ANNOUNCED)
def test_what_is_announced_is_found(found, locale, saying, value, entity):
    assert found(saying.format(value), locale) == [(entity, value)]


@pytest.mark.parametrize(("locale", "value", "entity"), BY_FORM)
def test_what_has_a_form_of_its_own_is_found_without_a_word(found, locale, value, entity):
    assert found(f"note ({value})", locale) == [(entity, value)]


@given(st.integers(1, 898), st.integers(1, 99), st.integers(1, 9999), st.sampled_from(["{}", '\\"{}\\"', "a,{},b", "x={}"]))
def test_a_social_security_number_is_found_by_its_dashes(found, area, group, serial, around):
    value = f"{area + (area >= 666):03d}-{group:02d}-{serial:04d}"
    if value not in ("123-45-6789", "078-05-1120") and len(set(value)) > 2:
        assert found(around.format(value)) == [("US_SSN", value)]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_numbers_stay(found, text):
    assert found(text, "en", "de", "fr", "es", "it") == []


def test_another_locales_ids_stay(found):
    assert found("12345678Z RSSMRA85T10A562S 1 85 05 78 006 084 91") == []
