"""What keys, columns and labels announce is found in whatever form it stands; schemas, variables and facts are left alone."""

import json
from urllib.parse import quote_plus

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog import scrub
from agentlog.privacy.announced import recognisers
from agentlog.privacy.announced.vocabulary import Vocabulary, words_of
from agentlog.privacy.detector import Detector
from agentlog.privacy.known import unescaped
from agentlog.privacy.overlaps import resolve
from agentlog.privacy.text import Text

DETECTOR = Detector(recognisers(("en", "de", "fr", "es", "it")))
PERSONAL = [
    ("first_name", "Mia", "PERSON"),
    ("last_name", "O'Brien", "PERSON"),
    ("last_name", "van der Berg", "PERSON"),
    ("full_name", "Anne-Marie Li", "PERSON"),
    ("maiden_name", "Kowalski", "PERSON"),
    ("customer_name", "Noah Ito", "PERSON"),
    ("email", "mia@corp.io", "EMAIL_ADDRESS"),
    ("email", "mia.li3818@example.com", "EMAIL_ADDRESS"),
    ("dob", "1990-04-05", "DATE_OF_BIRTH"),
    ("date_of_birth", "5 April 1990", "DATE_OF_BIRTH"),
    ("phone_number", "415-265-3890", "PHONE_NUMBER"),
    ("street", "975 Sunset Drive", "ADDRESS"),
    ("billing_address", "975 Sunset Drive, Suite 217, Austin", "ADDRESS"),
    ("zip_code", "78750", "ZIP_CODE"),
    ("user_id", "mia_li_3668", "USERNAME"),
    ("username", "mia.li88", "USERNAME"),
    ("payment_id", "credit_card_4421486", "ACCOUNT_ID"),
    ("account_number", "88213377421", "ACCOUNT_ID"),
    ("passport_number", "X8821774A", "US_PASSPORT"),
    ("card_number", "4929 1122 3344 5561", "CREDIT_CARD"),
]
HARMLESS = [
    '{"type": "object", "properties": {"email": {"type": "string"}, "dob": {"type": "string"}}, "required": ["first_name", "email"]}',
    "class User(BaseModel):\n    first_name: str\n    email: EmailStr\n    address: Address | None = None\n    zip_code: constr(5)",
    "first_name = models.CharField(max_length=30)\nuser_id = self.user_id\nemail = request.POST['email']\nbook(email=email, user=user)",
    "CREATE TABLE users (id INT, first_name VARCHAR(40), email TEXT NOT NULL, zip CHAR(5));",
    "INSERT INTO users (first_name, email) VALUES (?, ?)",
    '{"email": true, "phone": null, "user_id": 1, "id": 42, "account": "None", "address": "0x7ffee4c0", "login": "admin"}',
    "address: 127.0.0.1:8000, user=root, name='utf-8', login=False, account=None",
    "f'user_id={user_id} email={user.email}' \"first_name\": \"{first_name}\" 'email': '<your email>'",
    '{"name": "get_user_details", "arguments": "{}"} {"name": "requests", "version": "2.1", "author_email": ""}',
    '{"name": "New York", "city": "Houston", "state": "TX"} {"city": "Paris", "population": 2102650}',
    "| first name | last name |\n|---|---|\n",
    "Please provide the first name, last name, and date of birth for each passenger.",
    'fields = ("first_name", "last_name", "email")',
    "name: CI\non: push\njobs:\n  build:\n    name: Build Wheels\n",
    '{"flight_number": "HAT136", "date": "2024-05-20", "origin": "JFK", "price": 152, "status": "available", "cabin": "economy"}',
    '{"order_id": "W2611340", "item_id": "1008292230", "name": "Desk Lamp", "product_id": "6817146515"}',
    "phone: 555-0123 is nobody's, zip: 00000, account_number: 123456789, card_number: 0000000000000000",
    '{"username": "user", "user_id": "3f2504e0-4f89-11d3-9a0c-0305e82c3301"}',
    "Collecting user==11.21.20\nssn==1.2.3\n64e0a4fd1a17   zip_ssn:10.16.96   user:27.16.53",
    'parser = [("username", "me"), ("realm", "pypi"), ("repository", "main")]',
    'fields = ("first_name", "last_name"), ("a", "b")',
    '{"deal": {"name": "Green Renewal"}, "owner": {"name": "owner"}, "student": {"course": {"name": "Linear Algebra"}}}',
]


