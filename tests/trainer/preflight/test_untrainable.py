"""Answers that cannot be trained: each is found, counted and told with its reason; the others are trained only if the team says so."""

import pytest

from agentlog.dataset.reader import open_dataset
from tests.trainer.tiny import make_base, make_dataset, make_project, make_sample
from trainer import TrainConfig
from trainer.preflight import Preflight, inspect
from trainer.render import render_sample

STOP = "so <|im_end|> it ends"


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A base for 96 tokens at once."""
    return make_base(tmp_path_factory.mktemp("models") / "short", positions=96)


def look(root, base, train, **settings) -> Preflight:
    project = make_project(root, str(base))
    folder = make_dataset(project.data, train=train)
    return inspect(TrainConfig(role="coder", base_model=str(base), **settings), project, open_dataset(folder))


def item(flight: Preflight, name: str):
    return next(item for item in flight.checklist.items if item.name == name)


def broken(number: int, place: int, text: str):
    """A sample of which one answer says something else."""
    sample = make_sample(number)
    messages = [dict(message) for message in sample.messages]
    messages[place]["content"] = text
    return sample.model_copy(update={"messages": messages})


def test_the_other_answers_of_a_row_are_trained_with_the_one_left_out_before_them(tmp_path, base):
    torn = broken(1, 1, STOP)
    flight = look(tmp_path, base, [make_sample(0), torn], untrainable="leave_out")
    assert flight.checklist.refusals == []
    (row,) = [row for row in flight.rows["train"] if row.sample_id == torn.id]
    assert row.trained == (3,)
    (alone,) = render_sample(torn.model_copy(update={"trained": (3,), "source_ids": torn.source_ids[1:]}), flight.tokenizer)
    assert (row.input_ids, row.labels) == (alone.input_ids, alone.labels)


def test_what_is_left_out_is_a_warning_with_counts_and_reasons(tmp_path, base):
    rows = [make_sample(0), broken(1, 1, STOP), broken(2, 1, STOP), broken(3, 3, " ")]
    flight = look(tmp_path, base, rows, untrainable="leave_out")
    left = item(flight, "left out of train")
    assert left.verdict == "warn"
    assert left.value.startswith("3 of 8 answers, in 3 of 4 rows, cannot be proven and carry no loss (about ")
    reasons = "2 × its text holds the stop token <|im_end|>, which would end the answer early; 1 × it says nothing"
    assert reasons in left.value
    assert "row row-1: message 1: " in left.advice
    assert any(said.startswith("left out of train: 3 of 8 answers") for said in flight.checklist.warnings)


def test_a_refusal_says_how_many_answers_why_and_which_setting_goes_on_without_them(tmp_path, base):
    flight = look(tmp_path, base, [make_sample(0), broken(1, 1, STOP)])
    (refusal,) = flight.checklist.refusals
    assert refusal.value.startswith("1 of 4 answers, in 1 of 2 rows, cannot be proven: 1 × its text holds the stop token")
    assert "--untrainable leave_out" in refusal.advice


def test_where_most_answers_fail_the_template_is_asked_about_first(tmp_path, base):
    flight = look(tmp_path, base, [broken(1, 1, STOP), broken(2, 1, STOP).model_copy(update={"trained": (1,), "source_ids": ("a",)})])
    (refusal,) = flight.checklist.refusals
    assert refusal.advice.startswith("most of the data does not fit this chat template")


def test_a_run_of_which_nothing_is_left_is_refused(tmp_path, base):
    flight = look(tmp_path, base, [broken(1, 1, STOP).model_copy(update={"trained": (1,), "source_ids": ("a",)})], untrainable="leave_out")
    assert [refusal.name for refusal in flight.checklist.refusals] == ["target tokens"]


def test_an_answer_too_long_for_any_window_is_left_out_and_its_tokens_counted(tmp_path, short):
    long = make_sample(1, answer="return " * 60)
    flight = look(tmp_path, short, [make_sample(0), long], overlong="window", max_length=64, untrainable="leave_out")
    assert flight.checklist.refusals == []
    windows = item(flight, "windows of train")
    assert windows.verdict == "warn"
    assert "1 answer is too long with the task for any window" in windows.advice
    assert all(len(row.input_ids) <= 64 for row in flight.rows["train"])
