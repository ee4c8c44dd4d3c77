"""Known people are read from rows of any usual shape, and known by the texts people are called by, not by ordinary words."""

import pytest

from agentlog.privacy.detector import Detector
from agentlog.privacy.people import Person, Place, known_texts, logins, read_people
from agentlog.privacy.text import Text

CUSTOMER = {
    "name": {"first_name": "Rhea", "last_name": "Okafor"},
    "address": {"address1": "975 Sunset Drive", "address2": "Suite 217", "city": "Austin", "country": "USA", "state": "TX", "zip": "78750"},
    "email": "rhea.okafor3818@corp.io",
    "dob": "1991-04-05",
    "payment_methods": {"credit_card_4421486": {"source": "credit_card", "brand": "visa", "id": "credit_card_4421486"}},
    "saved_passengers": [{"first_name": "Tadeo", "last_name": "Lindqvist", "dob": "1957-03-21"}],
    "membership": "gold",
    "reservations": ["NO6JO3"],
}


def texts(*rows: object) -> dict[str, str]:
    """What is known of these rows: texts and their entities."""
    return {text: known.entity for text, known in known_texts(read_people(rows)).items()}


@pytest.mark.parametrize(
    "row", ["Rhea Okafor", "Okafor, Rhea", "Dr. Rhea Okafor", {"Full Name": "Rhea Okafor"}, {"firstName": "Rhea", "surname": "Okafor"}]
)
def test_a_name_is_read_in_any_order_and_spelling(row: object) -> None:
    [person] = read_people([row])
    assert (person.first, person.last) == ("Rhea", "Okafor")


def test_a_customers_mapping_is_read_with_all_that_is_nested_in_it() -> None:
    for rows in ([CUSTOMER | {"user_id": "rhea_okafor_3668"}], [{"rhea_okafor_3668": CUSTOMER}]):
        customer, passenger = read_people(rows)
        assert customer == Person(
            first="Rhea",
            last="Okafor",
            emails=("rhea.okafor3818@corp.io",),
            logins=("rhea_okafor_3668",),
            lines=("975 Sunset Drive", "Suite 217"),
            places=(Place("Austin", "TX", "78750"),),
            birth_dates=("1991-04-05",),
            ids=(("ACCOUNT_ID", "credit_card_4421486"),),
        )
        assert (passenger.first, passenger.last, passenger.birth_dates) == ("Tadeo", "Lindqvist", ("1957-03-21",))


def test_a_text_may_be_a_mailbox_an_address_or_a_login() -> None:
    mailbox, address, login = read_people(["Rhea Okafor <rhea@corp.io>", "rhea@corp.io", "rhea_okafor_3668"])
    assert (mailbox.first, mailbox.emails) == ("Rhea", ("rhea@corp.io",))
    assert address.emails == ("rhea@corp.io",)
    assert login.logins == ("rhea_okafor_3668",)


def test_a_row_that_says_nothing_is_nobody() -> None:
    assert read_people([{}, {"colour": "red"}, {"name": None}, {"email": ""}]) == []


def test_things_of_a_person_are_nobody() -> None:
    [person] = read_people([{"name": "Rhea Okafor", "plan": {"name": "Gold Plan"}, "cards": [{"id": "card_12345", "name": "My Visa"}]}])
    assert person.full == ("Rhea Okafor",)


def test_a_name_is_known_in_its_usual_forms() -> None:
    known = texts("Rhea Okafor")
    forms = "Rhea Okafor|Okafor, Rhea|RHEA OKAFOR|rhea okafor|R. Okafor|Rhea O.|Rhea|Okafor|OKAFOR|R.O."
    assert {known.get(form) for form in forms.split("|")} == {"PERSON"}
    assert {known.get(form) for form in ["rhea.okafor", "rhea_okafor", "rheaokafor", "RheaOkafor", "rokafor", "okaforr"]} == {"USERNAME"}


def test_a_name_alone_needs_its_capital() -> None:
    known = texts("Mia Okafor")
    assert "Mia" in known
    assert not {"mia", "okafor", "MIA"} & known.keys()


def test_an_ordinary_word_is_no_name_by_itself() -> None:
    known = texts("Will Young", "Grace Park", "Austin May")
    assert {"Will Young", "Mr. Young", "Ms. Park", "W. Young", "Austin May", "will young"} <= known.keys()
    assert not {"Will", "Young", "Grace", "Park", "Austin", "May", "WILL", "YOUNG", "will.young"} & known.keys()


