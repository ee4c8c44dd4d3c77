"""``agentlog log``: what is in the log. ``stats`` counts it, ``show`` prints one interaction; the others stand in their own files."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentlog.cli.log_keep import compress, recover, verify
from agentlog.cli.log_tail import said, tail
from agentlog.cli.output import DataOption, JsonOption, one_line, say, say_json, say_table

if TYPE_CHECKING:
    from agentlog.schema.interaction import Interaction
    from agentlog.store.summary import LogSummary, RoleSummary

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Look into the log, and look after it.")
_SHOWN = 10
_WIDEST = 60


@app.command()
def stats(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Count interactions, sessions, models, results and feedback by role, events lost, and the lines set aside."""
    from agentlog.project import load_project
    from agentlog.store.summary import summarise

    place = load_project(data=data).data
    summary = summarise(place)
    if as_json:
        say_json(_summary_as_json(summary))
        return
    columns = ["role", "interactions", "sessions", "models", "results", "rated", "days"]
    say_table(f"Log in {place}", columns, [_row(name, role) for name, role in summary.roles.items()], right=(1, 2, 5))
    say(f"files: {summary.files} · result events: {summary.results} · feedback events: {summary.feedback}")
    say(f"events written: {summary.written} · lost: {summary.lost} · submitted: {summary.submitted}")
    say(f"events that point at no interaction: {summary.orphans} · lines set aside: {len(summary.set_aside)}")
    if summary.waiting:
        say(f"calls that had not ended when their process did: {summary.waiting}; `agentlog log recover` writes them to the log")
    for bad in summary.set_aside[:_SHOWN]:
        say(f"  {bad}")
    if len(summary.set_aside) > _SHOWN:
        say(f"  … and {len(summary.set_aside) - _SHOWN} more; --json lists them all")


@app.command()
def show(
    interaction_id: Annotated[str, typer.Argument(metavar="ID", help="The interaction's id, or an unmistakable beginning of it.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print one interaction: the conversation, the answer, and what became of it."""
    from agentlog.project import load_project
    from agentlog.store.lookup import find_interaction

    interaction = find_interaction(load_project(data=data).data, interaction_id)
    if as_json:
        say_json(interaction.model_dump(mode="json") | {"feedback": [event.model_dump(mode="json") for event in interaction.feedback]})
        return
    for name, fact in _facts(interaction).items():
        say(f"{name:<10} {fact}")
    for event in interaction.feedback:
        say(f"  {event.timestamp[:19]}  {event.reviewer or '(nobody named)'}: {said(event.human_feedback)}")
    for message in interaction.messages:
        _say_message(message)
    if interaction.model_output is None:
        say("\n── no answer")
    else:
        _say_message(interaction.model_output, title="answer")


for _command in (tail, verify, recover, compress):
    app.command()(_command)


def _row(name: str, role: "RoleSummary") -> list[Any]:
    models, statuses = _counted(role.models), _counted(role.statuses)
    days = "\n".join(sorted({str(moment)[:10] for moment in (role.first, role.last)}))
    return [one_line(name, _WIDEST), role.interactions, role.sessions, models, statuses, role.rated, days]


def _counted(counts: Any) -> str:
    return "\n".join(f"{one_line(name, _WIDEST)} {count}" for name, count in counts.most_common())


def _summary_as_json(summary: "LogSummary") -> dict[str, Any]:
    return {
        "roles": {name: vars(role) for name, role in summary.roles.items()},
        "files": summary.files,
        "results": summary.results,
        "feedback": summary.feedback,
        "orphans": summary.orphans,
        "written": summary.written,
        "lost": summary.lost,
        "submitted": summary.submitted,
        "waiting": summary.waiting,
        "set_aside": [{"file": str(bad.file), "line": bad.number, "reason": bad.reason} for bad in summary.set_aside],
    }


def _facts(interaction: "Interaction") -> dict[str, Any]:
    result, feedback = interaction.execution_result, interaction.human_feedback
    facts = {
        "id": interaction.id,
        "time": interaction.timestamp,
        "role": one_line(interaction.agent_role),
        "task": " · ".join(part for part in (interaction.task_type, interaction.task_id) if part),
        "session": interaction.session_id,
        "model": interaction.model.name,
        "result": said(result) if result is not None else None,
        "feedback": said(feedback) if feedback is not None else None,
        "noted": "; ".join(map(str, interaction.metadata.get("capture_errors") or ())),
    }
    return {name: fact for name, fact in facts.items() if fact}


def _say_message(message: Any, title: str | None = None) -> None:
    say(f"\n── {title or message['role']}")
    if text := _content(message.get("content")):
        say(text)
    for call in message.get("tool_calls") or ():
        say(f"→ {call['function']['name']}({call['function'].get('arguments') or ''})")


def _content(content: Any) -> str:
    """The text of a message; what is no text is named in its place."""
    return "".join(map(_part, content)) if isinstance(content, list) else content or ""


def _part(part: Any) -> str:
    text = part.get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else f"[{part.get('type', 'part') if isinstance(part, dict) else 'part'}]"
