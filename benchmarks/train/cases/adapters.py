"""Adapters: evaluated on what they were not trained on, or damaged since."""

import shutil

from benchmarks.train.cases.case import Cases
from benchmarks.train.cases.models import edit_json, edit_weights
from benchmarks.train.cases.world import Ran, World
from tests.trainer.tiny import make_dataset

CASES = Cases()


def trained(world: World) -> None:
    """Train and publish one adapter, well."""
    world.settings["epochs"] = 1
    ran = world.train()
    if ran.code:
        raise RuntimeError(f"the good training before the fault failed: {ran.err or ran.bug}")


@CASES.add("adapter evaluated after its base was changed in place", "its weights changed|weights")
def _other_base(world: World) -> Ran:
    trained(world)
    edit_weights(world.base, "model.layers.0.mlp.up_proj.weight", 0.5)
    return world.evaluate()


@CASES.add("adapter evaluated on another base put under its base's name", "weights")
def _swapped(world: World) -> Ran:
    trained(world)
    shutil.copy(world.other() / "model.safetensors", world.base / "model.safetensors")
    return world.evaluate()


@CASES.add("adapter evaluated with another chat template", "chat template")
def _other_template(world: World) -> Ran:
    trained(world)
    file = world.base / "chat_template.jinja"
    file.write_text(file.read_text().replace("{% for m", "{{ 'Be brief.\n' }}{% for m", 1))
    return world.evaluate()


@CASES.add("adapter evaluated with another stop token", "generation config")
def _other_stop(world: World) -> Ran:
    trained(world)
    edit_json(world.base / "generation_config.json", eos_token_id=[0, 2])
    return world.evaluate()


@CASES.add("adapter evaluated without its base", "base")
def _no_base(world: World) -> Ran:
    trained(world)
    shutil.rmtree(world.base)
    return world.evaluate()


@CASES.add("adapter weights edited", "adapter_model.safetensors is not what was published")
def _edited(world: World) -> Ran:
    trained(world)
    file = world.adapters()[-1].parent / "adapter_model.safetensors"
    content = bytearray(file.read_bytes())
    content[-5] ^= 1
    file.write_bytes(content)
    return world.evaluate()


@CASES.add("adapter strength edited (alpha doubled)", "adapter_config.json is not what was published")
def _stronger(world: World) -> Ran:
    trained(world)
    edit_json(world.adapters()[-1].parent / "adapter_config.json", lora_alpha=64)
    return world.evaluate()


@CASES.add("adapter weights missing", "adapter_model.safetensors is missing")
def _no_weights(world: World) -> Ran:
    trained(world)
    (world.adapters()[-1].parent / "adapter_model.safetensors").unlink()
    return world.evaluate()


@CASES.add("adapter card torn", "(?i)card|no adapter")
def _torn_card(world: World) -> Ran:
    trained(world)
    card = world.adapters()[-1]
    card.write_bytes(card.read_bytes()[:200])
    return world.evaluate()


@CASES.add("held-out rows other than those of the training's dataset", "test split")
def _other_test(world: World) -> Ran:
    trained(world)
    shutil.rmtree(world.prepare())
    make_dataset(world.data, test=2)
    return world.evaluate()


@CASES.add("an evaluation with nothing held out", "nothing to compare")
def _nothing_held_out(world: World) -> Ran:
    world.dataset["test"] = 0
    trained(world)
    return world.evaluate()