def test_a_name_of_two_letters_counts_behind_a_title_and_in_full() -> None:
    known = texts("Mia Li")
    assert {"Mia Li", "M. Li", "Ms. Li", "Mia"} <= known.keys()
    assert "Li" not in known


def test_accents_may_be_left_out() -> None:
    known = texts("José Müller-Díaz", "Jörg Weiß")
    assert {"José Müller-Díaz", "Jose Muller-Diaz", "José", "Jose", "Jörg Weiß", "Joerg Weiss", "Jorg Weiss", "joerg.weiss"} <= known.keys()


def test_particles_belong_to_the_last_name() -> None:
    [person] = read_people(["Ana Maria de la Cruz"])
    assert (person.first, person.middle, person.last) == ("Ana", "Maria", "de la Cruz")
    assert {"Ana de la Cruz", "de la Cruz, Ana", "Ana Maria de la Cruz", "Cruz"} <= texts("Ana Maria de la Cruz").keys()


def test_initials_that_abbreviate_something_are_nobodys() -> None:
    assert not {"P.M.", "P. M.", "A.M."} & texts("Petra Moravec", "Ana Moravec").keys()


def test_in_a_long_list_initials_are_nobodys() -> None:
    assert "R.O." not in texts(*["Rhea Okafor"] * 200)


def test_email_login_and_ids_are_known() -> None:
    known = texts(CUSTOMER | {"user_id": "rhea_okafor_3668"})
    assert known["rhea.okafor3818@corp.io"] == "EMAIL_ADDRESS"
    assert known["rhea.okafor3818"] == known["rhea_okafor_3668"] == "USERNAME"
    assert known["credit_card_4421486"] == "ACCOUNT_ID"
    assert not {"gold", "visa", "NO6JO3", "credit_card", "USA", "info"} & {*known, *texts({"email": "info@corp.io"})}


def test_a_short_or_small_id_is_nobodys() -> None:
    assert not {"42", "7", "abcdef"} & texts({"name": "Rhea Okafor", "id": 42, "account_id": "abcdef", "user_id": 7}).keys()


def test_street_lines_are_known_in_their_usual_writings_and_cities_only_with_a_postal_code() -> None:
    known = texts(CUSTOMER)
    assert {"975 Sunset Drive", "975 sunset drive", "975 Sunset Dr", "Suite 217", "Ste. 217"} <= known.keys()
    assert {"Austin, TX 78750", "TX 78750"} <= known.keys()
    assert not {"Austin", "TX", "78750", "Austin, TX", "Suite", "Sunset"} & known.keys()


def test_a_birth_date_is_known_in_its_usual_writings() -> None:
    known = texts(CUSTOMER)
    dates = "1991-04-05|04/05/1991|4/5/1991|05.04.1991|April 5, 1991|Apr 5, 1991|5 April 1991|April 5th, 1991|5th of April 1991"
    assert {known.get(date) for date in dates.split("|")} == {"DATE_OF_BIRTH"}
    assert not texts({"name": "Rhea Okafor", "dob": "1970-01-01"}).keys() & {"1970-01-01", "January 1, 1970"}


def test_a_telephone_number_is_known_in_its_usual_writings() -> None:
    known = texts({"name": "Rhea Okafor", "phone": "(415) 265-3890"})
    assert {"(415) 265-3890", "415-265-3890", "415.265.3890", "4152653890", "+14152653890", "+1 415-265-3890"} <= known.keys()
    assert {"+49 30 1234567", "+49301234567", "0049301234567"} <= texts({"phones": {"home": "+49 30 1234567"}}).keys()


def test_the_first_person_to_have_a_text_says_what_it_is() -> None:
    assert known_texts(read_people(["Rhea Okafor", {"login": "Rhea"}]))["Rhea"].entity == "PERSON"


def test_logins_of_a_name_and_any_number_are_found_and_words_of_computers_are_none() -> None:
    detector = Detector([logins(read_people(["Mia Li", "Sara Ha", "Rhea Okafor"]))])

    def found(text: str) -> list[str]:
        return [text[span.start : span.end] for span in detector.find(Text(text))]

    assert found("by mli42, rokafor7 and rhea.okafor1990@corp.io in /home/mia_li88/x") == [
        "mli42",
        "rokafor7",
        "rhea.okafor1990",
        "mia_li88",
    ]
    assert found("sha256 of shampoo42, xmli42, mli4x, mli7, rokafor and mli12345") == []
