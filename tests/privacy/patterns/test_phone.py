"""Phones are known by form, by the numbering plans of the locales, or by the words beside them."""

import pytest

BY_FORM = [
    "+1 (415) 265-3890",
    "+14152653890",
    "(415) 265-3890",
    "(415)265-3890",
    "415-265-3890",
    "415.265.3890",
    "1-800-265-3890",
    "001-415-265-3890",
    "415-265-3890x123",
    "(415) 265-3890 ext. 44",
    "+44 20 7946 1234",
    "+49 (0)30 1234567",
    "+33 6 12 34 56 78",
    "0049 151 23456789",
    "020 7946 1234",
]
LOOSE = ["4152653890", "265-3890", "60-56-85-91", "0494 92 82 32", "99 668472", "(37) 788-063", "33 93 31", "0393 1144137", "5926 1234"]
AROUND = ["{}", "I am at {} now", '{{"a": "{}"}}', '{{\\"a\\": \\"{}\\"}}', "Ana,{},Rome", "| {} |", "\\n{}\\n", "({})", "{}."]
SAYING = [
    "phone: {}",
    "Phone:\n{}",
    "Tel. {}",
    "tel: {}",
    "Fax {}",
    "call me at {}",
    "please call {}!",
    "You can reach me on {}",
    "contact: {}",
    "my number is {}",
    '{{"phone": "{}"}}',
    '{{\\"phone_number\\": \\"{}\\"}}',
    "phone={}",
    "mobile no. {}",
    "They're not answering at {}",
    "text her at {}",
    "give us a ring at {}",
    "{}-Office",
    "{} (mobile)",
    "Telefon: {}",
    "unter der Rufnummer {}",
    "appelez le {}",
    "teléfono: {}",
    "cellulare {}",
    "WhatsApp {}",
    "her cell is {}",
]
HARMLESS = [
    "2024-05-15 10:30:00, 15.05.2024, 05/15/2024, 20240515 and 2024-05",
    "version 1.20.300 build 10.0.19041.3031, phone==31.24.30",
    "ISBN 978-0-306-40615-7",
    "48.856614, 2.352222 and 3.14159265 then +35236450.6",
    "$1,234,567.89 and 1 234 567 rows, 100-150, TEXT[500-150:]",
    "range(1, 100000) calls f(1234567); callback 12345678; call_id 12345678",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "1700000000 1700000000123 order 1234567890",
    "00000010: 7f45 4c46 0201 0100 0000 0000 0000 0000",
    "947 027 2662\n996 780 4950\n965 676 7242\n848 721 9062\n",
    "-12345678 +12345678\n@@ -100,20 +200,30 @@",
    "212-555-0143 and +1-212-555-0199",
    "pid 123456 port 54321; string 1234567; text 1234567; ring buffer 1234567",
    "the cell 12 34 of the phone book, contact sheet 123456.5",
]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("number", BY_FORM)
def test_a_number_with_the_form_of_a_phones_is_found_whole(found, number, around):
    assert found(around.format(number)) == [("PHONE_NUMBER", number)]


@pytest.mark.parametrize("saying", SAYING)
@pytest.mark.parametrize("number", [number for number in LOOSE + BY_FORM if len(number) > 8])
def test_beside_a_word_any_number_is_a_phones(found, number, saying):
    assert ("PHONE_NUMBER", number) in found(saying.format(number))


@pytest.mark.parametrize("saying", ["phone: {}", '{{"phone": "{}"}}', "{}-Fax", "You can call {}", "not answering at {}"])
@pytest.mark.parametrize("number", LOOSE)
def test_a_short_number_in_groups_counts_as_well(found, number, saying):
    assert ("PHONE_NUMBER", number) in found(saying.format(number))


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("locales", [("en",), ("en", "de", "fr", "es", "it")])
def test_other_numbers_stay(found, text, locales):
    assert found(text, *locales) == []


@pytest.mark.parametrize(
    ("locale", "number"),
    [
        ("de", "030 1234567"),
        ("de", "0151 23456789"),
        ("fr", "06 12 34 56 78"),
        ("es", "612 345 678"),
        ("es", "91 123 45 67"),
        ("it", "339 1234567"),
        ("it", "06 6982 1234"),
    ],
)
def test_a_locales_own_numbers_are_found_without_a_word_only_there(found, locale, number):
    assert found(f"Ana, {number}, grazie", locale) == [("PHONE_NUMBER", number)]
    if not number.startswith("0"):
        assert found(f"Ana, {number}, grazie") == []


def test_a_short_number_does_not_spread(found):
    from agentlog.privacy.detector import Detector
    from agentlog.privacy.patterns import recognisers
    from agentlog.privacy.text import Text

    detector = Detector(recognisers(["en"]))
    assert [span.spreads for span in detector.find(Text("phone: 339331, mobile: 415-265-3890"))] == [False, True]


@pytest.mark.parametrize("beside", ["{} 4111 1111", "12 {}", "{} 2024-05-01", "17 {} 30 40 50 60 70 80", "{} 12:30", "17,{},5"])
def test_other_numbers_beside_it_do_not_hide_a_number(found, beside):
    for number in ("415-265-3890", "(415) 265-3890", "+49 151 23456789"):
        assert ("PHONE_NUMBER", number) in found(beside.format(number))


@pytest.mark.parametrize("between", [" and ", ", ", "/", " a ", "|", "\n", "; ", ":"])
@pytest.mark.parametrize(
    "number", ["(415) 265-38{:02}", "415-265-38{:02}", "+1 415 265 38{:02}", "+44 20 7946 12{:02}", "+33 6 12 34 56 {:02}"]
)
def test_phones_in_a_row_are_all_found(found, number, between):
    numbers = [number.format(serial) for serial in range(10, 30)]
    assert [value for _, value in found("at " + between.join(numbers))] == numbers
