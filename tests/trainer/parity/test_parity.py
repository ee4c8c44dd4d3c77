"""Parity: a server that renders as training did is told so, and each way of doing otherwise is named where it begins."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.errors import EndpointError
from tests.trainer.render.test_render_templates import SPECIAL, TEMPLATES
from tests.trainer.served import FAULTS, Fault, Model, serving
from tests.trainer.tiny import CHATML, make_tokenizer
from trainer.parity.certificate import make_certificate
from trainer.parity.endpoint import Endpoint
from trainer.parity.parity import STOP, Compared, Parity, compare, difference
from trainer.render import stop_tokens


@pytest.fixture(scope="module")
def qwen():
    """A tokenizer with a real template that knows tools and reasoning."""
    return make_tokenizer(SPECIAL, (TEMPLATES / "qwen3.jinja").read_text(encoding="utf-8"), "<|im_end|>", vocabulary=500)


def asked(tokenizer, kind: str, fault: Fault | None = None, **settings) -> Parity:
    stops = stop_tokens(tokenizer)
    with serving(Model(tokenizer, stops, kind, fault, **settings)) as url:
        return compare(make_certificate(tokenizer, stops), Endpoint(url))


def at(parity: Parity, name: str) -> Compared:
    return next(compared for compared in parity.probes if compared.probe == name)


@pytest.mark.parametrize("kind", ["llama.cpp", "vllm"])
def test_a_faithful_server_is_identical_in_every_probe(qwen, kind):
    parity = asked(qwen, kind)
    assert parity.kind == kind
    assert {compared.verdict for compared in parity.probes} == {"identical"}
    assert at(parity, "tool call and result").ours == at(parity, "tool call and result").theirs
    assert at(parity, STOP).verdict == "identical"


def test_a_server_that_only_counts_agrees_in_counts_and_is_called_no_more(qwen):
    parity = asked(qwen, "openai")
    assert {compared.verdict for compared in parity.probes} == {"counts agree", "not compared"}
    assert [compared.probe for compared in parity.probes if compared.verdict == "not compared"] == [STOP]


@pytest.mark.parametrize("kind", ["llama.cpp", "vllm"])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_seen_in_ids(qwen, kind, fault):
    assert asked(qwen, kind, fault).differing


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in ("eos", "vocabulary")])
def test_every_fault_that_changes_a_length_is_seen_in_counts(qwen, fault):
    assert asked(qwen, "openai", fault).differing


@pytest.mark.parametrize("kind", ["llama.cpp", "vllm"])
@pytest.mark.parametrize(
    ("fault", "name", "words"),
    [
        ("bos", "one question", "the server adds a token at the start: "),
        ("system", "one question", "a system prompt of the server's own: at the start the server puts in '<|im_start|>system"),
        ("alpaca", "one question", "the server renders Alpaca prompts: at the start ours has "),
        ("reasoning", "reasoning before a tool call", "the reasoning is stripped: "),
        ("prompt", "one question", "the generation prompt is missing: "),
        ("template", "three turns", "the server puts in '\\n'"),
        ("tools", "tools", "the server leaves out "),
        ("vocabulary", "unusual text", "from token "),
        ("eos", STOP, "training ends an answer with <|im_end|>"),
    ],
)
def test_a_fault_is_named_where_it_begins(qwen, kind, fault, name, words):
    compared = at(asked(qwen, kind, fault), name)
    assert compared.verdict == "differs"
    if (kind, fault) == ("vllm", "vocabulary"):
        assert "ours has" in compared.where, "its text is told by its own wrong vocabulary"
    else:
        assert words in compared.where
    assert "\n" not in compared.where


def test_a_second_bos_token_is_called_what_it_is(qwen):
    tokenizer = make_tokenizer(SPECIAL, "{{ bos_token }}" + CHATML, "<|im_end|>")
    tokenizer.bos_token = "<|endoftext|>"
    compared = at(asked(tokenizer, "llama.cpp", "bos"), "one question")
    assert compared.where == "the server adds a token at the start: <|endoftext|> (0), which the template prints already"
    assert compared.theirs == (compared.ours or 0) + 1


def test_a_bos_token_that_the_server_takes_from_the_text_and_adds_again_is_no_difference():
    """So does llama.cpp: the template's own BOS is cut from the text, and put before the ids."""
    tokenizer = make_tokenizer(SPECIAL, "{{ bos_token }}" + CHATML, "<|im_end|>")
    tokenizer.bos_token = "<|endoftext|>"
    stops = stop_tokens(tokenizer)
    served = make_tokenizer(SPECIAL, CHATML, "<|im_end|>")
    with serving(Model(served, stops, "llama.cpp", "bos")) as url:
        parity = compare(make_certificate(tokenizer, stops), Endpoint(url))
    assert parity.differing == []