def found(text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.entity) for span in DETECTOR.find(Text(text))]


def reads(text: str) -> list[tuple[str, str]]:
    return [(unescaped(value), entity) for value, entity in found(text)]


def escaped(text: str, times: int) -> str:
    for _ in range(times):
        text = json.dumps(text)[1:-1]
    return text


@pytest.mark.parametrize(("key", "value", "entity"), PERSONAL)
def test_in_json_a_value_is_found_by_its_key_however_often_it_is_escaped_or_cut_off(key: str, value: str, entity: str) -> None:
    written = json.dumps({"n": 1, key: value, "z": [2]}, indent=1)
    assert (value, entity) in found(written)
    for times in (1, 2, 3, 4):
        assert (value, entity) in reads('{"content": "' + escaped(written, times) + '"}')
    assert (value, entity) in found(json.dumps({key: value})[:-2])


@pytest.mark.parametrize(("key", "value", "entity"), PERSONAL)
def test_a_value_is_found_as_an_argument_in_yaml_in_a_query_and_in_a_repr(key: str, value: str, entity: str) -> None:
    assert (value, entity) in found(repr({key: value}))
    assert (value, entity) in found(f"book({key}={value!r}, n=1)")
    assert (value, entity) in reads("a: 1\n" + yaml.safe_dump({key: value}).replace("''", "'"))
    assert (quote_plus(value), entity) in found(f"a=1&{key}={quote_plus(value)}&b=2")
    assert (value, entity) in found(f'row["{key}"] = "{value}"')


@pytest.mark.parametrize(("key", "value", "entity"), PERSONAL)
def test_a_value_is_found_in_markup_forms_and_statements(key: str, value: str, entity: str) -> None:
    assert (value, entity) in found(f"<user><{key}>{value}</{key}></user>")
    assert (value, entity) in found(f'<input type="text" name="{key}" value="{value}">')
    assert (value, entity) in found(json.dumps({"field": key, "value": value}))
    doubled = value.replace("'", "''")
    assert (doubled, entity) in found(f"INSERT INTO users (id, {key}) VALUES (1, '{doubled}');")
    assert (doubled, entity) in found(f"SELECT * FROM users WHERE {key} = '{doubled}'")


@pytest.mark.parametrize(("key", "value", "entity"), PERSONAL)
def test_a_columns_values_are_found_in_every_kind_of_table(key: str, value: str, entity: str) -> None:
    quoted = f'"{value}"' if "," in value else value
    assert found(f"id,{key},n\n1,{quoted},3\n2,{quoted},4\n").count((value, entity)) == 2
    assert (value, entity) in found(f"id\t{key}\tn\n1\t{value}\t3\n")
    assert (value, entity) in found(f"| id | {key} |\n|----|:---:|\n| 1 | {value} |\n")
    assert (value, entity) in found(f" id | {key} | n\n----+------+---\n  1 | {value} | 2\n(1 row)\n")
    table = f"| id | {key} |\n|----|-----|\n| 1 | {value} |\n"
    assert (value, entity) in reads('{"content": "' + escaped(table, 1) + '"}')


@pytest.mark.parametrize(("key", "value", "entity"), PERSONAL)
def test_labels_in_prose_announce_too(key: str, value: str, entity: str) -> None:
    label = key.replace("_", " ").title()
    assert (value, entity) in found(f"Hello.\n{label}: {value}\nBye")
    assert (value, entity) in found(f"- **{label}:** {value}\n- next")
    assert (value, entity) in found(f"**{label}**: {value}\n")


