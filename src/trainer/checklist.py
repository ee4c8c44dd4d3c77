"""Checklist: what a person should know before a second of training, each point with its verdict. Data only; preflight fills it.

A refusal over models or gates is the team's to overrule, by a written reason that stays on the adapter's card. A refusal over labels,
lengths or disk has no such door: nobody wants targets that are cut.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agentlog.errors import TrainingRefusedError

Verdict = Literal["ok", "warn", "refuse"]


class Item(BaseModel):
    """One point: what was looked at, what was found, and what to do about it."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: str
    verdict: Verdict = "ok"
    advice: str = ""
    acceptable: bool = False
    """Whether a written reason turns the refusal into a warning."""


class Accepted(BaseModel):
    """A refusal that was overruled, and the reason given for it."""

    model_config = ConfigDict(frozen=True)

    item: str
    finding: str
    reason: str


class Checklist(BaseModel):
    """All points, in the order in which they were looked at."""

    items: list[Item] = []
    accepted: list[Accepted] = []

    def note(self, name: str, value: str, verdict: Verdict = "ok", advice: str = "", *, acceptable: bool = False) -> None:
        """Add a point."""
        self.items.append(Item(name=name, value=value, verdict=verdict, advice=advice, acceptable=acceptable))

    def accept(self, reason: str | None) -> None:
        """Turn the refusals that may be overruled into warnings, and keep the reason beside each."""
        if reason is None:
            return
        for position, item in enumerate(self.items):
            if item.verdict == "refuse" and item.acceptable:
                finding = f"{item.value}: {item.advice}" if item.advice else item.value
                self.accepted.append(Accepted(item=item.name, finding=finding, reason=reason))
                self.items[position] = item.model_copy(update={"verdict": "warn", "advice": f"accepted: {reason}"})

    @property
    def refusals(self) -> list[Item]:
        """The points that forbid training."""
        return [item for item in self.items if item.verdict == "refuse"]

    @property
    def warnings(self) -> list[str]:
        """The points that a person should read again."""
        return [f"{item.name}: {item.value}. {item.advice}" for item in self.items if item.verdict == "warn"]

    def insist(self) -> None:
        """Go on only if nothing refuses.

        Raises:
            TrainingRefusedError: something does; the message names each point and what to do.
        """
        if self.refusals:
            raise TrainingRefusedError("not trained. " + " | ".join(f"{i.name}: {i.value}. {i.advice}" for i in self.refusals))

    def to_json(self) -> dict[str, Any]:
        """The checklist as a JSON value."""
        return self.model_dump(mode="json")
