"""Weights: what the files of a base hold, told from their heads before anything is loaded.

A library loads a base with tensors missing, left over or of another size and only warns; it loads 4-bit copies as readily as the real
thing. So the heads of the files are read first: names, types and shapes, a few kilobytes however large the base. Only safetensors have
such heads. Files in other forms are looked at by the loader alone.
"""

import math
from pathlib import Path
from typing import Any

from trainer.base.tensors import Tensor, loaded_files, read_json, tensors_of

_FLOATS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_EMBEDDINGS = ("embed_tokens.weight", "wte.weight", "word_embeddings.weight", "tok_embeddings.weight", "embed_in.weight")
_NF4_BYTES = 0.5 + 1 / 64
"""Of one weight: half a byte, and one byte of scale for a block of 64, itself quantised."""


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files among those that are loaded; none where weights have another form.

    Raises:
        TrainingRefusedError: the folder holds no weights, or a file that the index names is missing.
    """
    return [file for file in loaded_files(folder) if file.suffix == ".safetensors"]


def stored_tensors(folder: Path) -> dict[str, Tensor]:
    """Every stored tensor by name; empty where weights are not safetensors.

    Raises:
        TrainingRefusedError: the folder holds no weights, a file that the index names is missing, or one is torn.
    """
    return {tensor.name: tensor for file in weight_files(folder) for tensor in tensors_of(file)}


def quantised_as(folder: Path) -> str | None:
    """How a base was quantised (``bitsandbytes``, ``gptq``, ``awq``, ``fp8``, ``U8 weights`` …); nothing for full precision."""
    config = read_json(folder / "config.json")
    for said in (config, config.get("text_config") or {}):
        for key in ("quantization_config", "compression_config"):
            if isinstance(said.get(key), dict):
                return str(said[key].get("quant_method", "an unnamed method"))
    other = sorted({tensor.dtype for name, tensor in stored_tensors(folder).items() if _is_weight(name) and tensor.dtype not in _FLOATS})
    return f"{', '.join(other)} weights" if other else None


def embedding_rows(folder: Path) -> int | None:
    """How many tokens the stored embeddings have a row for, where they can be told by name."""
    rows = [tensor.shape[0] for name, tensor in stored_tensors(folder).items() if name.endswith(_EMBEDDINGS) and len(tensor.shape) == 2]
    return min(rows, default=None)


def setting(folder: Path, name: str) -> Any:
    """A setting of ``config.json``, or of its part about text where a base reads more than that; nothing where neither has it."""
    config = read_json(folder / "config.json")
    text = config.get("text_config")
    return config[name] if name in config else text.get(name) if isinstance(text, dict) else None


def loaded_bytes(folder: Path, bytes_per_weight: int, quantize: str | None = None) -> int | None:
    """What a base takes in memory once it is loaded so; nothing where weights are not safetensors.

    Quantised, the matrices of the layers take half a byte a number; embeddings, head and norms stay at four.
    """
    tensors = stored_tensors(folder)
    if not tensors:
        return None
    if quantize is None:
        return bytes_per_weight * sum(tensor.numbers for tensor in tensors.values())
    return math.ceil(sum(tensor.numbers * (_NF4_BYTES if _is_layer_matrix(name, tensor) else 4) for name, tensor in tensors.items()))


def lora_numbers(folder: Path, rank: int, targets: tuple[str, ...]) -> int | None:
    """How many numbers an adapter of that rank has; nothing where weights are not safetensors."""
    tensors = stored_tensors(folder)
    if not tensors:
        return None
    everywhere = targets == ("all-linear",)
    return sum(
        rank * sum(tensor.shape)
        for name, tensor in tensors.items()
        if _is_layer_matrix(name, tensor) and (everywhere or name.split(".")[-2] in targets)
    )


def _is_weight(name: str) -> bool:
    return name.endswith((".weight", ".qweight", ".weight_packed"))


def _is_layer_matrix(name: str, tensor: Tensor) -> bool:
    return len(tensor.shape) == 2 and name.endswith(".weight") and not name.endswith((*_EMBEDDINGS, "lm_head.weight", "wpe.weight"))
