"""Real traces of agents, each run or chat one JSON value, and the texts in them."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from benchmarks.scrub.material import labelled

NO_RUNS = "taubench-airline-users"
"""The customers of the airline are a data base, no trace."""
_A_RUN_EACH = "taubench-gpt-4o"


class Trace(NamedTuple):
    """One run or chat."""

    name: str
    value: Any


def traces(leave_out: Iterable[str] = ()) -> list[Trace]:
    """All traces, none without the labelled sets; ``leave_out`` are beginnings of file names."""
    folder = labelled.folder()
    if folder is None:
        return []
    out = (NO_RUNS, *leave_out)
    files = [file for file in sorted((folder / "trajectories").iterdir()) if not file.name.startswith(out)]
    return [trace for file in files for trace in _runs(file)]


def texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def distinct(found: Iterable[Trace]) -> list[str]:
    """Every text that occurs in the traces, once."""
    return list(dict.fromkeys(text for trace in found for text in texts(trace.value) if text))


def size(value: Any) -> int:
    """The bytes of all texts in a JSON value."""
    return sum(len(text.encode(errors="surrogatepass")) for text in texts(value))


def _runs(file: Any) -> Iterator[Trace]:
    for name, value in labelled.values(file):
        value = _as_json(value)
        if name.startswith(_A_RUN_EACH):
            yield from (Trace(f"{name}:{number}", run) for number, run in enumerate(value))
        else:
            yield Trace(name, value)


def _as_json(value: Any) -> Any:
    """YAML knows dates, bytes and keys that are no texts; JSON does not."""
    if isinstance(value, dict):
        return {str(key): _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
