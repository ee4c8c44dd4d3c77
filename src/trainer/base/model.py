"""Model: the named base, loaded as it is, and the adapter that is put on it or taken from a file.

Loading stays offline. transformers only warns when tensors are missing (and draws them at random), left over or of another size, and
says nothing of NaN; here each is a refusal. So is a base that somebody has quantised before: a 4-bit copy is made here, from the full
precision, or not at all. A target module that does not exist is refused, with those that do. An adapter read from a file must fill
exactly the tensors that its configuration makes: peft would only warn of missing ones and leave them random.
"""

import math
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import peft
import torch
import transformers
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from agentlog._io.atomic import write_file
from agentlog.errors import TrainingRefusedError, VaultError
from trainer.base.dropout import put_bit_dropout
from trainer.base.weights import quantised_as, setting, weight_files
from trainer.config import LoraConfig
from trainer.offline import require_offline, stay_offline

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
ALL_LINEAR = "all-linear"

_LOADING_ERRORS = (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError, StrictDataclassError)


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a base.

    Raises:
        TrainingRefusedError: the folder holds none that can be loaded.
    """
    try:
        return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        why = _unknown_architecture(folder) or " ".join(str(error).split())[:200]
        raise TrainingRefusedError(f"the tokenizer of {folder} cannot be loaded ({why})") from error


def load_base(folder: Path, dtype: str, *, quantize: str | None = None, allow_hub: bool = False) -> Any:
    """The base model, on the fastest device there is, in evaluation mode.

    ``quantize="nf4"`` makes a 4-bit copy of the matrices in its layers (QLoRA): NF4 with quantised scales, computing in ``dtype``; all
    else (embeddings, norms, head) is float32 then, as peft prepares such a base.

    Raises:
        MissingExtraError: ``quantize`` needs bitsandbytes.
        TrainingRefusedError: the folder holds no whole, finite, full-precision causal language model.
    """
    method = quantised_as(folder)
    if method is not None:
        raise TrainingRefusedError(
            f"the base {folder} is quantised already ({method}): name the full-precision model that it was made from; "
            "if memory is short, train that one with --quantize nf4"
        )
    settings: dict[str, Any] = {"dtype": dtype}
    if quantize is not None:
        _insist_finite(folder, _stored(folder))
        settings = _nf4(dtype)
    stay_offline(allow_hub)
    try:
        with _quiet():
            model, told = transformers.AutoModelForCausalLM.from_pretrained(
                folder,
                local_files_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                trust_remote_code=False,  # left out, it would ask whoever sits at the terminal
                **settings,
            )
    except _LOADING_ERRORS as error:
        why = _unknown_architecture(folder) or " ".join(str(error).split())[:200]
        raise TrainingRefusedError(f"the base {folder} cannot be loaded ({why})") from error
    _insist_whole(folder, told)
    if quantize is None:
        _insist_finite(folder, model.state_dict(keep_vars=True).items())
        return model.to(device())
    return _keep_unpacked(model)


def device() -> torch.device:
    """Where models run here."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def attach_lora(base: Any, config: LoraConfig, name: str, seed: int) -> Any:
    """A fresh adapter on a base, drawn by the seed; ``name`` is the base's, for the adapter's own configuration file.

    The adapter's weights are float32 whatever the base's precision is. The target ``all-linear`` stands for every linear layer but the
    head.

    Raises:
        TrainingRefusedError: a target module does not exist in the base.
    """
    linear = _linear_names(base)
    if not linear:
        raise TrainingRefusedError(f"the base ({type(base).__name__}) has no linear layer that LoRA could go on: it cannot be trained")
    targets = linear if config.target_modules == (ALL_LINEAR,) else list(config.target_modules)
    missing = [module for module in targets if module not in linear]
    if missing:
        raise TrainingRefusedError(
            f"the base has no module {', '.join(missing)} for LoRA; it has {', '.join(linear)}: name some of these, or {ALL_LINEAR} alone"
        )
    transformers.set_seed(seed)
    lora = peft.LoraConfig(
        r=config.r,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by a name that it has since changed
        model = peft.get_peft_model(base, lora)
    model.peft_config["default"].base_model_name_or_path = name
    put_bit_dropout(model)
    return model


def checkpoint_gradients(model: Any) -> None:
    """Let a model compute the activations of each layer twice instead of keeping them."""
    base = model.get_base_model() if isinstance(model, peft.PeftModel) else model
    # Newer versions of transformers know the first name and warn of the second, which is all that older ones have.
    enable = getattr(base, "activation_checkpointing_enable", None) or base.gradient_checkpointing_enable
    # Not re-entrant: the base is frozen, so no input of its layers needs a gradient, and the re-entrant kind would give none at all.
    enable({"use_reentrant": False})


def write_adapter(model: Any, folder: Path) -> None:
    """The adapter's weights and configuration into a folder, each file whole or not at all; the hub is not asked anything."""
    tensors = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    write_file(folder / WEIGHTS, save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, {"format": "pt"}))
    said = {**model.peft_config["default"].to_dict(), "inference_mode": True}
    # peft writes a set in whatever order this process hashes it, so that equal adapters would have unequal files.
    said = {name: sorted(value) if isinstance(value, set) else value for name, value in said.items()}
    write_file(folder / CONFIG, orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


def read_adapter(base: Any, folder: Path) -> Any:
    """The base with a stored adapter on it, ready to answer.

    An adapter that was trained on a 4-bit copy goes onto the full-precision base like any other: that is what will serve it.

    Raises:
        VaultError: the stored tensors are not those that the adapter's configuration makes on this base.
    """
    config = peft.PeftConfig.from_pretrained(folder)
    config.base_model_name_or_path = None  # peft would warn that the base has another path; fingerprints have told that it is the same
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = peft.get_peft_model(base, config)
    stored = load_file(folder / WEIGHTS)
    made = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    if {name: tensor.shape for name, tensor in stored.items()} != {name: tensor.shape for name, tensor in made.items()}:
        raise VaultError(f"{folder / WEIGHTS} does not fit its base: the tensors differ from those its configuration makes")
    peft.set_peft_model_state_dict(model, stored)
    return model.eval()


def _linear_names(base: Any) -> list[str]:
    """The last names of all linear layers but the head's: short ones, which is what servers look for in an adapter's configuration."""
    head = base.get_output_embeddings()
    modules = base.named_modules()
    return sorted({path.rpartition(".")[2] for path, module in modules if isinstance(module, torch.nn.Linear) and module is not head})


def _nf4(compute: str) -> dict[str, Any]:
    require_offline(("bitsandbytes",), "quant")
    quantization = transformers.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=getattr(torch, compute)
    )
    return {"dtype": torch.float32, "quantization_config": quantization, "device_map": {"": str(device())}}


