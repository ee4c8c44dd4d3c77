"""What a run or an evaluation is asked to do: frozen, complete, and the same in YAML, in the run folder and on the adapter's card.

Everything has a default but the role and the base model: a base that nobody named is how a convenient model gets trained instead of
the deployed one. An unknown key is an error, because a setting that is silently ignored is worse than none.
"""

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentlog.errors import SettingError

ROLE_PATTERN = r"^[^./\\][^/\\]*$"


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def from_yaml(cls, path: Path, **overrides: Any) -> Self:
        """The configuration of a YAML file; overrides that are not None stand above it.

        Raises:
            SettingError: the file cannot be read, or a setting in it is unknown, missing or wrong.
        """
        try:
            said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise SettingError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
        if not isinstance(said, dict):
            raise SettingError(f"{path}: must be a mapping of settings such as epochs, learning_rate and lora")
        return cls.of(str(path), {**said, **{key: value for key, value in overrides.items() if value is not None}})

    @classmethod
    def of(cls, source: str, settings: dict[str, Any]) -> Self:
        """The configuration that these settings make; ``source`` is named when one is wrong.

        Raises:
            SettingError: a setting is unknown, missing or wrong.
        """
        try:
            return cls.model_validate(settings)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in problem["loc"])
            raise SettingError(f"{source}: {where or 'settings'}: {problem['msg']}") from error

    def to_yaml(self) -> str:
        """The configuration as YAML that `from_yaml` reads back to an equal one."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)


class LoraConfig(_Config):
    """The low-rank adapter: ``alpha / r`` scales what it adds to each target module."""

    r: int = Field(8, ge=1)
    alpha: int = Field(32, ge=1)
    dropout: float = Field(0.1, ge=0, lt=1)
    target_modules: tuple[str, ...] = Field(("q_proj", "v_proj"), min_length=1)


class TrainConfig(_Config):
    """One run."""

    role: str = Field(pattern=ROLE_PATTERN)
    base_model: str = Field(min_length=1)
    """A folder or a hub id; never guessed."""
    dataset: str | None = None
    """A build id; the role's newest dataset when left out."""
    lora: LoraConfig = LoraConfig()
    learning_rate: float = Field(2e-4, gt=0)
    epochs: int = Field(3, ge=1)
    batch_size: int = Field(4, ge=1)
    accumulation: int = Field(4, ge=1)
    """Batches per optimizer step: an effective batch of ``batch_size * accumulation`` rows."""
    max_length: int = Field(2048, ge=8)
    """The longest row in tokens that may be trained; a longer one refuses the run, it is never cut."""
    warmup_ratio: float = Field(0.03, ge=0, lt=1)
    """The share of the steps over which the learning rate rises."""
    weight_decay: float = Field(0.01, ge=0)
    max_grad_norm: float = Field(1.0, gt=0)
    seed: int = Field(42, ge=0)
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """The precision of the base; auto is the one its weights are stored in."""
    save_every: int | None = Field(None, ge=1)
    """Steps between two checkpoints; one per epoch when left out."""
    sample_tokens: int = Field(96, ge=1)
    """How long the sample generation of each evaluation may get."""
    allow_hub: bool = False
    """Whether the base may be fetched from the hub when it is not in the local cache."""
    accept: str | None = Field(None, min_length=1)
    """The written reason for training in spite of a mismatch of models or a failed gate; kept on the adapter's card."""

    @property
    def rows_per_step(self) -> int:
        """Rows that one optimizer step sees."""
        return self.batch_size * self.accumulation


class EvalConfig(_Config):
    """One evaluation of an adapter against its own base."""

    role: str = Field(pattern=ROLE_PATTERN)
    adapter: str | None = None
    """An adapter id; the role's newest when left out."""
    limit: int | None = Field(None, ge=1)
    """The most answers to compare, drawn by the seed; all when left out."""
    batch_size: int = Field(8, ge=1)
    max_new_tokens: int | None = Field(None, ge=1)
    """The longest answer; half as long again as the longest reference when left out."""
    confidence: float = Field(0.95, gt=0.5, lt=1)
    rounds: int = Field(2000, ge=100)
    """Bootstrap resamples behind each interval."""
    seed: int = Field(42, ge=0)
    dtype: Literal["auto", "float32", "bfloat16"] | None = None
    """The precision of the base; that of the training when left out."""
    allow_hub: bool = False
