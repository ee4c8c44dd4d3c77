"""Running: trainings that go wrong once they have begun, and runs that would go on as something else."""

import json
import shutil
from unittest import mock

from benchmarks.train.cases.case import Cases
from benchmarks.train.cases.models import edit_json, edit_weights
from benchmarks.train.cases.world import Ran, World
from tests.trainer.tiny import make_dataset, make_sample

CASES = Cases()


@CASES.add("learning rate a million times too high", "(?i)loss|gradient|finite|spike")
def _exploding(world: World) -> Ran:
    world.settings |= {"learning_rate": 2e3, "epochs": 40}
    return world.train()


@CASES.add("learning rate so low that nothing is learned", "(?i)learn|fallen")
def _frozen(world: World) -> Ran:
    world.settings |= {"learning_rate": 1e-12, "epochs": 60, "guards": {"no_learning": "stop"}}
    return world.train()


@CASES.add("labels that are noise: validation gets worse while training improves", "(?i)validation")
def _overfitting(world: World) -> Ran:
    world.rows = [make_sample(0, answer=f"{number * 7919 % 1000} {number * 104729 % 1000}") for number in range(4)]
    world.settings |= {"learning_rate": 0.02, "epochs": 60, "guards": {"near_zero": "off", "spikes": "off"}}
    return world.train()


@CASES.add("one answer over and over: loss next to nothing", "(?i)zero|nothing|by heart")
def _by_heart(world: World) -> Ran:
    world.rows = [make_sample(0).model_copy(update={"id": f"same-{number}"}) for number in range(8)]
    world.settings |= {"learning_rate": 0.03, "epochs": 80, "guards": {"overfitting": "off", "spikes": "off"}}
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


@CASES.add("resumed after the base was changed in place", "(?i)base|weights|fingerprint")
def _other_base(world: World) -> Ran:
    world.kill(2)
    edit_weights(world.base, "model.layers.0.mlp.up_proj.weight", 0.5)
    return world.train("--resume")


@CASES.add("resumed after the chat template was changed in place", "(?i)base|template|fingerprint")
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


@CASES.add("resumed after its metrics were damaged in the middle", "metrics")
def _damaged_metrics(world: World) -> Ran:
    world.kill(2)
    file = world.runs()[-1].parent / "metrics.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[0], b'{"event": "step", \n', *lines[2:]]))
    return world.train("--resume")


@CASES.add("resumed on rows of other lengths than the checklist told", "(?i)max.?length|context|begun otherwise")
def _shorter(world: World) -> Ran:
    world.kill(2)
    edit_json(world.base / "config.json", max_position_embeddings=32)
    return world.train("--resume")


def spoiled(file: str, world: World) -> None:
    """Tear a file of the newest checkpoint of the newest run."""
    folders = sorted(world.runs()[-1].parent.glob("checkpoint-*"), key=lambda folder: int(folder.name.partition("-")[2]))
    path = folders[-1] / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def step_losses(world: World) -> list[float]:
    """The loss of each step of the newest run."""
    lines = (world.runs()[-1].parent / "metrics.jsonl").read_text().splitlines()
    return [line["loss"] for line in map(json.loads, lines) if line["event"] == "step"]
