"""The review sample as it comes back from a person, into the log as feedback on the answers that it is about.

What is said of a row is said of each of its trained answers, unless more is said of an answer itself; a correction must be of one answer.
The id of an event is made of what is said, of which answer and by whom: the same file twice adds nothing, and a run that was stopped is
completed by the same command. A row with anything wrong in it is set aside as a whole, with its line and the reason; the others count.
Corrections are taken as they are: stand-ins in them are known to the next build for what they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from agentlog._ids import content_id
from agentlog._io.jsonl import BadLine, Line, read_lines
from agentlog.capture.logger import AgentLogger
from agentlog.errors import LogError, SettingError
from agentlog.schema.messages import text_of
from agentlog.store.layout import log_files
from agentlog.store.reader import Interactions


@dataclass
class ReviewReport:
    """What a file said and what became of it.

    ``rows`` counts the lines that hold a row, ``untouched`` those that nothing was filled in, ``set_aside`` the lines that could not be
    taken and why. The answers of the others are ``added`` or ``already_there``; of those added, so many are rated, commented, corrected.
    """

    rows: int = 0
    untouched: int = 0
    added: int = 0
    already_there: int = 0
    rated: int = 0
    commented: int = 0
    corrected: int = 0
    set_aside: list[BadLine] = field(default_factory=list)


class _Opinion(NamedTuple):
    """What is said of one answer."""

    interaction_id: str
    rating: float | None
    comments: str | None
    corrections: str | None

    def event_id(self, reviewer: str | None) -> str:
        return content_id("review", [*self, reviewer])


class _Said(NamedTuple):
    """The fields that a person fills in, of a row or of an answer."""

    rating: float | None
    comments: str | None
    corrections: str | None


def take_review(file: Path, data: Path, reviewer: str | None = None) -> ReviewReport:
    """Write what a filled review file says into the log of a data folder.

    Raises:
        LogError: there is no log, or it cannot be written.
        SettingError: the file cannot be read, or the reviewer's name is no text.
    """
    try:
        (reviewer or "").encode()
    except UnicodeEncodeError as error:
        raise SettingError(f"the reviewer's name {reviewer!r} is not UTF-8: write it in another way") from error
    report = ReviewReport()
    rows = list(_rows(file, report))
    known = _known({opinion.interaction_id for _, opinions in rows for opinion in opinions}, data)
    # A person's word is written even where the capture of agents is switched off.
    logger = AgentLogger(data, enabled=True)
    for line, opinions in rows:
        unknown = [opinion.interaction_id for opinion in opinions if opinion.interaction_id not in known]
        if unknown:
            report.set_aside.append(BadLine(file, line, f"no interaction in {data} has the id {unknown[0]!r:.60}"))
            continue
        for opinion in opinions:
            _take(opinion, reviewer, known[opinion.interaction_id], logger, report)
    report.set_aside.sort(key=lambda bad: bad.number)
    logger.close()
    return report


def _take(opinion: _Opinion, reviewer: str | None, events: set[str], logger: AgentLogger, report: ReviewReport) -> None:
    event = opinion.event_id(reviewer)
    if event in events:
        report.already_there += 1
        return
    interaction, rating, comments, corrections = opinion
    if not logger.feedback(interaction, rating=rating, comments=comments, corrections=corrections, reviewer=reviewer, event_id=event):
        raise LogError(f"the feedback could not be written to {logger.data}: look at its permissions and free space, then run it again")
    events.add(event)
    report.added += 1
    report.rated += rating is not None
    report.commented += comments is not None
    report.corrected += corrections is not None


def _known(ids: set[str], data: Path) -> dict[str, set[str]]:
    """Of the interactions that are in the log, the ids of the feedback on them."""
    files = log_files(data)
    return {each.id: {event.id for event in each.feedback} for each in Interactions(files, only=ids)} if ids else {}


def _rows(file: Path, report: ReviewReport) -> Iterator[tuple[int, list[_Opinion]]]:
    """Of each row that says something, its line and what it says of its answers."""
    try:
        for line in read_lines(file):
            if isinstance(line, BadLine):
                report.set_aside.append(line)
                continue
            report.rows += 1
            try:
                opinions = _opinions(line)
            except ValueError as reason:
                report.set_aside.append(BadLine(file, line.number, str(reason)))
                continue
            if opinions:
                yield line.number, opinions
            else:
                report.untouched += 1
    except OSError as error:
        raise SettingError(f"{file} cannot be read: {error.strerror or error}") from error


def _opinions(line: Line) -> list[_Opinion]:
    row = line.value
    answers = row.get("answers") if isinstance(row, dict) else None
    if not isinstance(answers, list) or not answers or not all(isinstance(answer, dict) for answer in answers):
        raise ValueError("no row of a review sample: it has no list of answers")
    of_row = _said(row, "")
    if of_row.corrections is not None and len(answers) > 1:
        raise ValueError(f"corrections of a row with {len(answers)} answers: correct the answer that it is about")
    found = []
    for number, answer in enumerate(answers):
        place = f"answers[{number}]."
        own = _said(answer, place)
        interaction = answer.get("interaction_id")
        if not isinstance(interaction, str) or not interaction:
            raise ValueError(f"{place}interaction_id: not an id")
        rating = of_row.rating if own.rating is None else own.rating
        corrections = _changed(own.corrections or of_row.corrections, answer, row)
        said = _Said(rating, own.comments or of_row.comments, corrections)
        if any(one is not None for one in said):
            found.append(_Opinion(interaction, *said))
    return found


def _changed(corrections: str | None, answer: dict[str, Any], row: dict[str, Any]) -> str | None:
    """A correction, unless it is the answer itself, copied to begin with and left as it was."""
    messages, place = row.get("messages"), answer.get("message")
    if corrections is None or not isinstance(messages, list) or not isinstance(place, int) or not 0 <= place < len(messages):
        return corrections
    message = messages[place]
    return None if isinstance(message, dict) and text_of(message) == corrections else corrections  # type: ignore[arg-type]


def _said(part: dict[str, Any], place: str) -> _Said:
    rating, comments, corrections = part.get("rating"), part.get("comments"), part.get("corrections")
    if rating is not None and (isinstance(rating, bool) or not isinstance(rating, int | float) or not 1 <= rating <= 5):
        raise ValueError(f"{place}rating: must be a number from 1 to 5")
    for name, text in (("comments", comments), ("corrections", corrections)):
        if text is not None and not isinstance(text, str):
            raise ValueError(f"{place}{name}: must be a text")
    return _Said(None if rating is None else float(rating), *(text if text and text.strip() else None for text in (comments, corrections)))
