"""The tiny base is a real model that learns, and it has seen nothing of the team's tasks."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from examples.team.base_model import Base, make_base
from examples.team.base_settings import QUICK
from examples.team.base_start import GROUPS, ROPE_THETA, look_back
from examples.team.base_text import chats, documents
from examples.team.tasks import make_tasks

SETTINGS = replace(QUICK, steps=12)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Base]:
    """A base as small as can be, and its losses."""
    folder = tmp_path_factory.mktemp("base") / "tiny"
    return folder, make_base(folder, SETTINGS)


def test_its_loss_falls_well_below_that_of_a_guess(made: tuple[Path, Base]) -> None:
    losses = made[1].losses
    assert len(losses) == SETTINGS.steps
    assert sum(losses[-3:]) < 0.95 * sum(losses[:3])


def test_it_is_saved_as_any_model_is_and_loads_again(made: tuple[Path, Base]) -> None:
    model = AutoModelForCausalLM.from_pretrained(made[0])
    tokenizer = AutoTokenizer.from_pretrained(made[0])
    assert (made[0] / "model.safetensors").is_file()
    assert model.config.model_type == "qwen2"
    assert model.num_parameters() == made[1].parameters
    assert model.generation_config.eos_token_id == tokenizer.convert_tokens_to_ids("<|im_end|>") != tokenizer.pad_token_id


def test_the_same_seed_gives_the_same_losses(made: tuple[Path, Base], tmp_path: Path) -> None:
    again = make_base(tmp_path / "again", replace(SETTINGS, steps=2))
    assert again.losses[0] == pytest.approx(made[1].losses[0], rel=1e-4)


@pytest.mark.parametrize(("taught", "least", "most"), [(True, 0.5, 1.0), (False, 0.0, 0.05)])
def test_before_any_training_it_goes_on_with_what_was_said_before_because_of_how_its_weights_begin(
    taught: bool, least: float, most: float
) -> None:
    """Random tokens said twice: the second time most are foreseen, and without the start next to none."""
    torch.manual_seed(0)
    rope = {"rope_type": "default", "rope_theta": ROPE_THETA}
    config = Qwen2Config(
        vocab_size=1024,
        hidden_size=192,
        intermediate_size=576,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=GROUPS,
        tie_word_embeddings=True,
        rope_parameters=rope,
    )
    model = Qwen2ForCausalLM(config)
    if taught:
        look_back(model)
    said = torch.randint(0, 1024, (4, 40)).repeat(1, 2)
    with torch.no_grad():
        foreseen = model(input_ids=said).logits[:, 41:-1].argmax(-1)
    assert least <= (foreseen == said[:, 42:]).float().mean().item() <= most


def test_a_name_is_spelled_alike_in_a_sentence_in_a_call_and_in_code(made: tuple[Path, Base]) -> None:
    tokenizer: PreTrainedTokenizerFast = AutoTokenizer.from_pretrained(made[0])
    name = tokenizer.tokenize("basket_wexyo")
    for text in ("the basket_wexyo is", "`basket_wexyo(key)`", "def basket_wexyo(key):", "    basket_wexyo.append(1)"):
        tokens = tokenizer.tokenize(text)
        assert any(tokens[start : start + len(name)] == name for start in range(len(tokens)))


def test_its_tokenizer_keeps_any_text(made: tuple[Path, Base]) -> None:
    tokenizer: PreTrainedTokenizerFast = AutoTokenizer.from_pretrained(made[0])
    for task in make_tasks(7, 20):
        assert tokenizer.decode(tokenizer(task.prompt)["input_ids"]) == task.prompt


def test_its_template_renders_a_call_of_a_tool_so_that_every_prompt_is_a_prefix(made: tuple[Path, Base]) -> None:
    tokenizer: PreTrainedTokenizerFast = AutoTokenizer.from_pretrained(made[0])
    call = {"id": "1", "type": "function", "function": {"name": "show_env", "arguments": '{"stage": "staging"}'}}
    messages = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "u"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "LEVEL=1"},
        {"role": "assistant", "content": "done"},
    ]
    tools = [{"type": "function", "function": {"name": "show_env", "parameters": {}}}]
    whole = tokenizer.apply_chat_template(messages, tools=tools, tokenize=False)
    for turn in (2, 4):
        prompt = tokenizer.apply_chat_template(messages[:turn], tools=tools, tokenize=False, add_generation_prompt=True)
        assert whole.startswith(prompt)
    assert '"arguments": {"stage": "staging"}}' in whole


def test_no_answer_to_a_task_is_in_the_text_it_learns_from() -> None:
    """No line of a right or wrong answer that is long enough to mean anything stands in any text of the base."""
    text = "\n".join(islice(documents(8), 5000))
    text += "\n".join(str(message["content"]) for chat in islice(chats(8), 5000) for message in chat)
    seen = {line.strip() for line in text.splitlines()}
    for task in make_tasks(7):
        answers = [task.shape.reference(), task.shape.clumsy(), *(task.shape.buggy(number) for number in range(task.shape.bug_count))]
        lines = {line.strip() for answer in answers for line in answer.splitlines() if len(line.strip()) > 25}
        assert not lines & seen, task.id
        assert not any(check in text for check in task.shape.checks)
