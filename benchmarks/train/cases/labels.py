"""Labels: templates, tokenizers and rows of which the targets cannot be proven, or would be lost."""

import json
from typing import Any

from transformers import AutoTokenizer

from agentlog.schema.sample import Sample
from benchmarks.train.cases.case import Cases
from benchmarks.train.cases.models import edit_json
from benchmarks.train.cases.world import Ran, World
from tests.trainer.tiny import CHATML, make_sample

CASES = Cases()
REASONING = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}"
    "{% if m.reasoning_content and loop.last %}{{ '<think>\n' + m.reasoning_content + '\n</think>\n\n' }}{% endif %}"
    "{{ m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""ChatML that prints the reasoning of the newest answer only, as Qwen3's does."""
TOOLS = (
    "{% if tools %}{{ '<|im_start|>system\n' }}{% for t in tools %}{{ t | tojson }}{% endfor %}{{ '<|im_end|>\n' }}{% endif %}"
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content }}"
    "{% for c in m.tool_calls or [] %}{{ '<tool_call>' + ({'name': c.function.name, 'arguments': c.function.arguments} | tojson) }}"
    "{{ '</tool_call>' }}{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""ChatML that prints tools and the calls of them."""


def use_template(world: World, template: str) -> None:
    """Give the base, which is the deployed model, that chat template."""
    (world.base / "chat_template.jinja").write_text(template)


def tool_sample(number: int, arguments: str = '{"path": "a.py"}') -> Sample:
    """A conversation in which a tool is called."""
    call = {"id": "call00001", "type": "function", "function": {"name": "read_file", "arguments": arguments}}
    return Sample(
        id=f"tools-{number}",
        messages=[
            {"role": "user", "content": "What is in a.py?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call00001", "content": "def add(a, b): ..."},
            {"role": "assistant", "content": f"A function add, number {number}."},
        ],
        tools=[{"type": "function", "function": {"name": "read_file", "parameters": {"type": "object", "properties": {}}}}],
        trained=(1, 3),
        source_ids=(f"c-{number}", f"d-{number}"),
    )


def reasoning_sample(number: int) -> Sample:
    """A conversation whose answers were thought about first."""
    row = make_sample(number).row()
    for index in (1, 3):
        row["messages"][index]["reasoning_content"] = f"The name says it: number {number}."
    return Sample.model_validate(row)


def changed(sample: Sample, **fields: Any) -> Sample:
    """A row with other fields."""
    return Sample.model_validate({**sample.row(), **fields})


@CASES.add("wrong EOS: another stop token than the template prints", "stop token")
def _wrong_eos(world: World) -> Ran:
    tokenizer = AutoTokenizer.from_pretrained(world.base)
    tokenizer.eos_token = "<|endoftext|>"
    tokenizer.save_pretrained(world.base)
    edit_json(world.base / "generation_config.json", eos_token_id=0)
    return world.train()


@CASES.add("no EOS at all", "stop token")
def _no_eos(world: World) -> Ran:
    tokenizer = AutoTokenizer.from_pretrained(world.base)
    tokenizer.eos_token = None
    tokenizer.save_pretrained(world.base)
    edit_json(world.base / "generation_config.json", eos_token_id=None)
    edit_json(world.base / "config.json", eos_token_id=None)
    return world.train()


@CASES.add("chat template missing", "chat template: the base has none|no chat template|chat_template")
def _no_template(world: World) -> Ran:
    (world.base / "chat_template.jinja").unlink()
    return world.train()


@CASES.add("chat template that ends no answer", "stop token")
def _endless(world: World) -> Ran:
    use_template(world, CHATML.replace("m.content + '<|im_end|>\n'", "m.content + '\n'"))
    return world.train()


@CASES.add("chat template that is no template", "template")
def _no_jinja(world: World) -> Ran:
    use_template(world, "{% for m in messages %}{{ m.content }")
    return world.train()


@CASES.add("chat template that drops tool calls", "prints no tool calls")
def _drops_calls(world: World) -> Ran:
    world.rows = [tool_sample(number) for number in range(4)]
    return world.train()


@CASES.add("chat template that drops reasoning", "does not print what was answered")
def _drops_reasoning(world: World) -> Ran:
    world.rows = [reasoning_sample(number) for number in range(4)]
    return world.train()


@CASES.add("chat template that cuts answers short", "does not print what was answered")
def _cuts(world: World) -> Ran:
    use_template(world, CHATML.replace("m.content", "m.content[:20]"))
    return world.train()


@CASES.add("chat template that shouts the answers", "does not print what was answered")
def _shouts(world: World) -> Ran:
    use_template(world, CHATML.replace("m.content", "m.content | upper"))
    return world.train()


@CASES.add("generation prompt that the conversation does not have", "begin with the prompt|prompt")
def _other_prompt(world: World) -> Ran:
    use_template(world, CHATML.replace("'<|im_start|>assistant\n'", "'<|im_start|>assistant\n<think>\n'"))
    return world.train()


@CASES.add("tokenizer that does not know a letter of the answers", "the tokenizer cannot say it")
def _unknown_letter(world: World) -> Ran:
    file = world.base / "tokenizer.json"
    model = json.loads(file.read_text())["model"]
    model["vocab"]["<gone>"] = model["vocab"].pop("A")
    edit_json(file, model=model)
    world.rows = [make_sample(number, answer=f"class Adder{number}(Base): pass") for number in range(4)]
    return world.train()


@CASES.add("stop token inside an answer", r"row row-1.*message 1|<\|im_end\|>")
def _stop_inside(world: World) -> Ran:
    world.rows = [make_sample(0), make_sample(1, answer="print('<|im_end|>')")]
    return world.train()


@CASES.add("answer that says nothing", "says nothing")
def _empty_answer(world: World) -> Ran:
    world.rows = [make_sample(0), make_sample(1, answer=" \n")]
    return world.train()


@CASES.add("tool call whose arguments are no JSON", "JSON|arguments")
def _bad_arguments(world: World) -> Ran:
    use_template(world, TOOLS)
    world.rows = [tool_sample(0), tool_sample(1, '{"path": ')]
    return world.train()


@CASES.add("truncated targets: rows longer than --max-length", "--max-length [0-9]+")
def _truncated(world: World) -> Ran:
    return world.train("--max-length", "40")


@CASES.add("rows longer than the context of the base", "context|256")
def _beyond_context(world: World) -> Ran:
    world.rows = [make_sample(0), make_sample(1, answer="add " * 300)]
    return world.train()


@CASES.add("an answer that fits into no window", "[0-9]+ tokens|--max-length")
def _no_window(world: World) -> Ran:
    world.settings |= {"overlong": "window", "max_length": 40}
    world.rows = [make_sample(0), make_sample(1, answer="add " * 60)]
    return world.train()
