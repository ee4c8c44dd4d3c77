"""Where the labelled sets and the real traces lie, and how one of their files is read."""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

LEFT_OUT = "no shared/data beside this checkout"


def folder() -> Path | None:
    """The folder of labelled sets, if there is one."""
    places = [parent / "shared" / "data" for parent in Path(__file__).resolve().parents]
    return next((place for place in places if place.is_dir()), None)


def values(file: Path) -> Iterator[tuple[str, Any]]:
    """Name and content of every file in an archive, or of the one gzip'd file: JSON and YAML parsed, a JSON line by itself."""
    if file.name.endswith(".tar.gz"):
        with tarfile.open(file) as archive:
            for member in archive:
                if member.isfile() and (stream := archive.extractfile(member)):
                    yield from _parsed(f"{file.name}:{member.name}", stream.read())
    else:
        yield from _parsed(file.name.removesuffix(".gz"), gzip.decompress(file.read_bytes()))


def _parsed(name: str, data: bytes) -> Iterator[tuple[str, Any]]:
    kind = PurePosixPath(name).suffix
    if kind == ".eval":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from ((f"{name}:{inner}", json.loads(archive.read(inner))) for inner in archive.namelist() if inner.endswith(".json"))
    elif kind == ".jsonl":
        yield from ((f"{name}:{number}", json.loads(line)) for number, line in enumerate(data.split(b"\n"), 1) if line.strip())
    elif kind in (".json", ".traj"):
        yield name, json.loads(data)
    elif kind in (".yaml", ".yml"):
        yield name, _yaml(data)
    else:
        yield name, data.decode(errors="replace")


def _yaml(data: bytes) -> Any:
    import yaml

    return yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
