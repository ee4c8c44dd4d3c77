"""Fingerprint: which model this really is, told by content and not by name.

A digest per part (weights, configuration, tokenizer, chat template, generation configuration) and one over all of them. Names lie, and
a copy may be edited; equal fingerprints are the same model. Weights are told by their tensors, so that cutting them into other files
changes nothing; JSON files by what they say, so that another layout changes nothing. Only what a tool writes for itself (its version, the
path it read from) is left out. Every template counts, the additional ones too: a tokenizer chooses among them by itself.

Digests are remembered while a file stays the same. A base that is no folder is looked for in the local cache of the hub; nothing is
fetched unless that was allowed. What is no base at all (an adapter, a GGUF file) is refused by what it is.
"""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agentlog._hashing import digest, file_digest, short
from agentlog.errors import TrainingRefusedError
from trainer.base.digest_cache import DigestCache
from trainer.base.tensors import loaded_files, read_json, tensor_digests
from trainer.offline import stay_offline

Scheme = Literal["tensors", "files"]
"""How digests are taken: weights by tensor and JSON files by what they say; or, before version 0.5, both by the bytes of the files."""

_TOKENIZER = (
    "tokenizer*.json",
    "tokenizer.model*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "vocab.bpe",
    "merges.txt",
    "tekken.json",
    "spiece.model",
    "sentencepiece.bpe.model",
    "*.tiktoken",
    "tiktoken.model",
)
_OLD_TOKENIZER = (
    *("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json"),
    *("added_tokens.json", "vocab.json", "vocab.txt", "merges.txt"),
)
_TEMPLATES = "additional_chat_templates"
_WRITTEN_BY_TOOLS = ("transformers_version", "_name_or_path")
_RENAMED = {"torch_dtype": "dtype"}


class Fingerprint(BaseModel):
    """The digests of a model folder. A part that the folder does not have is the digest of nothing."""

    model_config = ConfigDict(frozen=True)

    weights: str
    config: str
    tokenizer: str
    chat_template: str
    generation_config: str
    scheme: Scheme = "files"
    """How the digests were taken. Cards of before this was written down took them by files."""

    @property
    def overall(self) -> str:
        """One digest over all parts."""
        return digest("model", self.model_dump(exclude={"scheme"}))

    def differs(self, other: "Fingerprint") -> list[str]:
        """The parts that are not equal; if the digests were taken by different schemes they cannot be compared, and that is the part."""
        if self.scheme != other.scheme:
            return ["scheme"]
        mine, theirs = self.model_dump(), other.model_dump()
        return [name.replace("_", " ") for name in mine if mine[name] != theirs[name]]


def same_base(before: Fingerprint, now: Fingerprint) -> list[str]:
    """What differs between the base that something began with and the one that is there now, with both sides; empty if it is the same."""
    sides = ((part, getattr(before, part.replace(" ", "_")), getattr(now, part.replace(" ", "_"))) for part in before.differs(now))
    return [f"{part} (was {short(was)}, is {short(is_)})" for part, was, is_ in sides]


def find_base(name: str, *, allow_hub: bool = False) -> Path:
    """The folder of a model: the name itself, or the hub's snapshot of it in the local cache.

    Raises:
        TrainingRefusedError: there is no such folder, it holds no base model, or the cache does not have it.
    """
    folder = Path(name).expanduser()
    if folder.is_file() or name.lower().endswith(".gguf"):
        raise TrainingRefusedError(_no_folder(name))
    if folder.is_dir():
        _insist_on_base(folder, name)
        return folder.resolve()
    stay_offline(allow_hub)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        snapshot = Path(snapshot_download(name, local_files_only=not allow_hub))
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError) as error:
        raise TrainingRefusedError(
            f"base model {name} not found: it is neither a folder nor in the local hub cache; "
            "name an existing folder, or fetch the model first (`hf download ID`) and name its hub id"
        ) from error
    _insist_on_base(snapshot, name)
    return snapshot


def fingerprint(folder: Path, cache: Path | None = None, scheme: Scheme = "tensors") -> Fingerprint:
    """The fingerprint of a model folder.

    Args:
        folder: the model's.
        cache: a JSON file that remembers digests of files.
        scheme: the one of the fingerprint that this will be compared with, where that is an old one.

    Raises:
        TrainingRefusedError: the folder holds no weights, or a file of it is damaged.
    """
    if scheme == "files":
        return _by_files(folder)
    known = DigestCache(cache)
    tensors: dict[str, str] = {}
    for path in loaded_files(folder):
        tensors.update(known.digests(path, tensor_digests))
    tokenizer = sorted({path for pattern in _TOKENIZER for path in folder.glob(pattern) if path.is_file()})
    print_ = Fingerprint(
        weights=digest("weights", tensors),
        config=digest("config", _config(folder / "config.json")),
        tokenizer=digest("tokenizer", {path.name: known.digests(path, _tokenizer_digest)["said"] for path in tokenizer}),
        chat_template=digest("chat_template", _templates(folder)),
        generation_config=digest("generation_config", _config(folder / "generation_config.json")),
        scheme="tensors",
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


def _by_files(folder: Path) -> Fingerprint:
    """As agentlog before 0.5 took it, so that its adapters still know their base."""
    weights = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))
    return Fingerprint(
        weights=digest("weights", {path.name: file_digest(path) for path in weights}),
        config=digest("config", _config(folder / "config.json", {})),
        tokenizer=digest("tokenizer", {name: file_digest(folder / name) for name in _OLD_TOKENIZER if (folder / name).is_file()}),
        chat_template=digest("chat_template", chat_template(folder)),
        generation_config=digest("generation_config", _config(folder / "generation_config.json", {})),
    )


def _templates(folder: Path) -> Any:
    more = {path.stem: path.read_text(encoding="utf-8") for path in (folder / _TEMPLATES).glob("*.jinja")}
    default = chat_template(folder)
    return {"default": default, **more} if more else default


def _tokenizer_digest(file: Path) -> dict[str, str]:
    if file.suffix != ".json":
        return {"said": file_digest(file)}
    # The template is a part of its own, and a digest of what a file says does not depend on how it is laid out.
    return {"said": digest("json", {key: value for key, value in _config(file).items() if key != "chat_template"})}


def _config(file: Path, renamed: dict[str, str] = _RENAMED) -> dict[str, Any]:
    return {renamed.get(key, key): value for key, value in read_json(file).items() if key not in _WRITTEN_BY_TOOLS}


def _no_folder(name: str) -> str:
    if name.lower().endswith(".gguf"):
        return (
            f"{name} is a GGUF file, which is served and not trained: name the folder or hub id of the model it was made from, "
            "and the file under deployed_as in agentlog.yaml"
        )
    return f"{name} is a file: name the folder that holds the model"


def _insist_on_base(folder: Path, name: str) -> None:
    adapter = folder / "adapter_config.json"
    if adapter.is_file():
        base = _config(adapter).get("base_model_name_or_path") or "its adapter_config.json names none"
        raise TrainingRefusedError(f"{name} holds a LoRA adapter, which would be loaded with it: name its base instead ({base})")
    if not (folder / "config.json").is_file():
        if gguf := next(iter(sorted(folder.glob("*.gguf"))), None):
            raise TrainingRefusedError(_no_folder(str(gguf)))
        raise TrainingRefusedError(f"{name} is a folder without a config.json: name the folder that holds the model")
