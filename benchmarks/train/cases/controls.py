"""Controls: good trainings of many kinds. Each must run, and be what it is meant to be; a checklist that refuses everything is no use."""

import json
import shutil
from unittest import mock

from transformers import AutoTokenizer

from benchmarks.train.cases.case import Cases
from benchmarks.train.cases.labels import REASONING, TOOLS, reasoning_sample, tool_sample, use_template
from benchmarks.train.cases.models import edit_json, renamed, shards
from benchmarks.train.cases.running import EVERYWHERE, spoiled, step_losses
from benchmarks.train.cases.serving import doctor, served
from benchmarks.train.cases.world import Ran, World
from tests.trainer.tiny import CHATML, make_dataset, make_sample

CASES = Cases()


def insist(holds: bool, what: str) -> None:
    """Go on only if something holds.

    Raises:
        AssertionError: it does not.
    """
    if not holds:
        raise AssertionError(what)


@CASES.add("plain ChatML")
def _plain(world: World) -> Ran:
    ran = world.train()
    losses = step_losses(world)
    insist(losses[-1] < losses[0], "the loss did not fall")
    insist(world.evaluate().code == 0, "the evaluation was refused")
    return ran


@CASES.add("the Llama architecture")
def _llama(world: World) -> Ran:
    world.other("llama", "llama")
    world.role["deployed_model"] = "llama"
    return world.train(base="llama")


@CASES.add("tools and calls of them")
def _tools(world: World) -> Ran:
    use_template(world, TOOLS)
    world.rows = [tool_sample(number) for number in range(8)]
    return world.train()


@CASES.add("tools that the template does not show, as the checklist says")
def _unseen_tools(world: World) -> Ran:
    use_template(world, TOOLS.replace("{{ t | tojson }}", ""))
    world.rows = [tool_sample(number) for number in range(8)]
    ran = world.train()
    insist(ran.has("offer tools that the chat template does not print"), "the checklist says nothing of it")
    return ran


@CASES.add("reasoning that the template strips from history")
def _reasoning(world: World) -> Ran:
    use_template(world, REASONING)
    world.rows = [reasoning_sample(number) for number in range(8)]
    world.dataset["val"] = 0
    return world.train()


@CASES.add("long rows, windowed")
def _windowed(world: World) -> Ran:
    world.settings |= {"overlong": "window", "max_length": 56}
    ran = world.train()
    if ran.code == 0:
        insist(world.card()["dataset"]["rows"] > len(world.rows), "nothing was windowed")
    return ran


@CASES.add("a server that renders as training does, of each kind")
def _faithful(world: World) -> Ran:
    how = served(world)
    rans = []
    for kind in ("llama.cpp", "vllm", "openai"):
        how.kind = kind
        rans.append(doctor(world, how))
    return next((ran for ran in rans if ran.code), rans[-1])


@CASES.add("bfloat16")
def _bf16(world: World) -> Ran:
    world.settings["dtype"] = "bfloat16"
    return world.train()


@CASES.add("a model with a sliding window, padded")
def _sliding(world: World) -> Ran:
    edit_json(
        world.base / "config.json", use_sliding_window=True, sliding_window=16, max_window_layers=0, layer_types=["sliding_attention"] * 2
    )
    ran = world.train()
    if ran.code == 0:
        layout = json.loads((world.runs()[-1].parent / "execution.json").read_text())["layout"]
        insist(layout == "padded", f"the layout is {layout}")
    return ran


@CASES.add("a killed run, resumed to the very bytes of a whole one")
def _resumed(world: World) -> Ran:
    world.settings |= {"epochs": 4, "save_every": 1}
    world.train()
    whole = world.weights()
    world.kill(3)
    ran = world.train("--resume")
    insist(world.weights() == whole, "the adapter has other bytes")
    return ran


@CASES.add("the newest checkpoint torn, resumed from the one before")
def _torn(world: World) -> Ran:
    world.settings |= {"epochs": 4, "save_every": 1}
    world.train()
    whole = world.weights()
    world.kill(4)
    spoiled("optimizer.pt", world)
    ran = world.train("--resume")
    insist(world.weights() == whole, "the adapter has other bytes")
    return ran