def test_a_server_that_normalises_no_accents_is_warned_of_and_not_refused(qwen):
    """So does llama.cpp with Qwen's tokenizers: the letter and its accent stay two."""
    made = make_certificate(qwen, stop_tokens(qwen))
    probes = [
        probe.model_copy(update={"ids": probe.ids[:-1], "text": "é"}) if probe.name == "combining accents" else probe
        for probe in made.probes
    ]
    with serving(Model(qwen, stop_tokens(qwen), "llama.cpp")) as url:
        parity = compare(made.model_copy(update={"probes": probes}), Endpoint(url))
    assert parity.differing == []
    assert [compared.probe for compared in parity.differing_rarely] == ["combining accents"]
    assert parity.to_json()["differing_rarely"] == ["combining accents"]


def test_a_probe_that_the_template_cannot_print_is_not_compared(tokenizer):
    parity = asked(tokenizer, "vllm")
    assert at(parity, "tool call and result").verdict == "not compared"
    assert "training refuses it" in at(parity, "tool call and result").where
    assert parity.differing == []


def test_a_server_that_refuses_a_plain_conversation_differs():
    """The template was trained with a system prompt; the served one knows none."""
    tokenizer = make_tokenizer(SPECIAL, CHATML, "<|im_end|>")
    strict = make_tokenizer(
        SPECIAL, "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + CHATML, "<|im_end|>"
    )
    stops = stop_tokens(tokenizer)
    with serving(Model(strict, stops, "llama.cpp")) as url:
        parity = compare(make_certificate(tokenizer, stops), Endpoint(url))
    assert [compared.probe for compared in parity.differing] == ["system prompt"]
    assert "the server refuses it: /apply-template answers 500 (System role not supported)" in at(parity, "system prompt").where


def test_when_nothing_could_be_compared_that_is_no_success(tokenizer):
    made = make_certificate(tokenizer, stop_tokens(tokenizer))
    bare = made.model_copy(update={"probes": [probe for probe in made.probes if probe.refused]})
    with (
        serving(Model(tokenizer, stop_tokens(tokenizer), "vllm")) as url,
        pytest.raises(EndpointError, match="not one probe could be compared"),
    ):
        compare(bare, Endpoint(url))


def test_a_template_that_prints_the_day_is_compared_on_the_day_of_the_server(tokenizer):
    dated = make_tokenizer(SPECIAL, "{{ strftime_now('%d %B %Y') + '\n' }}" + CHATML, "<|im_end|>")
    stops = stop_tokens(dated)
    made = make_certificate(dated, stops)
    with serving(Model(dated, stops, "llama.cpp")) as url:
        assert compare(made, Endpoint(url)).differing, "training's day is another"
        assert compare(made.on(dated, datetime.date.today()), Endpoint(url)).differing == []


def test_a_piece_begins_where_a_person_would_say_so():
    before, piece, after = "<a>\n<s>", "<think>x</think>\n", "<tool>"
    assert difference(before + piece + after, before + after) == f"after {before!r} the server leaves out {piece!r}"
    assert difference("a\nb\nc\n", "a\nc\n") == "after 'a\\n' the server leaves out 'b\\n'"


@given(st.text("ab<|>\n", max_size=12), st.text("ab<|>\n", max_size=12))
def test_a_difference_is_one_line_and_says_what_is_there(ours, theirs):
    said = difference(ours, theirs)
    assert "\n" not in said
    if ours != theirs:
        assert ("puts in" in said) or ("leaves out" in said) or ("ours has" in said)


@given(st.text(max_size=8), st.text(min_size=1, max_size=8), st.text(max_size=8))
def test_what_is_put_in_is_told_whole(before, more, after):
    assert "the server puts in " in difference(before + after, before + more + after)
    assert "the server leaves out " in difference(before + more + after, before + after)
