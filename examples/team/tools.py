"""The tools that the coder may call, and the private data that their output is full of.

Like real trackers and shells they print more than was asked for: addresses, phone numbers, machines, keys. All of it is made up
from the seed when the program runs. The tools remember what they have printed, so that the demo can look for it in the training sets.
"""

import json
import string
from random import Random
from typing import Any

from examples.team.tasks import Task

TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {"type": "object", "properties": {argument: {"type": "string"}}, "required": [argument]},
        },
    }
    for name, description, argument in (
        ("read_ticket", "Read a ticket of the tracker.", "ticket"),
        ("git_blame", "Show who last changed the lines of a function.", "function"),
        ("show_env", "Print the settings of a deployment.", "stage"),
    )
]
_BLAMED = 2
"""Lines that git_blame shows: the head of the function."""
_FIRST = ("mara", "jonas", "ines", "tomek", "aiko", "lucia", "pavel", "noor")
_LAST = ("lindqvist", "okafor", "ferreira", "novak", "tanabe", "moreau", "hadley", "vance")
_DOMAINS = ("brightharbour-logistics.com", "quillandmoss.org", "tessera-metrics.io", "northfield-clinic.net")
_BASE32 = string.ascii_uppercase + "234567"
_ALPHANUMERIC = string.ascii_letters + string.digits


def arguments_of(task: Task) -> str:
    """The arguments with which a task's tool is called, as the JSON text that a model writes."""
    said = {"read_ticket": {"ticket": task.ticket}, "git_blame": {"function": task.shape.name}, "show_env": {"stage": "staging"}}
    return json.dumps(said[task.errand or "read_ticket"])


class Tools:
    """Answers tool calls; ``private`` holds every private value printed so far."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.private: set[str] = set()

    def call(self, task: Task) -> str:
        """What the task's tool prints; the same task gives the same text."""
        rng = Random(f"{self._seed}:{task.shape}:{task.ticket}")
        printers = {"read_ticket": self._ticket, "git_blame": self._blame, "show_env": self._env}
        return printers[task.errand or "read_ticket"](task, rng)

    def _ticket(self, task: Task, rng: Random) -> str:
        example = rng.choice(task.shape.examples)
        return (
            f"{task.ticket} (open)\nReporter: {self._email(rng)}, phone {self._phone(rng)}\n"
            f"`{task.shape.call}` {task.shape.does}. It should hold that `{example}`. Seen on {self._address(rng)}.\n\n"
            f"```python\n{task.given}```"
        )

    def _blame(self, task: Task, rng: Random) -> str:
        lines = (task.given or task.shape.clumsy()).splitlines()[:_BLAMED]
        author = self._email(rng)
        return "\n".join(
            f"{rng.getrandbits(32):08x} (<{author}> 2026-03-{number:02d} {number}) {line}" for number, line in enumerate(lines, 1)
        )

    def _env(self, task: Task, rng: Random) -> str:
        aws, github = f"AKIA{self._letters(rng, _BASE32, 16)}", f"ghp_{self._letters(rng, _ALPHANUMERIC, 36)}"
        secret = self._letters(rng, _ALPHANUMERIC, 40)
        self.private |= {aws, github, secret}
        return (
            f"STAGE=staging\nDB_HOST={self._address(rng)}\nAWS_ACCESS_KEY_ID={aws}\nAWS_SECRET_ACCESS_KEY={secret}\n"
            f"GITHUB_TOKEN={github}\nALERTS_TO={self._email(rng)}\nLOG_LEVEL=info"
        )

    def _email(self, rng: Random) -> str:
        return self._keep(f"{rng.choice(_FIRST)}.{rng.choice(_LAST)}@{rng.choice(_DOMAINS)}")

    def _phone(self, rng: Random) -> str:
        # Numbers that the German regulator keeps free for films: they have the form of real ones and belong to nobody.
        return self._keep(f"+49 30 23125 {rng.randrange(1000):03d}")

    def _address(self, rng: Random) -> str:
        return self._keep(f"81.{rng.randrange(1, 255)}.{rng.randrange(1, 255)}.{rng.randrange(1, 255)}")

    def _letters(self, rng: Random, alphabet: str, length: int) -> str:
        return "".join(rng.choices(alphabet, k=length))

    def _keep(self, value: str) -> str:
        self.private.add(value)
        return value
