"""What a run or an evaluation is asked to do: frozen, complete, and the same in YAML, in the run folder and on the adapter's card.

Everything has a default but the role and the base model: a base that nobody named is how a convenient model gets trained instead of
the deployed one. An unknown key is an error, because a setting that is silently ignored is worse than none.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

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


Policy = Literal["off", "warn", "stop"]
"""What a guard does once it is sure: nothing, say so, or say so first and stop the run when it lasts."""


class GuardConfig(_Config):
    """What a run does about a loss that goes wrong. A loss or gradient that is not finite always stops it."""

    spikes: Policy = "stop"
    """The loss leaps far above what it was."""
    near_zero: Policy = "stop"
    """The training loss is next to nothing: the rows are learned by heart, or the targets are not what they should be."""
    no_learning: Policy = "warn"
    """The loss has not fallen since the run began."""
    overfitting: Policy = "stop"
    """The training loss falls while the validation loss rises."""
    answers: Policy = "warn"
    """Sample generations are empty, or repeat themselves without end."""


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
    """``batch_size * accumulation`` rows of the dataset make an optimizer step; how they are cut into passes changes no gradient."""
    batch_tokens: int | None = Field(None, ge=1)
    """The most tokens of one pass through the model; a longer row goes alone. What memory allows when left out."""
    max_length: int | None = Field(None, ge=8)
    """The longest row in tokens; what the base was made for when left out. No row is ever cut inside a target."""
    overlong: Literal["refuse", "window"] = "refuse"
    """What happens to longer rows: the run is refused, or they become windows that keep the task and the newest turns."""
    warmup_ratio: float = Field(0.03, ge=0, lt=1)
    """The share of the steps over which the learning rate rises."""
    weight_decay: float = Field(0.01, ge=0)
    max_grad_norm: float = Field(1.0, gt=0)
    seed: int = Field(42, ge=0)
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """The precision of the base; auto is what is faster on this machine, by measurement."""
    quantize: Literal["nf4"] | None = None
    """Train on a 4-bit copy of the full-precision base (QLoRA); the card records it."""
    gradient_checkpointing: Literal["auto", "on", "off"] = "auto"
    """Compute activations twice to save memory; auto does so only when the longest row would not fit otherwise."""
    threads: int | None = Field(None, ge=1)
    """CPU threads; one per physical core when left out."""
    save_every: int | None = Field(None, ge=1)
    """Steps between two checkpoints; one per epoch when left out."""
    keep_checkpoints: int = Field(3, ge=1)
    """Older checkpoints of this run than its newest so many go to the trash; the best one never does."""
    evaluate_every: int | None = Field(None, ge=1)
    """Steps between two check-ups; one per epoch when left out."""
    patience: int | None = Field(None, ge=1)
    """Check-ups without a better validation loss after which the run ends and the best adapter is kept; all epochs when left out."""
    guards: GuardConfig = GuardConfig()
    sample_tokens: int = Field(96, ge=1)
    """How long the sample generation of each check-up may get."""
    report_to: tuple[Literal["tensorboard", "mlflow", "wandb"], ...] = ()
    """Where metrics go besides ``metrics.jsonl``; each must be installed."""
    allow_hub: bool = False
    """Whether the base may be fetched from the hub when it is not in the local cache."""
    accept: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] | None = None
    """The written reason for training in spite of a mismatch of models or a failed gate; kept on the adapter's card."""

    @property
    def rows_per_step(self) -> int:
        """Rows of the dataset that one optimizer step sees."""
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
