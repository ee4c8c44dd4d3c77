"""agentlog adapters: what is in the vault, what each adapter is made of, and whether it is intact."""

from typing import Annotated, Any

import typer

from agentlog.cli.output import DataOption, JsonOption, err, say, say_json, say_table
from agentlog.errors import VaultError
from agentlog.project import load_project

app = typer.Typer(no_args_is_help=True, add_completion=False, help="List, show, verify and pin adapters.")

RoleOption = Annotated[str | None, typer.Option("--role", metavar="R", help="Only adapters of this role.")]
IdArgument = Annotated[str, typer.Argument(metavar="ADAPTER", help="The adapter's id.")]


@app.command("list")
def list_(role: RoleOption = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """List adapters, oldest first."""
    from trainer.adapters import Vault

    vault = Vault(load_project(data=data).data)
    found = [
        {**adapter.card.summary(), "pinned": adapter.pinned, "evaluations": len(adapter.evaluations())} for adapter in vault.list(role)
    ]
    for folder in vault.damaged(role):
        err.print(f"warning: {folder} has no readable card", markup=False)
    if as_json:
        say_json(found)
        return
    columns = ["adapter", "role", "base", "dataset", "steps", "loss before", "loss after", "finished", "pinned"]
    rows = [_row(summary) for summary in found]
    say_table(f"adapters in {vault.root}: {len(found)}", columns, rows, right=(4, 5, 6), whole=(0,))


def _row(summary: dict[str, Any]) -> tuple[Any, ...]:
    losses = ["" if summary[name] is None else f"{summary[name]:.4f}" for name in ("val_loss_before", "val_loss_after")]
    facts = (summary[name] for name in ("id", "role", "base", "dataset", "steps"))
    return (*facts, *losses, summary["finished"][:19], "yes" if summary["pinned"] else "")


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