@pytest.mark.parametrize("text", HARMLESS)
def test_schemas_variables_placeholders_and_facts_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_name_counts_where_an_object_or_a_key_beside_it_is_a_persons() -> None:
    assert found('{"customer": {"id": "C88213", "name": "Mia"}}') == [("C88213", "ACCOUNT_ID"), ("Mia", "PERSON")]
    assert ("Mia Li", "PERSON") in found('{"name": "Mia Li", "email": "mia@corp.io"}')
    assert found('{"name": "Mia Li", "score": 3}') == []
    assert found('[{"name": "Nice Hotel"}, {"email": "mia@corp.io"}]') == [("mia@corp.io", "EMAIL_ADDRESS")]


def test_what_people_say_of_themselves_is_found() -> None:
    assert found("Sure, my user ID is mia_li_3668.") == [("mia_li_3668", "USERNAME")]
    assert found("my name is Mia Li, and I was late") == [("Mia Li", "PERSON")]
    assert found("My address is 975 Sunset Drive, Suite 217, Austin, TX 78750 and I moved") == [
        ("975 Sunset Drive, Suite 217, Austin, TX 78750", "ADDRESS")
    ]
    assert found("Name: Mia Li, DOB: April 5, 1990") == [("Mia Li", "PERSON"), ("April 5, 1990", "DATE_OF_BIRTH")]


def test_a_title_is_no_part_of_a_name_and_words_of_a_full_name_are_looked_for_alone() -> None:
    text = '{"physician": "Dr. Noah Petrov"}'
    every = [(text[span.start : span.end], span.spreads) for span in DETECTOR.every(Text(text))]
    assert every == [("Noah Petrov", True), ("Noah", True), ("Petrov", True)]


def test_a_title_and_a_full_name_need_no_other_sign_of_a_person() -> None:
    assert found('{"npi": 1, "name": "Dr. Noah Petrov"}') == [("Noah Petrov", "PERSON")]
    assert scrub({"npi": 1, "name": "Dr. Noah Petrov"}).counts == {"PERSON": 1}
    assert found('{"name": "MS Office Home"}, {"name": "Dr Pepper"}') == []


def test_an_id_in_a_log_is_found_whatever_the_line_goes_on_with() -> None:
    assert found("order_id=#W26 user_id=ana_ruiz_1882 was found") == [("ana_ruiz_1882", "USERNAME")]
    assert found("fetch(user_id=user1234 if known else anyone)") == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("DETAIL:  Key (first_name, last_name)=(Ana, Ruiz) already exists.", ["Ana", "Ruiz"]),
        ("DETAIL:  Key (lower(username::text))=(aruiz7) already exists.", ["aruiz7"]),
        ('{\\"detail\\": \\"Key (user_id, id)=(ana_ruiz_1882, 7) is not present\\"}', ["ana_ruiz_1882"]),
    ],
)
def test_what_a_database_says_of_a_row_is_found(text: str, values: list[str]) -> None:
    assert [value for value, _ in found(text)] == values


@pytest.mark.parametrize(
    "text", ["Key (name, version)=(numpy, 1.2)", "f(email)=(x)", "Key (city, zip)=(a, b, c)", "Key (username)=(username)"]
)
def test_brackets_of_code_and_of_other_columns_stay(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["Ship to: {}", "ship to {}", "I live at {}.", "My address is {}.", "{{'ship_to': '{}'}}", "Bill to: {}"]
)  # fmt: skip
def test_an_address_is_announced_by_who_lives_or_gets_something_there(text: str) -> None:
    assert found(text.format("1208 W Elm St, Austin, TX 78701"))[0] == ("1208 W Elm St, Austin, TX 78701", "ADDRESS")


def test_an_address_ends_with_its_sentence() -> None:
    for address in ("48 Elm St., Springfield, IL 62704", "48 Elm Blvd. Apt. 3, Springfield", "48 Maple Street"):
        assert found(f"I live at {address}. My order 3 is late. DOB") == [(address, "ADDRESS")]


