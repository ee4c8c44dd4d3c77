"""Fingerprint: which model this really is, told by content and not by name.

A digest per part (weights, configuration, tokenizer, chat template, generation configuration) and one over all of them. Names lie, and
a copy may be edited; equal fingerprints are the same model. Only what a tool writes for itself (its version, the path it read from) is
left out of a configuration. Digests of large files are cached by size, modification time and inode. A base that is no folder is looked
for in the local cache of the hub; nothing is fetched unless that was allowed.
"""

import json
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from agentlog._hashing import digest, file_digest
from agentlog._io.atomic import write_file
from agentlog.errors import TrainingRefusedError
from trainer.offline import stay_offline

_TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
)
_WRITTEN_BY_TOOLS = ("transformers_version", "_name_or_path")


class Fingerprint(BaseModel):
    """The digests of a model folder. A part that the folder does not have is the digest of nothing."""

    model_config = ConfigDict(frozen=True)

    weights: str
    config: str
    tokenizer: str
    chat_template: str
    generation_config: str

    @property
    def overall(self) -> str:
        """One digest over all parts."""
        return digest("model", self.model_dump())

    def differs(self, other: "Fingerprint") -> list[str]:
        """The parts that are not equal."""
        mine, theirs = self.model_dump(), other.model_dump()
        return [name.replace("_", " ") for name in mine if mine[name] != theirs[name]]


def find_base(name: str, *, allow_hub: bool = False) -> Path:
    """The folder of a model: the name itself, or the hub's snapshot of it in the local cache.

    Raises:
        TrainingRefusedError: there is no such folder, it holds no model, or the cache does not have it.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise TrainingRefusedError(f"{name} is a folder without a config.json: name the folder that holds the model")
        return folder.resolve()
    stay_offline(allow_hub)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=not allow_hub))
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError) as error:
        raise TrainingRefusedError(
            f"base model {name} not found: it is neither a folder nor in the local hub cache; "
            "name an existing folder, or fetch the model first (`hf download ID`) and name its hub id"
        ) from error


def fingerprint(folder: Path, cache: Path | None = None) -> Fingerprint:
    """The fingerprint of a model folder; ``cache`` is a JSON file that remembers digests of files.

    Raises:
        TrainingRefusedError: the folder holds no weights.
    """
    weights = _weights(folder)
    if not weights:
        raise TrainingRefusedError(f"{folder} holds no weights (*.safetensors or *.bin): name the folder of the whole model")
    known = _DigestCache(cache)
    print_ = Fingerprint(
        weights=digest("weights", {path.name: known.digest(path) for path in weights}),
        config=digest("config", _config(folder / "config.json")),
        tokenizer=digest("tokenizer", {name: known.digest(folder / name) for name in _TOKENIZER if (folder / name).is_file()}),
        chat_template=digest("chat_template", chat_template(folder)),
        generation_config=digest("generation_config", _config(folder / "generation_config.json")),
    )
    known.save()
    return print_


def chat_template(folder: Path) -> str | None:
    """The chat template of a model folder: its own file, or the tokenizer configuration's."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    said = _config(folder / "tokenizer_config.json").get("chat_template")
    return said if said is None or isinstance(said, str) else json.dumps(said, sort_keys=True)


def weight_shapes(folder: Path) -> dict[str, list[int]]:
    """The name and shape of every stored tensor, read from the heads of the files; empty where weights are not safetensors."""
    shapes: dict[str, list[int]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            head = orjson.loads(file.read(int.from_bytes(file.read(8), "little")))
        shapes.update({name: tensor["shape"] for name, tensor in head.items() if name != "__metadata__"})
    return shapes


def _weights(folder: Path) -> list[Path]:
    # transformers prefers safetensors where both are there, so the .bin files are then not the model that is loaded.
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))


def _config(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        said = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise TrainingRefusedError(f"{file} is not JSON ({error.msg}): the model's folder is damaged") from error
    return {key: value for key, value in said.items() if key not in _WRITTEN_BY_TOOLS}


class _CacheEntry(BaseModel):
    size: int
    mtime_ns: int
    inode: int
    digest: str


class _DigestCache:
    """File digests, remembered while size, modification time and inode stay the same."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._changed = False
        self._entries: dict[str, _CacheEntry] = {}
        if file is not None and file.is_file():
            try:
                self._entries = {name: _CacheEntry.model_validate(entry) for name, entry in orjson.loads(file.read_bytes()).items()}
            except (orjson.JSONDecodeError, ValidationError, AttributeError):
                # A cache that cannot be read is no cache: everything is hashed anew, nothing is lost but time.
                self._entries = {}

    def digest(self, path: Path) -> str:
        real = path.resolve()
        stat = real.stat()
        entry = self._entries.get(str(real))
        if entry is None or (entry.size, entry.mtime_ns, entry.inode) != (stat.st_size, stat.st_mtime_ns, stat.st_ino):
            entry = _CacheEntry(size=stat.st_size, mtime_ns=stat.st_mtime_ns, inode=stat.st_ino, digest=file_digest(real))
            self._entries[str(real)] = entry
            self._changed = True
        return entry.digest

    def save(self) -> None:
        if self._file is not None and self._changed:
            write_file(self._file, orjson.dumps({name: entry.model_dump() for name, entry in sorted(self._entries.items())}))
