"""Training options: the options of ``agentlog train`` that are settings of a run, each named as the setting is."""

from pathlib import Path
from typing import Annotated

import typer

LEARNING = "What is learned"
MACHINE = "How it is carried out"

RoleOption = Annotated[str | None, typer.Option(metavar="R", help="The role to train an adapter for. Never left out.")]
BaseOption = Annotated[str | None, typer.Option(metavar="M", help="The base: a folder or a hub id. There is no default.")]
ConfigOption = Annotated[Path | None, typer.Option(metavar="F", help="YAML settings.", show_default="train.config in agentlog.yaml")]
DatasetOption = Annotated[str | None, typer.Option(metavar="ID", help="A build id.", show_default="the newest dataset of the role")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Load, prove and measure everything, say it, and train nothing.")]
ResumeOption = Annotated[bool, typer.Option("--resume", help="Go on with the newest run that was stopped.")]
ReplayOption = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Take a step that was stopped again, and say which rows it comes from.")
]
AcceptOption = Annotated[
    str | None, typer.Option(metavar="REASON", help="Train in spite of a mismatch of models or a failed gate; kept on the card.")
]

EpochsOption = Annotated[int | None, typer.Option(metavar="N", help="Passes over the training split.", rich_help_panel=LEARNING)]
RateOption = Annotated[float | None, typer.Option("--lr", metavar="X", help="The peak learning rate.", rich_help_panel=LEARNING)]
BatchOption = Annotated[
    int | None, typer.Option(metavar="N", help="Rows that are learned from at once; times accumulation.", rich_help_panel=LEARNING)
]
LengthOption = Annotated[
    int | None, typer.Option(metavar="N", help="The longest row in tokens.", show_default="the base's context", rich_help_panel=LEARNING)
]
OverlongOption = Annotated[
    str | None, typer.Option(metavar="HOW", help="Longer rows: refuse, or window them around their targets.", rich_help_panel=LEARNING)
]
UntrainableOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOW", help="Answers that cannot be proven, or fit no window: refuse, or leave_out and count.", rich_help_panel=LEARNING
    ),
]
PatienceOption = Annotated[
    int | None, typer.Option(metavar="N", help="End after N check-ups without a better validation loss.", rich_help_panel=LEARNING)
]
SeedOption = Annotated[int | None, typer.Option(metavar="N", help="Seed of everything that is drawn.", rich_help_panel=LEARNING)]

DtypeOption = Annotated[
    str | None,
    typer.Option(metavar="TYPE", help="float32, bfloat16 or auto.", show_default="what is faster here", rich_help_panel=MACHINE),
]
QuantizeOption = Annotated[
    str | None, typer.Option(metavar="FORM", help="nf4: train on a 4-bit copy of the base (QLoRA).", rich_help_panel=MACHINE)
]
TokensOption = Annotated[
    int | None, typer.Option(metavar="N", help="The most tokens of a pass.", show_default="what memory allows", rich_help_panel=MACHINE)
]
CheckpointingOption = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="on, off or auto.", show_default="only if memory asks for it", rich_help_panel=MACHINE),
]
ThreadsOption = Annotated[
    int | None, typer.Option(metavar="N", help="CPU threads.", show_default="one per physical core", rich_help_panel=MACHINE)
]
ReportOption = Annotated[
    list[str] | None,
    typer.Option(metavar="WHERE", help="Also report to tensorboard, mlflow or wandb; may be repeated.", rich_help_panel=MACHINE),
]
HubOption = Annotated[
    bool, typer.Option("--allow-hub", help="Fetch the base from the hub if it is not in the local cache.", rich_help_panel=MACHINE)
]
