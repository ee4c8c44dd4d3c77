"""Model: the named base, loaded as it is, and the adapter that is put on it or taken from a file.

Loading stays offline unless the hub was allowed. A target module that does not exist is refused, with those that do. An adapter read
from a file must fill exactly the tensors that its configuration makes: peft would only warn of missing ones and leave them random.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peft
import torch
import transformers
from safetensors.torch import load_file, save_file

from agentlog.errors import TrainingRefusedError, VaultError
from trainer.config import LoraConfig
from trainer.offline import stay_offline

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a base.

    Raises:
        TrainingRefusedError: the folder holds none that can be loaded.
    """
    try:
        return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingRefusedError(f"the tokenizer of {folder} cannot be loaded ({' '.join(str(error).split())[:200]})") from error


def load_base(folder: Path, dtype: str, *, allow_hub: bool = False) -> Any:
    """The base model, on the fastest device there is, in evaluation mode.

    Raises:
        TrainingRefusedError: the folder holds no causal language model that can be loaded.
    """
    stay_offline(allow_hub)
    try:
        with _quiet():
            model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise TrainingRefusedError(f"the base {folder} cannot be loaded ({' '.join(str(error).split())[:200]})") from error
    return model.to(device())


def device() -> torch.device:
    """Where models run here."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def attach_lora(base: Any, config: LoraConfig, name: str, seed: int) -> Any:
    """A fresh adapter on a base, drawn by the seed; ``name`` is the base's, for the adapter's own configuration file.

    Raises:
        TrainingRefusedError: a target module does not exist in the base.
    """
    linear = sorted({path.rpartition(".")[2] for path, module in base.named_modules() if isinstance(module, torch.nn.Linear)})
    missing = [module for module in config.target_modules if module not in linear]
    if missing:
        raise TrainingRefusedError(f"the base has no module {', '.join(missing)} for LoRA; it has {', '.join(linear)}: name some of these")
    transformers.set_seed(seed)
    lora = peft.LoraConfig(
        r=config.r,
        lora_alpha=config.alpha,
        lora_dropout=config.dropout,
        target_modules=list(config.target_modules),
        task_type="CAUSAL_LM",
    )
    model = peft.get_peft_model(base, lora)
    model.peft_config["default"].base_model_name_or_path = name
    return model


def write_adapter(model: Any, folder: Path) -> None:
    """The adapter's weights and configuration into a folder; the hub is not asked anything."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, folder / WEIGHTS, {"format": "pt"})
    config = model.peft_config["default"]
    was, config.inference_mode = config.inference_mode, True
    config.save_pretrained(folder)
    config.inference_mode = was


def read_adapter(base: Any, folder: Path) -> Any:
    """The base with a stored adapter on it, ready to answer.

    Raises:
        VaultError: the stored tensors are not those that the adapter's configuration makes on this base.
    """
    config = peft.PeftConfig.from_pretrained(folder)
    config.base_model_name_or_path = None  # peft would warn that the base has another path; fingerprints have told that it is the same
    model = peft.get_peft_model(base, config)
    stored = load_file(folder / WEIGHTS)
    made = peft.get_peft_model_state_dict(model, save_embedding_layers=False)
    if {name: tensor.shape for name, tensor in stored.items()} != {name: tensor.shape for name, tensor in made.items()}:
        raise VaultError(f"{folder / WEIGHTS} does not fit its base: the tensors differ from those its configuration makes")
    peft.set_peft_model_state_dict(model, stored)
    return model.eval()


@contextmanager
def _quiet() -> Iterator[None]:
    # The loading bar would write to a terminal that belongs to the caller.
    shown = transformers.utils.logging.is_progress_bar_enabled()
    transformers.utils.logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            transformers.utils.logging.enable_progress_bar()
