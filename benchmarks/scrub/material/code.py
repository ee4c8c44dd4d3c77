"""Clean code: the standard library of this interpreter, the tasks of HumanEval, and unified diffs between files of the former."""

import ast
import difflib
import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.scrub.material import labelled

_AT_MOST = 400_000
_FOREIGN = {"site-packages", "dist-packages", "__pycache__"}


class File(NamedTuple):
    """A text and where it is from."""

    name: str
    text: str


def standard_library() -> Iterator[File]:
    """Every Python file of it, tests included, that is text and no longer than 400 KB."""
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        if _FOREIGN & set(path.relative_to(root).parts) or path.stat().st_size > _AT_MOST:
            continue
        try:
            yield File(str(path.relative_to(root)), path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue


def human_eval() -> Iterator[File]:
    """Prompt, solution and test of each task as one file; none without the labelled sets."""
    folder = labelled.folder()
    if folder is None:
        return
    for name, task in labelled.values(folder / "sft" / "HumanEval.jsonl.gz"):
        yield File(name, f"{task['prompt']}{task['canonical_solution']}\n\n{task['test']}\n\ncheck({task['entry_point']})\n")


def diffs(files: int = 150) -> Iterator[File]:
    """What ``git diff`` would print had somebody moved, doubled and removed lines of the standard library."""
    rng = random.Random(0)
    for file in rng.sample([file for file in standard_library() if 2_000 < len(file.text) < 100_000], files):
        before = file.text.splitlines(keepends=True)
        after = [line for line in before for _ in range(rng.choices((0, 1, 2), (1, 38, 1))[0])]
        old, new = (f"{rng.getrandbits(40):010x}" for _ in range(2))
        body = "".join(difflib.unified_diff(before, after, f"a/Lib/{file.name}", f"b/Lib/{file.name}"))
        yield File(f"{file.name}.diff", f"diff --git a/Lib/{file.name} b/Lib/{file.name}\nindex {old}..{new} 100644\n{body}")


def parses(text: str) -> bool:
    """Whether the text is Python of this interpreter."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
