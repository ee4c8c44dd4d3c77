"""Running: trainings that go wrong once they have begun, and runs that would go on as something else."""

import json
import shutil
from unittest import mock

from safetensors.torch import load_file, save_file

from benchmarks.train.cases.case import Cases
from benchmarks.train.cases.models import WEIGHTS, edit_json, edit_weights
from benchmarks.train.cases.world import Ran, World
from tests.trainer.tiny import make_dataset, make_sample

CASES = Cases()
EVERYWHERE = {"r": 32, "dropout": 0.0, "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]}
"""An adapter large enough for a tiny model to learn rows by heart."""


@CASES.add("learning rate a million times too high", "(?i)loss|gradient|finite|spike")
def _exploding(world: World) -> Ran:
    world.settings |= {"learning_rate": 2e3, "epochs": 40}
    return world.train()


@CASES.add("learning rate so low that nothing is learned", "(?i)learn|fallen")
def _frozen(world: World) -> Ran:
    world.settings |= {"learning_rate": 1e-12, "epochs": 60, "guards": {"no_learning": "stop"}}
    return world.train()


@CASES.add("answers that are noise: validation gets worse while training improves", "validation loss rises", keeps=True)
def _overfitting(world: World) -> Ran:
    speak_up(world)
    world.rows = [make_sample(0, answer=f"{number * 7919 % 1000} {number * 104729 % 1000}") for number in range(4)]
    world.settings |= {"lora": EVERYWHERE, "epochs": 80, "guards": {"near_zero": "off", "spikes": "off"}}
    return world.train()


@CASES.add("one conversation over and over: loss next to nothing", "next to nothing")
def _by_heart(world: World) -> Ran:
    speak_up(world)
    world.rows = [make_sample(0).model_copy(update={"id": f"same-{number}"}) for number in range(8)]
    world.settings |= {"lora": EVERYWHERE, "epochs": 80, "guards": {"overfitting": "off", "spikes": "off"}}
    return world.train()


@CASES.add("disk too small", "disk")
def _no_disk(world: World) -> Ran:
    world.prepare()
    full = shutil.disk_usage(world.root)._replace(free=2000)
    with mock.patch("shutil.disk_usage", return_value=full):
        return world.train()


@CASES.add("a report wanted of what is not installed", "(?i)wandb|mlflow|tensorboard|installed")
def _no_reporter(world: World) -> Ran:
    world.settings["report_to"] = ["wandb"]
    with mock.patch.dict("sys.modules", {"wandb": None}):
        return world.train()


@CASES.add("nothing to resume", "no unfinished run")
def _nothing_to_resume(world: World) -> Ran:
    return world.train("--resume")


@CASES.add("resumed with another learning rate", "learning_rate was 0.01, not 0.5")
def _other_settings(world: World) -> Ran:
    world.kill(2)
    return world.train("--resume", "--lr", "0.5")


@CASES.add("resumed after the base was changed in place", "(?i)base is another: weights")
def _other_base(world: World) -> Ran:
    world.kill(2)
    edit_weights(world.base, "model.layers.0.mlp.up_proj.weight", 0.5)
    return world.train("--resume")


@CASES.add("resumed after the chat template was changed in place", "(?i)base is another: chat template")
def _other_template(world: World) -> Ran:
    world.kill(2)
    file = world.base / "chat_template.jinja"
    file.write_text(file.read_text().replace("{% for m", "{{ 'Be brief.\n' }}{% for m", 1))
    return world.train("--resume")


@CASES.add("resumed after the dataset was built again otherwise", "(?i)dataset|split|rows")
def _other_dataset(world: World) -> Ran:
    world.kill(2)
    shutil.rmtree(world.prepare())
    make_dataset(world.data, train=[make_sample(number + 3) for number in range(8)])
    return world.train("--resume")


@CASES.add("resumed without its dataset", "no dataset build-1")
def _no_dataset(world: World) -> Ran:
    world.kill(2)
    make_dataset(world.data, build_id="build-2")
    shutil.rmtree(world.prepare())
    return world.run(*world.words("--resume"))


@CASES.add("resumed after its configuration was torn", "config.yaml")
def _torn_config(world: World) -> Ran:
    world.kill(2)
    file = world.runs()[-1]
    file.write_text(file.read_text()[:-300] + "lora: {r: ")
    return world.train("--resume")


@CASES.add("resumed after the base's configuration was changed in place", "(?i)base is another: config")
def _other_context(world: World) -> Ran:
    world.kill(2)
    edit_json(world.base / "config.json", rope_theta=5000.0)
    return world.train("--resume")


@CASES.add("resumed after its metrics were damaged in the middle", "metrics.jsonl is damaged in line 2")
def _damaged_metrics(world: World) -> Ran:
    world.kill(2)
    file = world.runs()[-1].parent / "metrics.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[0], b'{"event": "step", \n', *lines[2:]]))
    return world.train("--resume")


def speak_up(world: World) -> None:
    """Make the base's head as loud as a trained one's: with that of a random model, no token can ever be sure."""
    tensors = load_file(world.base / WEIGHTS)
    tensors["lm_head.weight"] *= 20
    save_file(tensors, world.base / WEIGHTS, {"format": "pt"})


def spoiled(file: str, world: World) -> None:
    """Tear a file of the newest checkpoint of the newest run."""
    folders = sorted(world.runs()[-1].parent.glob("checkpoint-*"), key=lambda folder: int(folder.name.partition("-")[2]))
    path = folders[-1] / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def step_losses(world: World) -> list[float]:
    """The loss of each step of the newest run."""
    lines = (world.runs()[-1].parent / "metrics.jsonl").read_text().splitlines()
    return [line["loss"] for line in map(json.loads, lines) if line["event"] == "step"]
