"""Data: datasets that are damaged, empty, of another role, or not what the team has vouched for."""

import shutil

from agentlog.schema.manifest import Gate
from agentlog.schema.sample import Sample
from benchmarks.train.cases.case import Cases
from benchmarks.train.cases.labels import changed
from benchmarks.train.cases.world import Ran, World
from tests.trainer.tiny import make_dataset, make_sample

CASES = Cases()


def weighing(sample: Sample, weight: float) -> Sample:
    """A row of a weight that no build would give it: what a Sample may weigh is not looked at."""
    return sample.model_copy(update={"weight": weight})


@CASES.add("answers of a model nobody named", "gpt-x is neither the deployed model")
def _stranger(world: World) -> Ran:
    world.dataset["models"] = {"tiny": 20, "gpt-x": 8}
    return world.train()


@CASES.add("gates failed", "gates failed: coverage 0.50 < 0.8")
def _gates(world: World) -> Ran:
    world.dataset["gates"] = {"coverage": Gate(score=0.5, least=0.8, passed=False)}
    return world.train()


@CASES.add("an empty reason to accept", "(?i)accept|reason")
def _no_reason(world: World) -> Ran:
    world.other()
    return world.train("--accept", " ", base="other")


@CASES.add("a row edited after the build", "damaged")
def _edited_row(world: World) -> Ran:
    file = next(world.prepare().glob("*train.jsonl"))
    file.write_bytes(file.read_bytes().replace(b"add_of", b"sub_of", 1))
    return world.train()


@CASES.add("last row torn off", "damaged")
def _torn_row(world: World) -> Ran:
    file = next(world.prepare().glob("*train.jsonl"))
    file.write_bytes(file.read_bytes()[:-40])
    return world.train()


@CASES.add("dataset of another role put in place", "role tester|tester")
def _other_role(world: World) -> Ran:
    folder = make_dataset(world.data, role="tester")
    place = world.data / "datasets" / "coder" / "build-1"
    place.parent.mkdir(parents=True)
    shutil.move(folder, place)
    return world.train()


@CASES.add("no dataset for the role", "no dataset for role coder")
def _no_dataset(world: World) -> Ran:
    shutil.rmtree(world.prepare().parent)
    return world.run(*world.words())


@CASES.add("a weight that is no number", "(?i)weight|damaged|row-1")
def _nan_weight(world: World) -> Ran:
    world.rows[1] = weighing(world.rows[1], float("nan"))
    return world.train()


@CASES.add("a negative weight", "(?i)weight")
def _negative(world: World) -> Ran:
    world.rows[1] = weighing(world.rows[1], -1.0)
    return world.train()


@CASES.add("a weight beyond every float32", "(?i)weight|finite")
def _huge(world: World) -> Ran:
    world.rows[1] = weighing(world.rows[1], 1e300)
    return world.train()


@CASES.add("all weights zero", "(?i)weight|nothing to learn|target")
def _all_zero(world: World) -> Ran:
    world.rows = [weighing(row, 0.0) for row in world.rows]
    return world.train()


@CASES.add("no row with targets", "target tokens: none|nothing to learn")
def _no_targets(world: World) -> Ran:
    world.rows = [changed(row, trained=[], source_ids=[]) for row in world.rows]
    return world.train()


@CASES.add("no rows", "target tokens: none|nothing to learn|no rows")
def _no_rows(world: World) -> Ran:
    world.rows = []
    return world.train()


@CASES.add("a held-out row in the training split", "(?i)held.?out|test|split|twice")
def _leak(world: World) -> Ran:
    world.rows[0] = make_sample(40, task_type="implement")
    return world.train()


@CASES.add("a setting that does not exist", "learning_rat")
def _unknown_setting(world: World) -> Ran:
    world.settings["learning_rat"] = 1e-4
    return world.train()
