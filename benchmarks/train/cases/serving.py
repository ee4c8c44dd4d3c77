"""Serving: servers that do not print what was trained. `agentlog doctor` must see each of them."""

import re
import socket

from benchmarks.train.cases.case import Cases
from benchmarks.train.cases.labels import TOOLS
from benchmarks.train.cases.server import Serving, serving
from benchmarks.train.cases.world import Ran, World
from tests.trainer.tiny import make_tokenizer

CASES = Cases()
ALPACA = (
    "{% for m in messages %}{{ '### ' + ('Instruction' if m.role == 'user' else 'Response') + ':\n' + (m.content or '') + '\n\n' }}"
    "{% endfor %}{{ '### Response:\n' }}"
)
START = "<|im_start|>"
SYSTEM = f"{START}system\nYou are a helpful assistant.<|im_end|>\n"


def doctor(world: World, how: Serving) -> Ran:
    """``agentlog doctor`` on a server of the role's deployed model."""
    world.prepare()
    with serving(how) as address:
        return world.run("doctor", "--endpoint", address, "--role", "coder")


def served(world: World, template: str | None = None) -> Serving:
    """A server of the base, with another template if one is given; the base's own prints tools."""
    (world.base / "chat_template.jinja").write_text(TOOLS)
    folder = world.copy("served")
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)
    return Serving(folder)


@CASES.add("served with an edited template", "differ|otherwise than training")
def _edited(world: World) -> Ran:
    return doctor(world, served(world, TOOLS.replace("m.role + '\n'", "m.role + ':\n'")))


@CASES.add("served with Alpaca prompts", "Alpaca")
def _alpaca(world: World) -> Ran:
    return doctor(world, served(world, ALPACA))


@CASES.add("served with another system prompt", "system prompt of the server's own")
def _system(world: World) -> Ran:
    how = served(world)
    how.render = lambda text: text if f"{START}system" in text else SYSTEM + text
    return doctor(world, how)


@CASES.add("served with reasoning stripped", "reasoning is stripped|reasoning in the text")
def _stripped(world: World) -> Ran:
    how = served(world)
    how.render = lambda text: re.sub(r"<think>.*?</think>\s*", "", text, flags=re.S)
    return doctor(world, how)


@CASES.add("served with a BOS that training did not have", "adds a token at the start")
def _bos(world: World) -> Ran:
    how = served(world)
    how.bos = [0]
    return doctor(world, how)


@CASES.add("served by vLLM with a BOS that training did not have", "adds a token at the start")
def _bos_vllm(world: World) -> Ran:
    how = served(world)
    how.kind, how.bos = "vllm", [0]
    return doctor(world, how)


@CASES.add("served without a generation prompt", "generation prompt is missing")
def _no_prompt(world: World) -> Ran:
    how = served(world)
    how.render = lambda text: text.removesuffix(f"{START}assistant\n")
    return doctor(world, how)


@CASES.add("served without the tools", "tools|leaves out")
def _no_tools(world: World) -> Ran:
    return doctor(world, served(world, TOOLS.replace("{{ t | tojson }}", "")))


@CASES.add("served with another tokenizer", "another tokenizer")
def _tokenizer(world: World) -> Ran:
    how = served(world)
    make_tokenizer(vocabulary=280, template=TOOLS).save_pretrained(how.folder)
    return doctor(world, how)


@CASES.add("served with a wrong EOS: it goes on after the stop token", "goes on after it")
def _eos(world: World) -> Ran:
    how = served(world)
    how.stops = [0]
    return doctor(world, how)


@CASES.add("served by an API that only counts, with another system prompt", "tokens more")
def _counts(world: World) -> Ran:
    how = served(world)
    how.kind, how.render = "openai", lambda text: SYSTEM + text
    return doctor(world, how)


@CASES.add("nobody serves there", "nobody listens there")
def _nobody(world: World) -> Ran:
    world.prepare()
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    return world.run("doctor", "--endpoint", f"http://127.0.0.1:{port}", "--role", "coder")
