"""Whether private values that tools have printed are still to be found in the training sets: looked up, not believed."""

from collections.abc import Iterable
from pathlib import Path


def left_in(values: Iterable[str], folder: Path) -> dict[str, list[Path]]:
    """The values that occur in files below a folder, each with the files."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.is_file()}
    found = {value: [path for path, text in texts.items() if value in text] for value in sorted(values)}
    return {value: paths for value, paths in found.items() if paths}
