"""What the demo tells: numbers counted from what really happened, in plain words."""

import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from examples.team.team import Done
from examples.team.trial import Trial

_WIDTH = 100


def heading(number: int, text: str) -> None:
    """Begin a step of the story."""
    print(f"\n{'─' * _WIDTH}\n{number}. {text}\n", flush=True)


def tell(text: str) -> None:
    """A paragraph."""
    print(textwrap.fill(" ".join(text.split()), _WIDTH), flush=True)


def tell_work(done: Sequence[Done], interactions: int, opinions: int, private: int) -> None:
    """What the team has done."""
    first = sum(each.solved and each.attempts == 1 for each in done)
    later = sum(each.solved and each.attempts > 1 for each in done)
    wrong = len(done) - first - later
    tested, reviewed = _share(each.tests_right for each in done), _share(each.review_right for each in done)
    tell(
        f"{len(done)} tasks ({_counted(each.task.type for each in done)}). The coder solved {first} at once and {later} after a test "
        f"report; {wrong} stayed wrong. Of the tester's tests {tested} were right: they passed on a correct function and caught a bug. "
        f"Of the reviewer's verdicts {reviewed} agreed with the checks that nobody had shown it."
    )
    tell(f"The log has {interactions} interactions and {opinions} opinions of people. Tools printed {private} private values.")


def tell_privacy(private: int, left: dict[str, list[Path]]) -> None:
    """What became of the private values."""
    tell(f"Looked up in every file of the datasets: of {private} private values printed by tools, {len(left)} are there.")
    for value, files in list(left.items())[:5]:
        tell(f"  {value!r} in {', '.join(path.name for path in files)}")


def tell_base(parameters: int, losses: Sequence[float], seconds: float) -> None:
    """What the base is."""
    tell(
        f"A Qwen2 model of {parameters / 1e6:.1f} million parameters, made in {seconds:.0f} s. Its training loss fell from {losses[0]:.2f} "
        f"to {losses[-1]:.2f}. It has seen chats and scraps of Python, and none of the team's tasks."
    )


def tell_end(evaluation: dict[str, Any], trial: Trial, folder: Path, seconds: float) -> None:
    """What came of it all, whichever way it went."""
    metrics = {name: pair for name, pair in evaluation["metrics"].items() if pair["answers"]}
    for name, pair in metrics.items():
        tell(f"{name}: base {pair['base']:.3f}, adapter {pair['adapter']:.3f} on {pair['answers']} held-out answers.")
    tell(
        f"Really run and tested: of {trial.answers} held-out answers with code, {trial.base} of the base's passed and {trial.adapter} of "
        "the adapter's."
    )
    tell(
        {
            "better": "By loss and overlap the adapter is better than its base on tasks that it has not seen.",
            "no difference": "Between adapter and base there is no difference that one could be sure of.",
            "worse": "The adapter is WORSE than its base on tasks that it has not seen. It should not be promoted.",
        }[evaluation["verdict"]["word"]]
    )
    if trial.answers and not trial.adapter:
        tell("But none of its code works: it writes like the team, and does not program like it.")
    tell(
        "How far that goes: the base is tiny, the data are answers of a script, and a held-out task is of a family of functions that the "
        "training set has seen under other names. This shows that the way from a log to a measured adapter works, not that the "
        "adapter can program."
    )
    print(
        f"\nAll of it is in {folder}. It took {seconds / 60:.1f} minutes. Go on there:\n"
        f"  cd {folder}{_on_the_path()}\n"
        "  agentlog log stats                      what is in the log\n"
        "  agentlog adapters list                  what is in the vault\n"
        "  agentlog evaluate --role coder          the comparison once more\n"
        "and look at agentlog-data/datasets/coder/*/report.html, README.md (the card), drops.jsonl and review.jsonl"
    )


def _on_the_path() -> str:
    """How to make the shell find the command, if it does not yet."""
    return "" if shutil.which("agentlog") else f"\n  export PATH={Path(sys.executable).parent}:$PATH"


def _counted(names: Any) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(Counter(names).items()))


def _share(verdicts: Any) -> str:
    known = [verdict for verdict in verdicts if verdict is not None]
    return f"{sum(known)} of {len(known)}"
