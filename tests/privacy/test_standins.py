"""Stand-ins keep type and syntax, are the same for the same value, shared by no two, and are told from real values."""

import random
import re
import string

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.privacy.standins import StandIns, is_stand_in, reduced

KEY = "k" * 32
ENTITIES = (
    "EMAIL_ADDRESS PHONE_NUMBER CREDIT_CARD IBAN_CODE US_SSN IP_ADDRESS MAC_ADDRESS CRYPTO SECRET PERSON DATE_OF_BIRTH ADDRESS ZIP_CODE "
    "USERNAME ACCOUNT_ID US_ITIN UK_NINO ES_NIF IT_FISCAL_CODE MEDICAL_LICENSE LOCATION ORGANIZATION NRP DENIED ANYTHING"
)
WORDS = "Mia li LI O'Brien José Müller 李明 de van Jr. Dr. M. Sunset Drive Suite TX user card cus acct_ May 5 20th"
PIECES = st.one_of(
    st.sampled_from(WORDS.split()),
    st.sampled_from(
        [" ", "-", "_", ".", ", ", "/", ":", "+", "@", "%40", "(", ")", "\\n", "\\u00e9", "\\", '"', "'", "x", "0x", "sk-", "\n"]
    ),
    st.from_regex(r"[0-9]{1,6}", fullmatch=True),
    st.from_regex(r"[0-9a-f]{8}", fullmatch=True),
    st.text(max_size=4),
)
VALUES = st.one_of(st.text(min_size=1, max_size=40), st.lists(PIECES, min_size=1, max_size=9).map("".join).filter(bool))
PERSONAL = [
    ("EMAIL_ADDRESS", "mia.li@corp.io", r"user-[0-9a-f]{8}@example\.com"),
    ("EMAIL_ADDRESS", "mia%40corp.io", r"user-[0-9a-f]{8}%40example\.com"),
    ("IP_ADDRESS", "81.2.69.142", r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+"),
    ("IP_ADDRESS", "2a00:1450::200e", r"2001:db8::[0-9a-f]+:[0-9a-f]+"),
    ("MAC_ADDRESS", "3C-22-FB-01-02-03", r"00-00-5E-00-53-[0-9A-F]{2}"),
    ("PHONE_NUMBER", "+1 (415) 265-3890", r"\+1 \(\d{3}\) 555-01\d\d"),
    ("PHONE_NUMBER", "415.265.3890 x123", r"\d{3}\.555\.01\d\d x\d{3}"),
    ("PHONE_NUMBER", "4152653890", r"[2-9]\d{2}55501\d\d"),
    ("PHONE_NUMBER", "+49 30 1234567", r"\+49 00 \d{7}"),
    ("PHONE_NUMBER", "030/1234567", r"000/\d{7}"),
    ("PHONE_NUMBER", "612345678", r"9\d{8}"),
    ("CREDIT_CARD", "4111 1111 1111 1111", r"9999 \d{4} \d{4} \d{4}"),
    ("IBAN_CODE", "gb29 nwbk 6016 1331 9268 19", r"gb00 xxxx \d{4} \d{4} \d{4} \d\d"),
    ("US_SSN", "536-22-8719", r"000-\d\d-\d{4}"),
    ("US_SSN", "536228719", r"666\d{6}"),
    ("CRYPTO", "1" + "BoatSLRHtKNngkdX", r"1EXAMPLE[1-9A-HJ-NP-Za-km-z]{9}"),
    ("PERSON", "Dr. Mia de la Cruz", r"Dr\. [A-Z][a-z]{5}zux de la [A-Z][a-z]{5}zux"),
    ("USERNAME", "mia_li_3668", r"[a-z]{6}zux_[a-z]{6}zux_\d{4}"),
    ("ACCOUNT_ID", "credit_card_4421486", r"credit_card_9\d{6}"),
    ("ACCOUNT_ID", "cus_" + "NffrFeUfNV2Hib", r"cus_zux[a-z0-9]{11}"),
    ("DATE_OF_BIRTH", "1990-04-05", r"190[0-4]-\d\d-\d\d"),
    ("DATE_OF_BIRTH", "April 5th, 1990", r"[A-Z][a-z]+ \d{1,2}(st|nd|rd|th), 190[0-4]"),
    ("DATE_OF_BIRTH", "4/5/90", r"\d{1,2}/\d{1,2}/190[0-4]"),
    ("DATE_OF_BIRTH", "20. Mai 1990", r"\d{1,2}\. \w+ 190[0-4]"),
    ("DATE_OF_BIRTH", "1990-04-05T12:30:00Z", r"190[0-4]-\d\d-\d\dT00:00:00Z"),
    ("ADDRESS", "975 Sunset Drive", r"\d{3} [A-Z][a-z]{5}zux Drive"),
    ("ADDRESS", "Suite 217", r"Suite 9\d{6}"),
    ("ZIP_CODE", "78750", r"999\d\d"),
    ("ZIP_CODE", "SW1A 1AA", r"ZZ\d[A-Z] \d[A-Z]{2}"),
    ("IT_FISCAL_CODE", "RSSMRA85T10A562S", r"XXXXXX\d\dX\d\dX\d{3}X"),
    ("DENIED", "Project Titan", r"[A-Z][a-z]{5}zux [A-Z][a-z]{5}zux"),
]


def random_text(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Token-like text made at run time, so that none stands in a source file."""
    return "".join(random.Random(7).choices(alphabet, k=length))


SECRETS = [
    ("ghp_" + random_text(36), r"ghp_EXAMPLE[A-Za-z0-9]{29}"),
    ("AKIA" + random_text(16, string.ascii_uppercase + string.digits), r"AKIAEXAMPLE[A-Z2-7]{9}"),
    ("xoxb-" + random_text(12, string.digits) + "-" + random_text(24), r"xoxb-EXAMPLE\d{5}-[A-Za-z0-9]{24}"),
    ("eyJ" + ".".join(random_text(30) for _ in range(3)), r"eyJ[\w-]{30}\.[\w-]{30}\.[\w-]{30}"),
    (random_text(40, "0123456789abcdef"), r"deadbeef[0-9a-f]{32}"),
    (random_text(20, string.ascii_lowercase), r"example[a-z]{11}[a-z0-9]{2}"),
    ("Bearer " + random_text(20), r"Bearer EXAMPLE[A-Za-z0-9]{13}"),
    (random_text(22) + "==", r"EXAMPLE[A-Za-z0-9]{15}=="),
    (random_text(6), r"EXAMPLE\w{5}"),
]


@pytest.mark.parametrize(("entity", "value", "form"), PERSONAL)
def test_a_stand_in_keeps_the_form_of_the_value(entity: str, value: str, form: str) -> None:
    made = StandIns("s", KEY).of(entity, value)
    assert re.fullmatch(form, made)
    assert is_stand_in(made)
    assert not is_stand_in(value)


@pytest.mark.parametrize(("secret", "form"), SECRETS)
def test_a_secret_keeps_prefix_length_and_alphabet(secret: str, form: str) -> None:
    made = StandIns("s", KEY).of("SECRET", secret)
    assert re.fullmatch(form, made)
    assert len(made) == max(len(secret), 12)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ENTITIES.split()), VALUES)
def test_a_stand_in_is_known_as_one_whatever_the_value(entity: str, value: str) -> None:
    made = StandIns("s", KEY).of(entity, value)
    assert made != value
    assert is_stand_in(made)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ENTITIES.split()), VALUES)
def test_a_stand_in_needs_no_escape_and_ends_no_string(entity: str, value: str) -> None:
    made = StandIns("s", KEY).of(entity, value)
    kept = set(value) if "BEGIN" in value or "%40" in value or "u0040" in value else set()
    assert not (set(made) - kept) & set("\"'\\`$<>&|;{}!\n\r\t%")
    assert made.isprintable()
    assert made.strip() == made


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ENTITIES.split()), st.lists(VALUES, min_size=2, max_size=12))
def test_no_two_values_share_a_stand_in(entity: str, values: list[str]) -> None:
    scope = StandIns("s", KEY)
    made = {value.casefold(): scope.of(entity, value).casefold() for value in values}
    composed = (
        {orjson.dumps(value.split()): value for value in made} if all(map(str.isascii, made)) and not any("\\" in v for v in made) else {}
    )
    assert len({made[value] for value in composed.values()}) == len(composed)


@pytest.mark.parametrize("entity", ENTITIES.split())
def test_thousands_of_values_of_one_scope_have_thousands_of_stand_ins(entity: str) -> None:
    scope = StandIns("s", KEY)
    values = [f"{start}{number}" for number in range(1500) for start in ("1", "192.168.0.", "1990-01-", "Mia", "0")]
    made = {scope.of(entity, value) for value in values}
    assert len(made) == len(values)
    assert all(map(is_stand_in, made))


@given(st.integers(min_value=1, max_value=10**18), st.sampled_from(ENTITIES.split()))
def test_a_number_that_may_stand_without_quotes_in_json_stays_one(number: int, entity: str) -> None:
    if entity in {"PHONE_NUMBER", "CREDIT_CARD", "US_SSN", "ZIP_CODE", "USERNAME", "ACCOUNT_ID", "SECRET", "US_ITIN", "ADDRESS", "DENIED"}:
        made = StandIns("s", KEY).of(entity, str(number))
        assert str(int(made)) == made
        assert len(made) <= max(len(str(number)), 7) + 1


def test_the_words_of_a_name_are_the_same_wherever_they_stand() -> None:
    scope = StandIns("s", KEY)
    mia, li = scope.of("PERSON", "Mia"), scope.of("PERSON", "Li")
    assert scope.of("PERSON", "Mia Li") == f"{mia} {li}"
    assert scope.of("PERSON", "Li, Mia") == f"{li}, {mia}"
    assert scope.of("PERSON", "MIA LI") == f"{mia} {li}".upper()
    assert scope.of("USERNAME", "mia_li_3668").startswith(f"{mia}_{li}_".lower())
    assert scope.of("PERSON", "M. Li").endswith(f". {li}")
    assert scope.of("PERSON", "Jos\\u00e9") == scope.of("PERSON", "José")


def test_writings_of_one_birth_date_stay_one_date() -> None:
    scope = StandIns("s", KEY)
    year, month, day = scope.of("DATE_OF_BIRTH", "1990-04-05").split("-")
    assert scope.of("DATE_OF_BIRTH", "04/05/1990") == f"{month}/{day}/{year}"
    assert scope.of("DATE_OF_BIRTH", "05.04.1990") == f"{day}.{month}.{year}"
    assert scope.of("DATE_OF_BIRTH", "5 April 1990").endswith(year)


def test_equal_values_agree_within_a_scope_and_with_no_other_scope_or_key() -> None:
    for entity, value in [("PERSON", "Mia Li"), ("EMAIL_ADDRESS", "a@corp.io"), ("SECRET", random_text(30)), ("ACCOUNT_ID", "4421486123")]:
        here = StandIns("s", KEY).of(entity, value)
        assert StandIns("s", KEY).of(entity, value) == here
        assert here not in (StandIns("t", KEY).of(entity, value), StandIns("s", "other").of(entity, value))


def test_the_lines_of_a_key_without_its_fences_stay_lines() -> None:
    lines = [random_text(64), random_text(64), random_text(20) + "=="]
    for between in ("\n", "\\n", "\\\\n", "\r\n", "\n    "):
        made = StandIns("s", KEY).of("SECRET", between.join(lines))
        assert is_stand_in(made)
        assert [len(line) for line in made.split(between)] == [64, 64, 22]
        assert random_text(12) not in made


def test_a_key_block_keeps_its_fences_and_lines_also_where_line_breaks_are_escaped() -> None:
    lines = [
        "-----BEGIN RSA PRIVATE KEY-----",
        "Proc-Type: 4,ENCRYPTED",
        "",
        random_text(64),
        random_text(64),
        "=ab1",
        "-----END RSA PRIVATE KEY-----",
    ]
    for block in ("\n".join(lines), "\\n".join(lines), "\\\\n".join(lines), "\r\n".join(lines), " ".join(lines)):
        made = StandIns("s", KEY).of("SECRET", block)
        assert is_stand_in(made)
        assert made.startswith(lines[0])
        assert made.endswith(lines[-1])
        assert random_text(12) not in made
        assert made.count("\n") == block.count("\n")
        assert made.count("\\") == block.count("\\")


def test_a_putty_key_keeps_its_fields() -> None:
    body = "\n".join([random_text(64), random_text(20)])
    head = "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: mia@home\nPublic-Lines: 2\n"
    block = f"{head}{body}\nPrivate-MAC: {random_text(40, '0123456789abcdef')}"
    made = StandIns("s", KEY).of("SECRET", block)
    assert is_stand_in(made)
    assert "Public-Lines: 2\nEXAMPLE" in made
    assert "mia" not in made
    assert made.count("\n") == block.count("\n")


def test_random_real_values_are_not_taken_for_stand_ins() -> None:
    generator = random.Random(5)

    def some(alphabet: str, length: int) -> str:
        return "".join(generator.choices(alphabet, k=length))

    names = [some(string.ascii_uppercase, 1) + some(string.ascii_lowercase, generator.randrange(1, 9)) for _ in range(20_000)]
    tokens = [some(string.ascii_letters + string.digits, 20) for _ in range(20_000)] + [some("0123456789abcdef", 40) for _ in range(20_000)]
    phones = [f"+{generator.choice(['44', '49', '33', '91', '7'])} {some('123456789', 1)}{some(string.digits, 9)}" for _ in range(20_000)]
    numbers = [some("123456789", 1) + some(string.digits, 11) for _ in range(20_000)]
    assert not any(map(is_stand_in, names + tokens + phones))
    assert sum(map(is_stand_in, numbers)) <= 1
    assert sum(is_stand_in(f"{number}") for number in range(10_000, 100_000)) <= 200


def test_what_vendors_document_as_examples_is_left_alone() -> None:
    assert is_stand_in("AKIAIOSFODNN7EXAMPLE")
    assert is_stand_in("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.mark.parametrize(
    ("entity", "value"), [(entity, value) for entity, value, _ in PERSONAL] + [("SECRET", secret) for secret, _ in SECRETS]
)
def test_texts_that_differ_in_their_stand_ins_alone_are_the_same_when_reduced(entity: str, value: str) -> None:
    here, there = (reduced(f"it was {StandIns(scope, KEY).of(entity, value)}, he said (twice)") for scope in ("s", "t"))
    assert here == there


def test_what_is_no_stand_in_is_not_reduced() -> None:
    text = "On 2024-05-20 Mia paid $121 for HAT136 by card 4111 1111 1111 1111; see https://docs.example.org/a?b=c at 10.0.0.7"
    assert reduced(text) == text


CROWDS = [
    ("IP_ADDRESS", "52.{}.{}.7", r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}"),
    ("MAC_ADDRESS", "52:54:{:02x}:{:02x}:1f:9d", "(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"),
    ("US_SSN", "5{0:02}-22-{0:02}{1:02}", "000-[0-9]{2}-[0-9]{4}"),
    ("PHONE_NUMBER", "+1 415 2{:02} 38{:02}", r"\+1 [2-9][0-9]{2} 55501[0-9]{2}|\+1 [0-9 ]{12}"),
    ("DATE_OF_BIRTH", "19{:02}-05-{:02}", "1[89][0-9]{2}-[0-9]{2}-[0-9]{2}"),
]


@pytest.mark.parametrize(("entity", "value", "form"), CROWDS)
def test_a_crowd_of_values_keeps_its_form(entity: str, value: str, form: str) -> None:
    scope = StandIns("s", KEY)
    made = [scope.of(entity, value.format(first, second)) for first in range(10, 90) for second in range(1, 29)]
    assert all(re.fullmatch(form, one) for one in made)
    assert len(set(made)) == len(made)
    assert all(map(is_stand_in, made))


def test_no_iban_of_ours_passes_the_check() -> None:
    scope = StandIns("s", KEY)
    for number in range(500):
        made = scope.of("IBAN_CODE", f"DE89370400440532{number:06}")
        assert int("".join(str(int(char, 36)) for char in made[4:] + made[:4])) % 97 != 1