def test_numbers_of_things_that_go_somewhere_are_no_address() -> None:
    assert found("We ship to 50 US States. Bill to 2 Cards. We live at 5 PM Eastern Time") == []


def test_the_short_name_of_a_birth_date_needs_no_colon() -> None:
    assert found("DOB 03/04/1987") == [("03/04/1987", "DATE_OF_BIRTH")]
    assert found("the DOB of 3 users, dob 7") == []


def test_who_does_something_in_a_record_is_a_person_if_named_so() -> None:
    assert scrub({"assigned_to": "Noah Petrov", "approved_by": "GitHub Actions", "reviewed_by": "lint"}).counts == {"PERSON": 1}


def test_a_list_of_people_in_text_is_found_name_by_name_and_what_stands_between_too() -> None:
    assert found("**Passengers:** Mia Li, Noah Brown\n") == [("Mia Li", "PERSON"), ("Noah Brown", "PERSON")]
    listed = "Passengers:\n  1. Mia Brown, DOB: 1990-01-06\n  2. Noah Ito, DOB: 1991-02-03\n"
    names = [("Mia Brown", "PERSON"), ("1990-01-06", "DATE_OF_BIRTH"), ("Noah Ito", "PERSON"), ("1991-02-03", "DATE_OF_BIRTH")]
    assert found(listed) == names
    assert found(escaped(listed, 1)) == names
    assert found("Passengers: 2 adults\nPassengers: Basic Economy, Business Class") == []


ROWS = [("Ana", "PERSON"), ("78750", "ZIP_CODE"), ("Mia", "PERSON"), ("99501", "ZIP_CODE")]


@pytest.mark.parametrize(
    "text",
    [
        '[["first_name", "zip"], ["Ana", "78750"], ["Mia", "99501"]]',
        '{"columns": ["id", "first_name", "zip"], "index": [0, 1], "data": [[1, "Ana", 78750], [2, "Mia", "99501"]]}',
        'cur.execute("INSERT INTO u (first_name, zip) VALUES (?, ?)", [("Ana", "78750"), ("Mia", "99501")])',
        "status,first_name,zip\r\nopen,Ana,78750\r\nopen,Mia,99501\r\n",
    ],
)
def test_rows_that_are_lists_or_parameters_are_found_by_their_head(text: str) -> None:
    assert found(text) == ROWS
    assert found(escaped(text, 1)) == ROWS


def test_a_repr_without_quotes_gives_up_its_name() -> None:
    assert found("User(name=Ana Ruiz, email=ana@corp.io)") == [("Ana Ruiz", "PERSON"), ("ana@corp.io", "EMAIL_ADDRESS")]
    assert ("Ana Ruiz", "PERSON") in found("User{id=3, name=Ana Ruiz, email=ana@corp.io}")


def test_lists_and_numbers_are_values_too() -> None:
    assert found('{"emails": ["a.b@corp.io", "c.d@corp.io"], "zip": 78750, "phone": 4152653890}') == [
        ("a.b@corp.io", "EMAIL_ADDRESS"),
        ("c.d@corp.io", "EMAIL_ADDRESS"),
        ("78750", "ZIP_CODE"),
        ("4152653890", "PHONE_NUMBER"),
    ]


def test_the_id_of_a_means_of_payment_counts_and_other_ids_do_not() -> None:
    assert found('{"payment_methods": {"pm": {"source": "paypal", "id": "x8821774"}}, "id": "call_88213"}') == [("x8821774", "ACCOUNT_ID")]


def test_a_city_is_personal_beside_a_street_only() -> None:
    assert ("Austin", "ADDRESS") in found('{"address": {"address1": "975 Sunset Drive", "city": "Austin", "zip": "78750"}}')
    assert found('{"from": {"city": "Austin"}}') == []


