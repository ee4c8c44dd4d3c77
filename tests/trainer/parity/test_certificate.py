"""Certificates: what training rendered is found again, and every change that would reach a token is named."""

import copy
import datetime

import pytest

from tests.trainer.render.test_render_templates import SPECIAL, STOPS, TEMPLATES
from tests.trainer.tiny import CHATML, make_tokenizer
from trainer.parity.certificate import REASONING, Certificate, make_certificate
from trainer.render import stop_tokens

DATED = "{{ 'Today is ' + strftime_now('%d %B %Y') + '\n' }}" + CHATML


@pytest.fixture
def own(tokenizer):
    """A tokenizer that a test may change."""
    return copy.deepcopy(tokenizer)


def probe(certificate: Certificate, name: str):
    return next(probe for probe in certificate.probes if probe.name == name)


@pytest.mark.parametrize("name", sorted(STOPS))
def test_what_a_real_template_renders_is_found_again(name):
    tokenizer = make_tokenizer(SPECIAL, (TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8"), "<|endoftext|>", vocabulary=500)
    tokenizer.bos_token = "<bos>"
    stop_ids = [tokenizer.eos_token_id, *tokenizer.convert_tokens_to_ids(STOPS[name])]
    made = make_certificate(tokenizer, stop_ids)
    assert made.ends_with is not None
    assert made.ends_with.text in STOPS[name]
    assert Certificate.model_validate_json(made.model_dump_json()) == made
    assert made.differs(tokenizer, stop_ids) == []


def test_a_probe_has_its_text_and_its_ids(tokenizer):
    made = make_certificate(tokenizer, stop_tokens(tokenizer))
    asked = probe(made, "system prompt")
    assert asked.text is not None
    assert asked.text.startswith("<|im_start|>system\nAnswer in one sentence.<|im_end|>\n<|im_start|>user\n")
    assert asked.text.endswith("<|im_start|>assistant\n")
    assert tokenizer.decode(asked.ids) == asked.text
    assert REASONING in (probe(made, "reasoning in the text").text or "")
    assert str(made.ends_with) == f"<|im_end|> ({tokenizer.eos_token_id})"


def test_what_a_template_does_not_print_is_kept_with_its_reason(tokenizer):
    made = make_certificate(tokenizer, stop_tokens(tokenizer))
    assert "prints no tool calls" in (probe(made, "tool call and result").refused or "")
    assert probe(made, "tool call and result").ids == []


def test_a_template_edited_by_one_space_is_named_with_the_probes_it_reaches(own):
    stop_ids = stop_tokens(own)
    made = make_certificate(own, stop_ids)
    own.chat_template = CHATML.replace("'<|im_end|>\n'", "' <|im_end|>\n'")
    found = made.differs(own, stop_ids)
    assert found[0].startswith("chat template (was ")
    assert "the rendering of “one question”" in found


def test_a_template_that_is_edited_where_no_probe_looks_is_still_named(own):
    stop_ids = stop_tokens(own)
    made = make_certificate(own, stop_ids)
    own.chat_template = CHATML + "{# nothing #}"
    (found,) = made.differs(own, stop_ids)
    assert found.startswith("chat template (was ")


def test_another_end_of_answers_is_named_with_both_sides(own):
    made = make_certificate(own, stop_tokens(own))
    own.eos_token = "<|endoftext|>"
    found = made.differs(own, stop_tokens(own))
    assert f"eos token (was <|im_end|> ({own.convert_tokens_to_ids('<|im_end|>')}), is <|endoftext|> (0))" in found
    assert any(words.startswith("stop tokens (were <|im_end|>") for words in found)
    assert any(words.startswith("ends with token (was <|im_end|>") and words.endswith("is none)") for words in found)


def test_a_grown_vocabulary_is_named(own):
    made = make_certificate(own, stop_tokens(own))
    own.add_tokens(["2 + 2"])
    found = made.differs(own, stop_tokens(own))
    assert found[0].startswith("vocabulary (was ")
    assert "the rendering of “one question”" in found


def test_a_token_that_is_put_in_front_is_named(own):
    made = make_certificate(own, stop_tokens(own))
    own.bos_token = "<|endoftext|>"
    own.chat_template = "{{ bos_token }}" + CHATML
    found = made.differs(own, stop_tokens(own))
    assert "bos token (was none, is <|endoftext|> (0))" in found
    assert "the rendering of “three turns”" in found


def test_a_template_that_prints_the_day_has_the_same_certificate_every_day_and_todays_probes_on_demand(own):
    own.chat_template = DATED
    made = make_certificate(own, stop_tokens(own))
    assert made.prints_the_day
    assert made.differs(own, stop_tokens(own)) == []
    today = made.on(own, datetime.date(2031, 5, 4))
    assert (probe(today, "one question").text or "").startswith("Today is 04 May 2031\n")
    assert probe(today, "one question").ids != probe(made, "one question").ids
    assert today.model_copy(update={"probes": made.probes}) == made
