"""``agentlog doctor``: is everything there and intact; and with ``--endpoint``, does a server render what training rendered."""

import datetime
import os
import warnings
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agentlog.cli.output import DataOption, JsonOption, progress, say, say_json, say_note, say_table
from agentlog.errors import AgentlogError, EndpointError, SettingError
from agentlog.project import Project, load_project

if TYPE_CHECKING:
    from pathlib import Path

    from agentlog.cli.installation import Finding
    from trainer.parity.certificate import Certificate
    from trainer.parity.parity import Parity

app = typer.Typer(add_completion=False)
_MARKS = {"ok": "✓", "warn": "!", "broken": "✗", "identical": "✓", "counts agree": "≈", "not compared": "–", "differs": "✗"}


@app.command()
def doctor(
    endpoint: Annotated[str | None, typer.Option("--endpoint", metavar="URL", help="A served model to compare with training.")] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="R", help="Compare with the deployed model of this role.")] = None,
    adapter: Annotated[str | None, typer.Option("--adapter", metavar="A", help="Compare with what this adapter was trained on.")] = None,
    base_model: Annotated[
        str | None, typer.Option("--base-model", metavar="M", help="Compare with this base: a folder or a hub id.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", metavar="NAME", help="The name under which the server has the model.")] = None,
    kind: Annotated[Literal["auto", "llama.cpp", "vllm", "openai"], typer.Option("--kind", help="What kind of server it is.")] = "auto",
    api_key_env: Annotated[
        str | None, typer.Option("--api-key-env", metavar="VAR", help="The environment variable that holds the server's key.")
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="S", min=0.1, help="Seconds to wait for each answer of the server.")
    ] = 30.0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look whether installation and project are sound, or whether a served model renders conversations as training does."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    warnings.simplefilter("ignore", FutureWarning)
    if endpoint is None:
        if named := [option for option, value in (("--adapter", adapter), ("--base-model", base_model), ("--model", model)) if value]:
            raise SettingError(f"{', '.join(named)} says what a server is compared with: name the server with --endpoint")
        _examine(data, as_json)
        return
    from trainer.parity.endpoint import Endpoint
    from trainer.parity.parity import compare

    project = load_project(data=data)
    certificate, names, what = _trained(project, role, adapter, base_model)
    server = Endpoint(endpoint, kind=None if kind == "auto" else kind, model=model, known_as=names, key=_key(api_key_env), timeout=timeout)
    parity = compare(certificate, server)
    if as_json:
        say_json({**parity.to_json(), "compared_with": what})
    else:
        _say_parity(parity, what)
    if names and parity.model is not None and parity.model not in names:
        say_note(
            f"the server calls its model {parity.model}, which is none of {', '.join(names)}: if it is the same, add it to deployed_as"
        )
    if parity.differing:
        first = parity.differing[0]
        compared = sum(probe.verdict != "not compared" for probe in parity.probes)
        raise EndpointError(
            f"{parity.url} differs from training in {len(parity.differing)} of {compared} probes. {first.probe}: {first.where}. Serve with "
            "the base's own chat template, tokenizer and generation configuration, or an adapter answers prompts that it never saw"
        )


def _examine(data: "Path | None", as_json: bool) -> None:
    from agentlog.cli.installation import Finding, installed, project_file, state_of

    findings: list[Finding] = []
    with progress() as bar:
        bar.add_task("looking", total=None)
        findings += installed()
        try:
            project = load_project(data=data)
        except AgentlogError as error:
            findings.append(Finding("agentlog.yaml", "broken", str(error), "mend it"))
        else:
            findings.append(project_file())
            findings += state_of(project)
    broken = [finding for finding in findings if finding.verdict == "broken"]
    if as_json:
        say_json({"findings": [finding._asdict() for finding in findings], "broken": [finding.check for finding in broken]})
    else:
        _say_findings(findings)
    if broken:
        raise SettingError(f"{len(broken)} of {len(findings)} points are broken. {broken[0].check}: {broken[0].found}")


def _say_findings(findings: "list[Finding]") -> None:
    say_table("", ["", "point", "found", "advice"], [(_MARKS[f.verdict], f.check, f.found, f.advice) for f in findings])


def _trained(project: Project, role: str | None, adapter: str | None, base_model: str | None) -> "tuple[Certificate, tuple[str, ...], str]":
    """What training renders, the names under which that model may be served, and in words what it is."""
    from trainer.adapters.vault import Vault
    from trainer.parity.certificate import certificate_of

    if sum(value is not None for value in (adapter, base_model)) > 1:
        raise SettingError("--adapter and --base-model name two things to compare with: give one")
    today = datetime.date.today()
    if base_model is not None:
        return certificate_of(_place(project, base_model), today), (base_model,) if role is None else _names(project, role), base_model
    if adapter is not None:
        card = Vault(project.data).open(role, adapter).card
        names = (card.id, *_names(project, card.role))
        made = card.certificate
        if made is not None and not made.prints_the_day:
            return made, names, f"adapter {card.id}"
        return certificate_of(_place(project, card.base.name), today), names, f"{card.base.name}, the base of adapter {card.id}"
    role = role or _only_role(project)
    deployed = project.role(role).deployed_model
    if deployed is None:
        raise SettingError(f"agentlog.yaml names no deployed model for role {role}: say it there, or name --adapter or --base-model")
    return certificate_of(_place(project, deployed), today), _names(project, role), f"{deployed}, the deployed model of role {role}"


def _place(project: Project, name: str) -> "Path":
    from pathlib import Path

    from trainer.base.fingerprint import find_base

    beside = project.path(Path(name).expanduser())
    return find_base(str(beside) if beside.is_dir() else name)


def _names(project: Project, role: str) -> tuple[str, ...]:
    settings = project.role(role)
    return tuple(name for name in (settings.deployed_model, *settings.deployed_as) if name)


def _only_role(project: Project) -> str:
    named = [role for role, settings in project.roles.items() if settings.deployed_model]
    if len(named) != 1:
        there = ", ".join(named) or "none has a deployed model in agentlog.yaml"
        raise SettingError(f"say what the server is compared with: --role ({there}), --adapter or --base-model")
    return named[0]


def _key(variable: str | None) -> str | None:
    if variable is None:
        return None
    if not os.environ.get(variable):
        raise SettingError(f"--api-key-env {variable}: that environment variable is not set")
    return os.environ[variable]


def _say_parity(parity: "Parity", what: str) -> None:
    rows = [
        ("!" if p in parity.differing_rarely else _MARKS[p.verdict], p.probe, p.ours, p.theirs, p.verdict, p.where) for p in parity.probes
    ]
    title = f"{parity.url} ({parity.kind}{f', {parity.model}' if parity.model else ''}) against {what}"
    say_table(title, ["", "probe", "ours", "theirs", "verdict", "where"], rows, right=(2, 3))
    if parity.differing_rarely and not parity.differing:
        named = ", ".join(compared.probe for compared in parity.differing_rarely)
        say(f"! only conversations with rare text ({named}) reach the model as other tokens")
    if parity.kind == "openai":
        say("this kind of server tells only how many tokens a prompt had: counts that agree do not prove the same tokens")
