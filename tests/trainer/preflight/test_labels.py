"""Labels before a run: what cannot be proven refuses it with a way out, and long rows become windows when that was asked for."""

import copy

import pytest
from transformers import AutoTokenizer

from agentlog.dataset.reader import open_dataset
from agentlog.schema.sample import Sample
from tests.trainer.tiny import CHATML, make_base, make_dataset, make_project, make_sample, make_tokenizer
from trainer import TrainConfig
from trainer.checklist import Checklist
from trainer.preflight import Preflight, inspect
from trainer.preflight.labels import check_targets, check_template, check_tokenizer, rendered
from trainer.render import NO_LOSS, RenderedRow, stop_tokens
from trainer.render.template import prints_tools

DAY = "{{ strftime_now('%d %b %Y') }}"


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A base for 96 tokens at once."""
    return make_base(tmp_path_factory.mktemp("models") / "short", positions=96)


def look(root, base, train: list[Sample], **settings) -> Preflight:
    project = make_project(root, str(base))
    folder = make_dataset(project.data, train=train)
    return inspect(TrainConfig(role="coder", base_model=str(base), **settings), project, open_dataset(folder))


def item(checklist: Checklist, name: str):
    return next(item for item in checklist.items if item.name == name)


def long_sample(number: int, turns: int = 6) -> Sample:
    one = make_sample(number)
    messages = [message for _ in range(turns) for message in one.messages[:2]]
    trained = tuple(range(1, 2 * turns, 2))
    return Sample(id=f"long-{number}", messages=messages, trained=trained, source_ids=tuple(f"s-{number}-{at}" for at in trained))


def test_one_row_that_cannot_be_proven_refuses_the_run_and_says_how_to_leave_it_out(tmp_path, base):
    torn = make_sample(3, answer="so <|im_end|> it ends")
    flight = look(tmp_path, base, [*(make_sample(number) for number in range(3)), torn])
    (refusal,) = flight.checklist.refusals
    assert (refusal.name, refusal.acceptable) == ("labels of train", False)
    assert refusal.value.startswith("1 of 8 answers, in 1 of 4 rows, cannot be proven: 1 × its text holds the stop token")
    assert "row row-3: message 1: its text holds the stop token <|im_end|>" in refusal.advice
    assert "to leave that one out of the data: agentlog feedback a-3 --rating 1, and build again" in refusal.advice


def test_rows_too_long_are_refused_with_both_ways_out(tmp_path, base):
    flight = look(tmp_path, base, [long_sample(0)], max_length=96)
    longest = max(len(row.input_ids) for row in flight.rows["train"])
    (refusal,) = flight.checklist.refusals
    assert f"--max-length {longest} would fit every row" in refusal.advice
    assert "--overlong window" in refusal.advice


def test_windows_train_every_target_in_training_and_validation(tmp_path, short):
    whole = look(tmp_path / "whole", short, [long_sample(0)])
    made = look(tmp_path / "windows", short, [long_sample(0)], overlong="window")
    assert made.checklist.refusals == []
    assert whole.checklist.refusals != []
    for split in ("train", "val"):
        assert sum(row.targets for row in made.rows[split]) == sum(row.targets for row in whole.rows[split])
        assert max(len(row.input_ids) for row in made.rows[split]) <= 96
    said = item(made.checklist, "windows of train").value
    targets = sum(row.targets for row in made.rows["train"])
    assert said.startswith("1 of 1 rows are longer than 96 tokens; windows made of them: ")
    assert f"{targets} of {targets} target tokens are trained" in said
    assert item(made.checklist, "predicted steps").value.startswith("3 (3 epochs of 1 rows")
    assert item(made.checklist, "disk").value == item(whole.checklist, "disk").value, "a row of the dataset counts once"


def test_a_target_that_fits_in_no_window_refuses_the_run_and_the_length_is_told(tmp_path, short):
    long = make_sample(1, answer="return " * 60)
    flight = look(tmp_path, short, [make_sample(0), long], overlong="window", max_length=64)
    (refusal,) = flight.checklist.refusals
    assert refusal.name == "windows of train"
    assert refusal.advice.startswith("no target may be lost in silence: ")
    assert "--max-length " in refusal.advice


def test_a_row_without_targets_is_counted_and_reaches_no_batch(tokenizer):
    checklist = Checklist()
    empty = Sample(id="e", messages=[{"role": "user", "content": "a"}], trained=(), source_ids=())
    rows = rendered(checklist, "train", [empty, make_sample(0)], tokenizer, stop_tokens(tokenizer))
    assert [row.sample_id for row in rows] == ["row-0"]
    assert all(row.targets for row in rows)
    assert item(checklist, "rows of train without targets").value == "1"


def test_tools_that_the_template_does_not_print_are_warned_of(tokenizer):
    checklist = Checklist()
    offered = make_sample(0).model_copy(update={"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]})
    rendered(checklist, "train", [offered], tokenizer, stop_tokens(tokenizer))
    assert item(checklist, "tools of train").verdict == "warn"


def test_the_day_that_a_template_prints_stands_still_and_is_told(base):
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.chat_template = DAY + tokenizer.chat_template
    checklist = Checklist()
    check_template(checklist, tokenizer, stop_tokens(tokenizer))
    assert "every prompt here says 01 Jan 2025" in item(checklist, "day in prompts").value
    (row,) = rendered(checklist, "train", [make_sample(0)], make_tokenizer(template=tokenizer.chat_template), stop_tokens(tokenizer))
    assert tokenizer.decode(row.input_ids).startswith("01 Jan 2025")


def test_a_template_that_prints_an_empty_list_of_tools_shows_none(tokenizer):
    """It prints something else when there are tools, but not which."""
    tools = [{"type": "function", "function": {"name": "read_file", "parameters": {}}}]
    other = copy.deepcopy(tokenizer)
    other.chat_template = "{% if tools %}You have tools:\n{% endif %}" + CHATML
    assert not prints_tools(other, tools)
    other.chat_template = "{% if tools %}{{ tools | tojson }}\n{% endif %}" + CHATML
    assert prints_tools(other, tools)


def test_a_small_share_of_targets_is_worth_a_word():
    few, many = Checklist(), Checklist()
    config = TrainConfig(role="coder", base_model="m")
    check_targets(few, config, [RenderedRow([1] * 100, [NO_LOSS] * 98 + [1] * 2, "a", (1,))])
    check_targets(many, config, [RenderedRow([1] * 10, [1] * 10, "a", (1,))])
    assert (item(few, "target tokens").value, bool(item(few, "target tokens").advice)) == ("2 of 100 (2.0%) in 1 rows, per epoch", True)
    assert item(many, "target tokens").advice == ""


def test_a_tokenizer_that_is_loaded_as_another_than_its_folder_says_is_told(tmp_path, base):
    """A Llama tokenizer in a folder with ``model_type: qwen2`` is loaded as Qwen's, and loses line breaks."""
    told = Checklist()
    check_tokenizer(told, base, AutoTokenizer.from_pretrained(base))
    assert told.items == []
    (tmp_path / "config.json").write_bytes((base / "config.json").read_bytes())
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "LlamaTokenizerFast"}')
    check_tokenizer(told, tmp_path, AutoTokenizer.from_pretrained(base))
    assert told.items[0].verdict == "warn"
    assert "the folder says LlamaTokenizerFast, and transformers loads it as Qwen2Tokenizer" in told.items[0].value
