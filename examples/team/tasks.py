"""The tasks: a few hundred small jobs of four types, the same for the same seed.

Every family of functions gives a job of each type and one more, under names, parameters and wording of its own; then some jobs come a
second time in almost the same words, as they do in real trackers. A task says how its answer is judged only to `judging`, never to an
agent: an agent sees the prompt and what its tools print.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from examples.team.families import ALL
from examples.team.family import Family, Shape, shape

TASK_TYPES = ("implement", "fix", "refactor", "test")
REPEATS = 25
_ERRANDS = {"fix": ("read_ticket", 0.6), "implement": ("show_env", 0.15), "refactor": ("git_blame", 0.3), "test": ("git_blame", 0.0)}

_PROMPTS = {
    "implement": (
        "Write a Python function `{call}` that {does}. For example, `{example}`.",
        "Implement `{call}`. It {does}. One of the checks will be `{example}`.",
        "We need a function `{call}`: it {does}. Example: `{example}`.",
    ),
    "fix": (
        "`{call}` {does}. At least it should, but its tests fail. Repair it:\n\n```python\n{given}```",
        "There is a bug in this function, which {does}. Correct it.\n\n```python\n{given}```",
    ),
    "refactor": (
        "This works but is hard to read. Rewrite `{call}` more simply; it {does}.\n\n```python\n{given}```",
        "Tidy up this function without changing what it does: it {does}.\n\n```python\n{given}```",
    ),
    "test": (
        "Write a test function `test_{name}` with plain asserts for `{call}`, which {does}.",
        "`{call}` {does}. Write `test_{name}()` with at least two asserts for it.",
    ),
}
_ERRAND_PROMPTS = {
    "read_ticket": "Ticket {ticket} is about `{call}`. Read it and repair the function.",
    "show_env": "{prompt} Look at the settings with show_env first.",
    "git_blame": "{prompt}\n\nSee with git_blame who wrote it before you begin.",
}
_AGAIN = ("Please do this today. {prompt}", "{prompt}\n\nThank you!", "Same as last week: {prompt}")


@dataclass(frozen=True)
class Task:
    """One job: what the coder is asked, the code it is given, and the tool it is told to use first, if any."""

    id: str
    type: str
    shape: Shape
    prompt: str
    given: str | None = None
    errand: str | None = None
    ticket: str | None = None


def make_tasks(seed: int, count: int | None = None) -> list[Task]:
    """All tasks in a shuffled order, or the first ``count`` of them."""
    tasks = [task for number, family in enumerate(ALL) for task in _of_family(family, number, seed)]
    rng = Random(f"{seed}:repeats")
    tasks += [_again(task, rng) for task in rng.sample(tasks, REPEATS)]
    Random(f"{seed}:order").shuffle(tasks)
    return tasks[:count]


def _of_family(family: Family, number: int, seed: int) -> Iterator[Task]:
    for turn, kind in enumerate((*TASK_TYPES, TASK_TYPES[number % 2])):
        rng = Random(f"{seed}:{family.key}:{turn}")
        yield _task(f"{family.key}-{kind}-{turn + 1}", kind, shape(family, rng), rng)


def _task(task_id: str, kind: str, drawn: Shape, rng: Random) -> Task:
    given = {"fix": lambda: drawn.buggy(rng.randrange(drawn.bug_count)), "refactor": drawn.clumsy}.get(kind, lambda: None)()
    words = {"call": drawn.call, "name": drawn.name, "does": drawn.does, "example": rng.choice(drawn.examples), "given": given}
    prompt = rng.choice(_PROMPTS[kind]).format(**words)
    errand, share = _ERRANDS[kind]
    if rng.random() >= share:
        return Task(task_id, kind, drawn, prompt, given)
    ticket = f"TEAM-{rng.randrange(100, 1000)}"
    return Task(task_id, kind, drawn, _ERRAND_PROMPTS[errand].format(prompt=prompt, ticket=ticket, **words), given, errand, ticket)


def _again(task: Task, rng: Random) -> Task:
    return replace(task, id=f"{task.id}-again", prompt=rng.choice(_AGAIN).format(prompt=task.prompt))