def _keep_unpacked(model: Any) -> Any:
    import bitsandbytes

    for module in model.modules():
        if isinstance(module, bitsandbytes.nn.Linear4bit):
            # On CPUs with AVX512-BF16 the first forward in evaluation mode would repack the weights in place for inference: it computes
            # in another precision than training, and the training that goes on afterwards has no gradient through them.
            module.support_avx512bf16_for_cpu = False
    return model


def _unknown_architecture(folder: Path) -> str | None:
    """What a configuration says that it is, where that is nothing that transformers can train; its own words are a list of all it knows."""
    kind = setting(folder, "model_type")
    if kind is None:
        return "its config.json says no model_type"
    if kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        return None
    if setting(folder, "auto_map"):
        return f"model_type {kind}: it comes with code of its own, which is never run here"
    what = "no causal language model" if kind in CONFIG_MAPPING_NAMES else "unknown"
    return f"model_type {kind}: that is {what} to transformers {transformers.__version__}; a newer one may know it"


def _insist_whole(folder: Path, told: dict[str, Any]) -> None:
    wrong = {
        "missing tensors": sorted(told["missing_keys"]),
        "tensors that belong to no part of it": sorted(told["unexpected_keys"]),
        "tensors of another size than config.json says": sorted(
            f"{key[0]} {list(key[1])}, not {list(key[2])}" if isinstance(key, tuple) else str(key) for key in told["mismatched_keys"]
        ),
    }
    found = [f"{what}: {', '.join(names[:2])}{f' and {len(names) - 2} more' * (len(names) > 2)}" for what, names in wrong.items() if names]
    if found:
        raise TrainingRefusedError(
            f"the base {folder} is not whole ({'; '.join(found)}): its files and its config.json do not belong together, "
            "fetch or copy the base anew"
        )


def _insist_finite(folder: Path, tensors: Iterable[tuple[str, torch.Tensor]]) -> None:
    for name, tensor in tensors:
        if not tensor.is_floating_point() or not tensor.numel():
            continue
        # Least and greatest pass NaN on, need one walk through the weights, and no second tensor of their size.
        if not all(math.isfinite(float(end)) for end in torch.aminmax(tensor.detach())):
            raise TrainingRefusedError(f"the base {folder} has NaN or infinity in {name}: its weights are damaged, fetch or copy it anew")


def _stored(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    files = weight_files(folder)
    if not files:
        raise TrainingRefusedError(f"the base {folder} has no safetensors, so a 4-bit copy cannot be checked: save it as safetensors first")
    for path in files:
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - the file is no dictionary
                yield name, file.get_tensor(name)


@contextmanager
def _quiet() -> Iterator[None]:
    # The loading bar and the table of what did not fit would write to a terminal that belongs to the caller, who gets one line instead.
    told = transformers.utils.logging
    shown, level = told.is_progress_bar_enabled(), told.get_verbosity()
    told.disable_progress_bar()
    told.set_verbosity_error()
    try:
        yield
    finally:
        told.set_verbosity(level)
        if shown:
            told.enable_progress_bar()
