"""agentlog adapters: what is in the vault, what each adapter is made of, and whether it is intact."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentlog.cli.output import DataOption, JsonOption, err, say, say_json, say_table
from agentlog.errors import VaultError
from agentlog.project import load_project

if TYPE_CHECKING:
    from trainer.adapters import Adapter

app = typer.Typer(no_args_is_help=True, add_completion=False, help="List, show, verify and pin adapters.")

RoleOption = Annotated[str | None, typer.Option("--role", metavar="R", help="Only adapters of this role.")]
IdArgument = Annotated[str, typer.Argument(metavar="ADAPTER", help="The adapter's id.")]


@app.command("list")
def list_(role: RoleOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """List adapters, oldest first."""
    from trainer.adapters import Vault

    vault = Vault(load_project(data=data).data)
    found = [_summary(adapter) for adapter in vault.list(role)]
    for folder in vault.damaged(role):
        err.print(f"warning: {folder} has no readable card", markup=False)
    if as_json:
        say_json(found)
        return
    pinned = any(summary["pinned"] for summary in found)
    columns = ["adapter", "base", "validation loss", "finished", "evaluated", *(["pinned"] if pinned else [])]
    rows = [_row(summary)[: len(columns)] for summary in found]
    say_table(f"adapters in {vault.root}: {len(found)}", columns, rows, whole=(0, 2, 3))


def _summary(adapter: "Adapter") -> dict[str, Any]:
    evaluations = adapter.evaluations()
    verdict = evaluations[-1]["verdict"]["word"] if evaluations else None
    return {**adapter.card.summary(), "pinned": adapter.pinned, "evaluations": len(evaluations), "verdict": verdict}


def _row(summary: dict[str, Any]) -> tuple[Any, ...]:
    """What tells adapters apart, within 80 columns; all else is on the card."""
    before, after = ("–" if loss is None else f"{loss:.4f}" for loss in (summary["val_loss_before"], summary["val_loss_after"]))
    pinned = "yes" if summary["pinned"] else ""
    return (summary["id"], summary["base"], f"{before} → {after}", summary["finished"][:10], summary["verdict"] or "not yet", pinned)


@app.command()
def show(adapter: IdArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Show an adapter's card and its evaluations."""
    from trainer.adapters import Vault

    found = Vault(load_project(data=data).data).open(id=adapter)
    evaluations = [{"when": e["when"], "verdict": e["verdict"], "metrics": e["metrics"]} for e in found.evaluations()]
    if as_json:
        say_json(
            {"folder": str(found.folder), "pinned": found.pinned, "card": found.card.model_dump(mode="json"), "evaluations": evaluations}
        )
        return
    say((found.folder / "README.md").read_text(encoding="utf-8").rstrip())
    say(f"\n{found.folder}")
    for evaluation in evaluations:
        say(f"evaluated {evaluation['when'][:19]}: {evaluation['verdict']['word']}; {'; '.join(evaluation['verdict']['reasons'])}")


@app.command()
def verify(role: RoleOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Compare every adapter's files with the digests on its card."""
    from trainer.adapters import Vault

    vault = Vault(load_project(data=data).data)
    found = {adapter.card.id: list(vault.verify(adapter)) for adapter in vault.list(role)}
    problems = [*(problem for wrong in found.values() for problem in wrong), *(f"{f} has no readable card" for f in vault.damaged(role))]
    if as_json:
        say_json({"adapters": found, "problems": problems})
    else:
        say_table("", ["adapter", "files"], [(name, "; ".join(wrong) or "intact") for name, wrong in found.items()], whole=(0,))
    if problems:
        raise VaultError(f"{len(problems)} problems: {'; '.join(problems)}. Restore from a copy, or train again")


@app.command()
def pin(
    adapter: IdArgument,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why it must be kept.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the pin back.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep an adapter whatever happens."""
    from trainer.adapters import Vault

    vault = Vault(load_project(data=data).data)
    found = vault.open(id=adapter)
    if remove:
        vault.unpin(found)
    else:
        vault.pin(found, reason)
    if as_json:
        say_json({"adapter": adapter, "pinned": found.pinned})
    else:
        say(f"adapter {adapter} is {'no longer pinned' if remove else 'pinned'}")