@CASES.add("the deployed model under another name")
def _renamed(world: World) -> Ran:
    renamed(world, "the-same-model")
    return world.train(base="the-same-model")


@CASES.add("the deployed model behind a link")
def _linked(world: World) -> Ran:
    (world.root / "link").symlink_to(world.base, target_is_directory=True)
    return world.train(base="link")


@CASES.add("weights in two files with an index")
def _sharded(world: World) -> Ran:
    shards(world.base)
    return world.train()


@CASES.add("a served GGUF, named in deployed_as")
def _served(world: World) -> Ran:
    world.role |= {"deployed_model": "team/tiny", "deployed_as": ["tiny", "tiny-q8_0.gguf", "base"]}
    world.dataset["models"] = {"tiny-q8_0.gguf": 28}
    return world.train()


@CASES.add("answers of a named teacher")
def _teacher(world: World) -> Ran:
    world.role["teachers"] = ["gpt-x"]
    world.dataset["models"] = {"tiny": 20, "gpt-x": 8}
    return world.train()


@CASES.add("another base, accepted with a reason that the card keeps")
def _accepted(world: World) -> Ran:
    world.other()
    ran = world.train("--accept", "the served model is being replaced", base="other")
    if ran.code == 0:
        insist(world.card()["accepted"][0]["reason"] == "the served model is being replaced", "the reason is not on the card")
    return ran


@CASES.add("pad equal to eos: the same adapter, bit by bit")
def _pad_is_eos(world: World) -> Ran:
    world.train()
    usual = world.weights()
    tokenizer = AutoTokenizer.from_pretrained(world.base)
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(world.base)
    ran = world.train()
    insist(world.weights() == usual, "the adapter has other bytes")
    return ran


@CASES.add("a tokenizer that puts a BOS before every text: the template's own ids are trained")
def _added_bos(world: World) -> Ran:
    world.train()
    usual = world.weights()
    template = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [0], "tokens": ["<|endoftext|>"]}},
    }
    edit_json(world.base / "tokenizer.json", post_processor=template)
    ran = world.train()
    insist(world.weights() == usual, "the adapter has other bytes")
    return ran


@CASES.add("a template that prints the day: the same adapter on another day")
def _prints_the_day(world: World) -> Ran:
    use_template(world, "{{ 'Today: ' + strftime_now('%d %B %Y') + '\n' }}" + CHATML)
    world.train()
    today = world.weights()
    with mock.patch("time.time", return_value=2_000_000_000.0), mock.patch.dict("os.environ", {"TZ": "Asia/Tokyo"}):
        ran = world.train()
    insist(world.weights() == today, "the adapter has other bytes")
    return ran


@CASES.add("several epochs with early stopping")
def _patience(world: World) -> Ran:
    world.rows = [make_sample(0, answer=f"{number * 7919 % 1000} {number * 104729 % 1000}") for number in range(4)]
    world.settings |= {"epochs": 60, "patience": 2, "lora": EVERYWHERE}
    ran = world.train()
    if ran.code == 0:
        kept = world.card()["training"]["kept_step"]
        insist(0 < kept < world.steps() < 60, f"step {kept} of {world.steps()} was kept")
    return ran


@CASES.add("rows of unequal weight")
def _weighted(world: World) -> Ran:
    world.rows = [row.model_copy(update={"weight": (number + 1) / 4}) for number, row in enumerate(world.rows)]
    return world.train()


@CASES.add("no validation split")
def _no_validation(world: World) -> Ran:
    world.dataset["val"] = 0
    return world.train()


@CASES.add("an older dataset, named by its id")
def _older(world: World) -> Ran:
    world.prepare()
    make_dataset(world.data, build_id="build-2", train=[make_sample(1)])
    ran = world.train("--dataset", "build-1")
    if ran.code == 0:
        insist(world.card()["dataset"]["build_id"] == "build-1", "another dataset was trained")
    return ran


@CASES.add("the base's folder moved, deployed model with it")
def _moved(world: World) -> Ran:
    shutil.move(world.base, world.root / "models")
    world.role["deployed_model"] = "models"
    return world.train(base="models")
