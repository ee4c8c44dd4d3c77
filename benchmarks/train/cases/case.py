"""Case: one fault or one control, which does something to a world and ends with the command that must refuse it or run it."""

import re
from collections.abc import Callable
from typing import NamedTuple

from benchmarks.train.cases.world import Ran, World

Story = Callable[[World], Ran]


class Case(NamedTuple):
    """``says`` is what the reason of a fault must have in it, as a regular expression; a control has none.

    ``keeps`` is for what ends a run early without making it worthless: the adapter that was best until then is published.
    """

    name: str
    says: str
    story: Story
    keeps: bool = False

    def wrong_with(self, ran: Ran) -> str:
        """Why the end of a fault's story is not what it must be; nothing if it is."""
        if ran.bug:
            return f"a bug: {ran.bug}"
        if self.keeps:
            return "" if ran.code == 0 and re.search(self.says, ran.ended) else f"exit code {ran.code}, ended because: {ran.ended}"
        if ran.code == 0 or ran.published:
            return "it passed"
        if len(ran.reasons) != 1 or ran.code != 1:
            return f"exit code {ran.code} with {len(ran.reasons)} reasons"
        return "" if ran.has(self.says) else f"another reason than /{self.says}/"


class Cases(list[Case]):
    """The cases of a file, in their order."""

    def add(self, name: str, says: str = "", *, keeps: bool = False) -> Callable[[Story], Story]:
        """Make a function the story of a case."""

        def added(story: Story) -> Story:
            self.append(Case(name, says, story, keeps))
            return story

        return added
