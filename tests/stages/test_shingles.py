"""A text's shingles are the hashes of its word n-grams, whatever the script and however odd the text."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.stages.shingles import lots_of, shingle_sets, words

_MASK = (1 << 64) - 1
ODD = [
    "",
    " ",
    "\0",
    "\ud800 lone",
    "a\udfffb",
    "x" * 3000,
    "İstanbul",
    "ΑΣ ΑΣΑ",
    "ﬁ ß ẞ",
    "日本語 のテキスト",
    "ภาษาไทย",
    "မြန်မာ",
    "한국어 말",
    "e\u0301",
    "a_b 1２３",
]
characters = st.sampled_from("ab _1.İΣςßé日本のｱไั中\u0301\ud800\0🙂Ω한") | st.characters()
texts = st.text(characters, max_size=40) | st.sampled_from(ODD)


def plain_grams(text: str, ngram: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[start : start + ngram]) for start in range(max(1, len(found) - ngram + 1))}


def plain_hash(gram: tuple[str, ...]) -> int:
    """The hash of an n-gram as the kernels' docstring has it, in plain Python."""
    value = 0
    for word in gram:
        state = 0xCBF29CE484222325
        for char in word:
            state = (state ^ ord(char)) * 0x9FB21C651E98DF25 & _MASK
            state ^= state >> 32
        value = (value * 0xD6E8FEB86659FD93 + state) & _MASK
    value ^= len(gram) * 0x9E3779B97F4A7C15 & _MASK
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    value = (value ^ value >> 27) * 0x94D049BB133111EB & _MASK
    return value ^ value >> 31


@settings(deadline=None, max_examples=120)
@given(st.lists(texts, max_size=6), st.integers(1, 7))
def test_kernels_find_what_plain_python_finds(some: list[str], ngram: int) -> None:
    for text, found in zip(some, shingle_sets(some, ngram), strict=True):
        assert found.tolist() == sorted({plain_hash(gram) for gram in plain_grams(text, ngram)})


def test_every_character_there_is_counts_as_plain_python_counts_it() -> None:
    every = [f"x{chr(code)}y" for code in range(0x110000)]
    sets = shingle_sets(every, 1)
    for text, found in zip(every[::7] + every[:0x3200], sets[::7] + sets[:0x3200], strict=True):
        assert found.tolist() == sorted({plain_hash(gram) for gram in plain_grams(text, 1)}), ascii(text)


def test_words_are_those_of_the_pattern_where_words_have_spaces_between_them() -> None:
    text = "Don't panic: naïve_x2 = foo.bar(Größe, ЖУК); # 3.14"
    assert words(text) == re.findall(r"\w+", text.lower())


def test_characters_are_words_where_a_script_has_no_spaces() -> None:
    assert words("東京 tower、ไทย") == ["東", "京", "tower", "ไ", "ท", "ย"]
    assert words("ที่") == ["ท", "ี", "่"], "vowels and tones are marks, and tell words apart"


def test_a_text_shorter_than_n_words_is_one_shingle() -> None:
    one, two, other = shingle_sets(["one two three", "one  TWO, three.", "one two"], 5)
    assert len(one) == len(other) == 1
    assert one.tolist() == two.tolist() != other.tolist()


def test_texts_without_any_word_are_alike() -> None:
    sets = shingle_sets(["", " \t", "…!?", "\0\0", "\ud800"], 5)
    assert {tuple(one.tolist()) for one in sets} == {tuple(sets[0].tolist())}


def test_a_words_order_place_and_length_are_told_apart() -> None:
    some = ["a b", "b a", "ab", "a b a", "aa b", "a\0b c", "a a", "a a a", "a"]
    assert len({tuple(one.tolist()) for one in shingle_sets(some, 5)}) == len(some)


def test_a_text_of_two_megabytes_is_ordinary() -> None:
    long = " ".join(f"word{number}" for number in range(200_000))
    found = shingle_sets([long, "short", long + " é"], 5)
    assert [len(one) for one in found] == [199_996, 1, 199_997]
    assert len(np.intersect1d(found[0], found[2])) == 199_996


def test_lots_hold_every_text_once_and_in_order() -> None:
    some = ["x" * size for size in (0, 5, 0, 30, 1, 1, 12, 0)]
    assert [text for lot in lots_of(some, 10) for text in some[lot]] == some
    assert list(lots_of([], 10)) == []


@pytest.mark.parametrize("ngram", [1, 5, 10**9])
def test_any_number_of_words_may_make_a_shingle(ngram: int) -> None:
    assert len(shingle_sets(["one two three four five six seven"], ngram)[0]) == max(1, 8 - ngram)
