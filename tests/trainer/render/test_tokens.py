"""Tokens: ids put together from what was tokenised before are those of the whole text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.errors import RenderError
from tests.trainer.tiny import SPECIAL, make_tokenizer
from trainer.render.tokens import Tokens, says, specials, spoken, texts_of, token_ids

TOKENIZER = make_tokenizer([*SPECIAL, "<|im", "<|im_end|>>"])
PIECES = st.sampled_from([*SPECIAL, "<|im", "<|im_end|>>", "<|", "|>", ">", " ", "\n", "def add", "user", "é", "e\u0301", "🙂", "日本"])


@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_ids_are_those_of_the_text_in_one_piece_whatever_came_before(texts):
    """Special tokens that begin like others, halves of them, and texts that share any beginning."""
    tokens = Tokens(TOKENIZER)
    for text in [*texts, *(texts[0] + text for text in texts)]:
        assert tokens.of(text) == token_ids(TOKENIZER, text)
        assert tokens.proves(text, tokens.of(text))


def test_what_two_texts_share_is_tokenised_once(monkeypatch):
    asked = []
    tokens = Tokens(TOKENIZER)
    monkeypatch.setattr("trainer.render.tokens.token_ids", lambda tokenizer, text: asked.append(len(text)) or token_ids(tokenizer, text))
    turns = [f"<|im_start|>user\nquestion {turn}<|im_end|>\n" for turn in range(200)]
    for turn in range(1, len(turns)):
        tokens.of("".join(turns[:turn]))
    assert max(asked) < 5 * len(turns[-1])


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(RenderError, match="half a surrogate pair"):
        token_ids(TOKENIZER, "a\ud83d")


def test_ids_say_their_text_and_no_other():
    before = token_ids(TOKENIZER, "<|im_start|>assistant\n")
    ids = token_ids(TOKENIZER, "é<|im_end|>")
    assert says(TOKENIZER, ids, "e\u0301<|im_end|>", before)
    assert not says(TOKENIZER, ids, "e<|im_end|>", before)
    assert spoken(TOKENIZER, ids) == "é<|im_end|>"


def test_an_id_beyond_the_vocabulary_has_no_text():
    assert texts_of(TOKENIZER, [TOKENIZER.eos_token_id, 10**6]) == ["<|im_end|>"]


def test_special_tokens_are_gathered_anew_when_there_are_more():
    tokenizer = make_tokenizer()
    assert specials(tokenizer).ids.keys() == set(SPECIAL)
    assert specials(tokenizer) is specials(tokenizer)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|new|>"]})
    assert "<|new|>" in specials(tokenizer).ids