def test_keys_of_other_languages_count_where_their_locale_is_on() -> None:
    german = "vorname: Jürgen\nnachname: Weiß\ngeburtsdatum: 05.04.1990\n"
    assert found(german) == [("Jürgen", "PERSON"), ("Weiß", "PERSON"), ("05.04.1990", "DATE_OF_BIRTH")]
    assert not Detector(recognisers(("en",))).find(Text(german))
    assert ("Zoé", "PERSON") in found('{"prénom": "Zoé"}')
    assert ("Díaz Ruiz", "PERSON") in found('{"apellidos": "Díaz Ruiz"}')
    assert ("Rossini", "PERSON") in found('{"cognome": "Rossini"}')


def test_names_that_are_ordinary_words_and_short_ones_are_not_looked_for_elsewhere() -> None:
    spreads = {
        text: span.spreads for text in ("Mia", "Li", "Will", "Austin") for span in DETECTOR.find(Text(f'{{"first_name": "{text}"}}'))
    }
    assert spreads == {"Mia": True, "Li": False, "Will": False, "Austin": False}


@pytest.mark.parametrize(
    "key", ["firstName", "FIRST_NAME", "first-name", "first name", "billing.first_name", "customerFirstName", "first_name_1"]
)
def test_a_key_is_read_as_its_words(key: str) -> None:
    assert Vocabulary(("en",)).kind(key) == "given"


def test_the_end_of_a_key_says_what_it_holds() -> None:
    kind = Vocabulary(("en",)).kind
    assert (kind("phone_type"), kind("file_name"), kind("ip_address"), kind("email_verified")) == (None, None, None, None)
    assert words_of("shippingAddress2") == ["shipping", "address", "two"]


def under(keys: tuple[str, ...], value: str) -> list[tuple[str, str]]:
    return [(value[span.start : span.end], span.entity) for span in resolve(DETECTOR.under(keys, Text(value)))]


def test_in_a_json_value_the_keys_that_lead_to_a_text_announce_it() -> None:
    assert under(("arguments", "first_name"), "Mia") == [("Mia", "PERSON")]
    assert under(("user", "name"), "Mia Li") == [("Mia Li", "PERSON")]
    assert under(("function", "name"), "get_user_details") == []
    assert under(("passengers", "dob"), "1990-04-05") == [("1990-04-05", "DATE_OF_BIRTH")]
    assert under(("flights", "date"), "2024-05-20") == []
    assert under(("payment_methods", "credit_card_4421486", "id"), "credit_card_4421486") == [("credit_card_4421486", "ACCOUNT_ID")]
    assert under(("address", "city"), "Austin") == [("Austin", "ADDRESS")]
    assert under(("weather", "city"), "Austin") == []
    assert under(("zip",), "78750") == [("78750", "ZIP_CODE")]
    assert under(("email",), "The e-mail of the user, if there is one.") == []


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="abMia:=\"'\\{}[]<>|,;&\n\t .@19_-*é\ud800İ", max_size=200),
    st.sampled_from([key for key, _, _ in PERSONAL]),
    st.integers(0, 200),
)
def test_any_text_around_a_key_is_searched_without_an_error_and_spans_lie_in_it(text: str, key: str, place: int) -> None:
    whole = text[:place] + key + text[place:]
    assert all(0 <= span.start < span.end <= len(whole) for span in DETECTOR.find(Text(whole)))
    assert all(0 <= span.start < span.end <= len(text) for span in DETECTOR.under((key,), Text(text)))


def test_a_name_beside_an_address_in_one_object_is_a_persons_and_that_of_a_package_is_not() -> None:
    clean = scrub(
        [
            {"name": "Ana Ruiz", "email": "ana.ruiz@corp.io", "plan": "gold"},
            {"name": "left-pad", "email": "ana.ruiz@corp.io", "version": "1.0.0"},
            {"name": "Search", "description": "finds things"},
        ],
        key="k" * 32,
    ).value
    assert clean[0]["name"] != "Ana Ruiz"
    assert clean[0]["plan"] == "gold"
    assert clean[1]["name"] == "left-pad"
    assert clean[2]["name"] == "Search"
