"""``agentlog log tail``: the latest interactions, and with ``--follow`` the events that arrive from then on."""

import sys
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentlog.cli.output import DataOption, JsonOption, one_line, say, say_error, say_json, when_stopped

if TYPE_CHECKING:
    from agentlog._io.jsonl import BadLine
    from agentlog.schema.events import Event
    from agentlog.schema.interaction import Interaction
    from agentlog.store.follow import Follower

_PREVIEW = 60
_INTERVAL_S = 0.2
_REMEMBERED = 10_000


def tail(
    count: Annotated[int, typer.Option("-n", min=1, metavar="N", help="How many.")] = 10,
    role: Annotated[str | None, typer.Option(metavar="R", help="Of this role only.")] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with what arrives, until Ctrl-C; --json gives JSON lines.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the latest interactions, oldest first; with -f also new ones, their results and feedback as they arrive."""
    from agentlog.project import load_project
    from agentlog.store.follow import Follower
    from agentlog.store.lookup import latest_interactions

    place = load_project(data=data).data
    # Before the rest is read, so that nothing falls between the two.
    follower = Follower(place) if follow else None
    latest = latest_interactions(place, count, role)
    if follower is not None:
        when_stopped("the log goes on without it")
        _follow(follower, latest, role, as_json)
    elif as_json:
        say_json([interaction.model_dump(mode="json") for interaction in latest])
    elif not latest:
        say_error(f"no interaction{f' of the role {role}' if role else ''} in {place}: `agentlog log stats` says what there is")
    else:
        for interaction in latest:
            say(in_one_line(interaction))


def _follow(follower: "Follower", latest: "list[Interaction]", role: str | None, as_json: bool) -> None:
    shown: OrderedDict[str, None] = OrderedDict()
    arrived: list[Event | BadLine] = list(latest)
    while True:
        for event in arrived:
            if _is_wanted(event, role, shown):
                _say_event(event, as_json)
        time.sleep(_INTERVAL_S)
        arrived = follower.arrived()


def _is_wanted(event: "Event | BadLine", role: str | None, shown: OrderedDict[str, None]) -> bool:
    """Whether an event is shown: each interaction once, of the role asked for; results and feedback with theirs."""
    from agentlog.schema.events import FeedbackEvent, ResultEvent
    from agentlog.schema.interaction import Interaction

    if isinstance(event, ResultEvent | FeedbackEvent):
        return role is None or event.interaction_id in shown
    if not isinstance(event, Interaction):
        return True
    if event.id in shown or role not in (None, event.agent_role):
        return False
    shown[event.id] = None
    if len(shown) > _REMEMBERED:
        shown.popitem(last=False)
    return True


def _say_event(event: "Event | BadLine", as_json: bool) -> None:
    from agentlog._io.jsonl import BadLine, dump_line

    if isinstance(event, BadLine):
        say_error(str(event))
    elif as_json:
        sys.stdout.buffer.write(dump_line(event.model_dump(mode="json")))
        sys.stdout.buffer.flush()
    else:
        say(_event_in_one_line(event))


def _event_in_one_line(event: "Event") -> str:
    when = event.timestamp[:19]
    if event.event == "interaction":
        return in_one_line(event)
    if event.event == "lost":
        return f"{event.id}  {when}  lost  {event.count} events since {event.since[:19]}: {event.reason or 'no reason is known'}"
    if event.event == "result":
        return one_line_of(event.interaction_id, when, "result", said(event.execution_result))
    who = f"{event.reviewer}: " if event.reviewer else ""
    return one_line_of(event.interaction_id, when, "feedback", who + said(event.human_feedback))


def said(part: Any) -> str:
    """The fields of a part of a record that say something."""
    return ", ".join(f"{name}={value}" for name, value in part.model_dump(mode="json").items() if value is not None)


def in_one_line(interaction: "Interaction") -> str:
    """An interaction's id, time, role and status, and the beginning of its answer."""
    result = interaction.execution_result
    status = (result.status if result else None) or "-"
    role, preview = one_line(interaction.agent_role, _PREVIEW), one_line(_answer_text(interaction), _PREVIEW)
    return one_line_of(interaction.id, interaction.timestamp[:19], role, status, preview)


def one_line_of(*parts: str) -> str:
    """Parts beside each other, each of them in one line."""
    return "  ".join(map(one_line, parts))


def _answer_text(interaction: "Interaction") -> str:
    from agentlog.schema.messages import text_of

    answer = interaction.model_output
    if answer is None:
        return "(no answer)"
    return text_of(answer) or " ".join(f"→ {call['function']['name']}" for call in answer.get("tool_calls") or ())
