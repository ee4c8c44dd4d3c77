"""Tensors: what a model folder's weights are made of, and the digest of each.

A model is its tensors: name, dtype, shape and bytes. How they are cut into files, in which order they lie and what else is in the folder
makes no other model, so digests are taken tensor by tensor, in one pass over the bytes, which costs what hashing the file costs. Only
the files that transformers would load count: an index names its shards, and a stray file beside them is nobody's weight.

A safetensors file says in its head how long it has to be; one that is torn, padded or no such file is refused before anything is hashed.
Pickled weights (``*.bin``) have no such head: their digest is that of the file.
"""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agentlog._hashing import canonical_json, file_digest
from agentlog.errors import TrainingRefusedError

_SINGLE, _INDEX = "model.safetensors", "model.safetensors.index.json"
_PICKLED, _PICKLED_INDEX = "pytorch_model.bin", "pytorch_model.bin.index.json"
_CHUNK = 1 << 20
_LONGEST_HEAD = 100_000_000
"""The format's own limit."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """A stored tensor: what the head of its file says of it, and from where to where in the file its bytes lie."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def numbers(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


def loaded_files(folder: Path) -> list[Path]:
    """The files that a model is loaded from, found in the order in which transformers looks for them.

    Raises:
        TrainingRefusedError: there are none, or the index names one that is missing.
    """
    named = read_json(folder / "config.json").get("transformers_weights")
    for name in [named] if isinstance(named, str) else [_SINGLE, _INDEX, _PICKLED, _PICKLED_INDEX]:
        if (folder / name).is_file():
            return _shards(folder, name) if name.endswith(".index.json") else [folder / name]
    wanted = named or f"{_SINGLE}, {_INDEX} or {_PICKLED}"
    raise TrainingRefusedError(f"{folder} holds no weights ({wanted}): name the folder of the whole model")


def tensors_of(file: Path) -> list[Tensor]:
    """The tensors of a safetensors file in the order of their bytes, from its head alone.

    Raises:
        TrainingRefusedError: the file is not as long as its head says, or is no such file.
    """
    size = file.stat().st_size
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if size < 8 or length > min(size - 8, _LONGEST_HEAD):
            raise _torn(file, f"it has {size} bytes, too few for its head")
        head = stream.read(length)
    begin = 8 + length
    try:
        said: dict[str, Any] = orjson.loads(head)
        tensors = [_tensor(name, facts, begin) for name, facts in said.items() if name != "__metadata__"]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise _torn(file, "its head cannot be read") from error
    tensors.sort(key=lambda tensor: (tensor.begin, tensor.end))
    for tensor in tensors:
        if tensor.begin != begin or tensor.end < tensor.begin:
            raise _torn(file, f"the bytes of {tensor.name} do not follow those before it")
        begin = tensor.end
    if begin != size:
        raise _torn(file, f"it has {size} bytes, its head says {begin}")
    return tensors


def tensor_digests(file: Path) -> dict[str, str]:
    """The digest of every tensor of a file by its name; a pickled file counts as one tensor of its own name.

    Raises:
        TrainingRefusedError: the file is torn.
    """
    if file.suffix != ".safetensors":
        return {file.name: file_digest(file)}
    tensors = tensors_of(file)
    with file.open("rb") as stream:
        return {tensor.name: _digest(file, stream, tensor) for tensor in tensors}


def _digest(file: Path, stream: Any, tensor: Tensor) -> str:
    state = hashlib.sha256(canonical_json([tensor.name, tensor.dtype, list(tensor.shape)]) + b"\0")
    stream.seek(tensor.begin)
    left = tensor.end - tensor.begin
    while left and (chunk := stream.read(min(_CHUNK, left))):
        state.update(chunk)
        left -= len(chunk)
    if left:
        raise TrainingRefusedError(f"{file} became shorter while it was read: wait until it is whole, and say it again")
    return "sha256:" + state.hexdigest()


def _tensor(name: str, facts: dict[str, Any], begin: int) -> Tensor:
    first, last = facts["data_offsets"]
    return Tensor(name, str(facts["dtype"]), tuple(map(int, facts["shape"])), begin + int(first), begin + int(last))


def _torn(file: Path, why: str) -> TrainingRefusedError:
    return TrainingRefusedError(f"{file} is damaged: {why}; copy or fetch it again")


def _shards(folder: Path, index: str) -> list[Path]:
    places = read_json(folder / index).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise TrainingRefusedError(f"{folder / index} has no weight_map: the model's folder is damaged; copy or fetch it again")
    files = [folder / name for name in sorted(set(places.values()))]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise TrainingRefusedError(f"{folder} lacks {', '.join(missing)}, which {index} names: copy or fetch the model again")
    return files


def read_json(file: Path) -> dict[str, Any]:
    """A JSON file of a model's folder; empty where there is none.

    Raises:
        TrainingRefusedError: it holds no JSON object.
    """
    try:
        said = orjson.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except orjson.JSONDecodeError as error:
        raise TrainingRefusedError(f"{file} is not JSON ({error.msg}): the model's folder is damaged") from error
    if not isinstance(said, dict):
        raise TrainingRefusedError(f"{file} is no JSON object: the model's folder is damaged")
    return said
