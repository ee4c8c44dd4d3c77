"""The suite: every held-out answer with its own prompt, and the same draw for the same seed."""

import pytest

from tests.trainer.tiny import make_sample
from trainer.evaluation.suite import make_suite
from trainer.render import stop_tokens


@pytest.fixture
def ask(tokenizer):
    samples = [make_sample(number) for number in range(5)]
    settings = {"limit": None, "seed": 1, "context": None}
    return lambda **changes: make_suite(samples, tokenizer, stop_tokens(tokenizer), **{**settings, **changes})


def test_each_trained_answer_is_asked_with_what_came_before_it(ask, tokenizer):
    suite = ask()
    assert [question.id for question in suite.questions] == [f"row-{n}:{index}" for n in range(5) for index in (1, 3)]
    for question in suite.questions:
        prompt = tokenizer.decode(question.turn.prompt_ids)
        assert prompt.endswith("<|im_start|>assistant\n")
        assert tokenizer.decode(question.turn.target_ids) == question.sample.messages[question.turn.index]["content"] + "<|im_end|>"
        assert question.row().targets == len(question.turn.target_ids)


def test_a_limit_draws_the_same_answers_for_the_same_seed(ask):
    ids = [question.id for question in ask(limit=4).questions]
    assert len(ids) == 4
    assert ids == [question.id for question in ask(limit=4).questions]
    assert ids != [question.id for question in ask(limit=4, seed=2).questions]


def test_what_has_no_room_in_the_context_is_left_out_and_counted(ask):
    suite = ask(context=45)
    assert suite.left_out + len(suite.questions) == 10
    assert 0 < suite.left_out < 10
    assert all(len(question.row().input_ids) <= 45 for question in suite.questions)


def test_what_cannot_be_proven_is_left_out_counted_and_told(tokenizer):
    torn = make_sample(1, answer="it <|im_end|> ends")
    suite = make_suite([make_sample(0), torn], tokenizer, stop_tokens(tokenizer), limit=None, seed=1, context=None)
    assert [question.id for question in suite.questions] == ["row-0:1", "row-0:3", "row-1:3"]
    assert (suite.unproven, suite.left_out) == (1, 0)
    assert suite.why.startswith("1 × its text holds the stop token <|im_end|>")
