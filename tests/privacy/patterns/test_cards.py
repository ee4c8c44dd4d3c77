"""Cards are found by brand, check digit and surroundings; hashes, times and ids stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

BRANDS = [("4", 16), ("4", 13), ("51", 16), ("2221", 16), ("37", 15), ("6011", 16), ("3530", 16), ("36", 14), ("1800", 15)]
RARE = [("5018", 12), ("6304", 13), ("6759", 16), ("62", 19), ("0604", 12)]


def luhn(digits: str) -> str:
    """The digits with their check digit."""
    doubled = [sum(divmod(2 * int(digit), 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits))]
    return digits + str(-sum(doubled) % 10)


def number(brand: tuple[str, int], seed: int) -> str:
    """A card of a brand."""
    prefix, length = brand
    return luhn(prefix + str(seed).zfill(18)[-(length - len(prefix) - 1) :])


SEEDS = st.integers(10**16, 10**18 - 1).filter(lambda seed: len(set(str(seed))) > 4)


@given(
    st.sampled_from(BRANDS),
    SEEDS,
    st.sampled_from(["{}", "charge {}, please", '{{"n": "{}"}}', "'{}'", "> {}\n", '\\"{}\\"', "17,{},open", "({})"]),
)
def test_a_card_of_a_usual_brand_is_found_without_a_word_for_it(found, brand, seed, around):
    card = number(brand, seed)
    assert ("CREDIT_CARD", card) in found(around.format(card))


@given(
    st.sampled_from(BRANDS + RARE), SEEDS, st.sampled_from(["my card {} is lost", "Visa: {}", "{} (debit)", "cc={}&x=1", "card_number: {}"])
)
def test_beside_a_word_any_card_is_found(found, brand, seed, around):
    card = number(brand, seed)
    assert ("CREDIT_CARD", card) in found(around.format(card))


@given(SEEDS, st.sampled_from(" -"))
def test_a_card_in_groups_is_found_without_what_stands_beside_it(found, seed, mark):
    card = number(("4", 16), seed)
    grouped = mark.join(card[place : place + 4] for place in range(0, 16, 4))
    assert found(f"card: {grouped} 12/27") == [("CREDIT_CARD", grouped)]
    assert found(f"{grouped}") == [("CREDIT_CARD", grouped)]


def test_a_mistyped_card_in_groups_is_still_somebodys(found):
    card = number(("4", 16), 123456789012345)
    wrong = card[:-1] + str((int(card[-1]) + 1) % 10)
    grouped = " ".join(wrong[place : place + 4] for place in range(0, 16, 4))
    assert found(f"my card is {grouped}") == [("CREDIT_CARD", grouped)]
    assert found(f"rows {grouped}") == []


@pytest.mark.parametrize("around", ["0.{}", "{}.5", "x{}", "{}e", "ns={}", "hash: {}", '"id": {}', "[17, {}, 9]", "{}-1", "a_{}"])
def test_a_number_that_is_another_thing_stays(found, around):
    card = number(("4", 16), 987654321098765)
    assert found(around.format(card)) == []


def test_numbers_of_one_digit_stay(found):
    assert found("card 4444444444444444 and 0000 0000 0000 0000") == []


@given(st.lists(SEEDS, min_size=2, max_size=5, unique=True), st.sampled_from([", ", " and ", "/", ",", "\n", " | "]))
def test_cards_in_a_row_are_all_found(found, seeds, between):
    cards = [number(("51", 16), seed) for seed in seeds]
    assert [value for _, value in found(f"[{between.join(cards)}]")] == cards
