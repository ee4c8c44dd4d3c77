"""agentlog evaluate: an adapter against its own base, on what was held out, in numbers and in plain words."""

from typing import TYPE_CHECKING, Annotated

import typer

from agentlog.cli.output import DataOption, JsonOption, err, say, say_json, say_table
from agentlog.cli.training_screen import calm
from agentlog.project import load_project

if TYPE_CHECKING:
    from trainer import Evaluation
    from trainer.evaluation.compare import Paired

app = typer.Typer(add_completion=False)


@app.command()
def evaluate(
    role: Annotated[str, typer.Option("--role", metavar="R", help="The role whose adapter is evaluated.")],
    adapter: Annotated[
        str | None, typer.Option("--adapter", metavar="A", help="An adapter id.", show_default="the newest of the role")
    ] = None,
    base_model: Annotated[
        str | None,
        typer.Option(
            "--base-model", metavar="M", help="Where the base lies now; it must be the same by content.", show_default="as the card says"
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", help="Compare at most N answers, drawn by the seed.")] = None,
    max_new_tokens: Annotated[
        int | None, typer.Option(metavar="N", help="The longest answer.", show_default="half as long again as the longest reference")
    ] = None,
    batch_size: Annotated[int, typer.Option(metavar="N", help="Answers generated at once.")] = 8,
    seed: Annotated[int, typer.Option(help="Seed of the limit and of the intervals.")] = 42,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare an adapter with its base on the test split."""
    calm()
    import trainer

    config = trainer.EvalConfig.of(
        "options",
        {
            "role": role,
            "adapter": adapter,
            "base_model": base_model,
            "limit": limit,
            "max_new_tokens": max_new_tokens,
            "batch_size": batch_size,
            "seed": seed,
        },
    )
    result = trainer.evaluate(config, project=load_project(data=data), progress=_tell)
    if as_json:
        say_json(result.model_dump(mode="json"))
    else:
        _say_evaluation(result)


def _tell(text: str) -> None:
    err.print(text, markup=False)


def _say_evaluation(result: "Evaluation") -> None:
    confidence = f"{result.config.confidence:.0%} interval"
    columns = ["", "answers", "base", "adapter", "difference", confidence]
    say_table(
        f"Adapter {result.adapter} against {result.base}", columns, [_row(n, p) for n, p in result.metrics.items()], right=range(1, 6)
    )
    if len(result.by_task_type) > 1:
        for task_type, metrics in result.by_task_type.items():
            say_table(f"\n{task_type}", columns, [_row(name, pair) for name, pair in metrics.items()], right=range(1, 6))
    say(f"\ngenerated tokens per second: base {result.speed.base:.1f}, adapter {result.speed.adapter:.1f}")
    if result.left_out:
        say(f"left out, for they had no room in the base's context: {_answers(result.left_out)}")
    if result.unproven:
        say(f"left out, for they cannot be proven: {_answers(result.unproven)}: {result.why_unproven}")
    say(f"\n{_WORDS[result.verdict.word]}")
    for reason in result.verdict.reasons:
        say(f"  {reason}")


def _answers(count: int) -> str:
    return "1 answer" if count == 1 else f"{count:,} answers"


_WORDS = {
    "better": "The adapter is better than its base on held-out answers.",
    "no difference": "No certain difference between the adapter and its base on held-out answers.",
    "worse": "The adapter is worse than its base on held-out answers.",
}


def _row(name: str, pair: "Paired") -> tuple[str, ...]:
    interval = "–" if pair.interval is None else f"{pair.interval.low:+.4f} … {pair.interval.high:+.4f}"
    return (name, str(pair.answers), f"{pair.base:.4f}", f"{pair.adapter:.4f}", f"{pair.difference:+.4f}", interval)
