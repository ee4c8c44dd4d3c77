"""What a run or an evaluation is asked to do: frozen, complete, and the same in YAML, in the run folder and on the adapter's card.

Everything has a default but the role and the base model: a base that nobody named is how a convenient model gets trained instead of
the deployed one. An unknown key is an error, because a setting that is silently ignored is worse than none.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from agentlog.errors import SettingError

ROLE_PATTERN = r"^[^./\\][^/\\]*$"


_MOST = 2**31 - 1
"""The largest whole number that any library behind a setting takes; a card could not be written with one of more than 64 bits."""


def _switch(value: object) -> object:
    # To YAML, a bare on or off is a truth value.
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


_Switch = BeforeValidator(_switch)
_Whole = Annotated[int, Field(ge=1, le=_MOST), BeforeValidator(_no_truth)]
_Number = Annotated[float, BeforeValidator(_no_truth)]


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice, of which YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is given twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


class _Config(BaseModel):
    # Infinity has no form in JSON: an adapter's card would be written with nothing in its place, and could never be read again.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def from_yaml(cls, path: Path, **overrides: Any) -> Self:
        """The configuration of a YAML file; overrides that are not None stand above it.

        Raises:
            SettingError: the file cannot be read, or a setting in it is unknown, missing or wrong.
        """
        try:
            said = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader) or {}
        except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
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
            raise SettingError(f"{source}: {where or 'settings'}: {problem['msg'].removeprefix('Value error, ')}") from error

    def to_yaml(self) -> str:
        """The configuration as YAML that `from_yaml` reads back to an equal one."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)


class LoraConfig(_Config):
    """The low-rank adapter: ``alpha / r`` scales what it adds to each target module."""

    r: _Whole = 8
    alpha: _Whole = 32
    dropout: _Number = Field(0.1, ge=0, lt=1)
    target_modules: tuple[str, ...] = Field(("q_proj", "v_proj"), min_length=1)


Policy = Annotated[Literal["off", "warn", "stop"], _Switch]
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
    learning_rate: _Number = Field(2e-4, gt=0)
    epochs: _Whole = 3
    batch_size: _Whole = 4
    accumulation: _Whole = 4
    """``batch_size * accumulation`` rows of the dataset make an optimizer step; how they are cut into passes changes no gradient."""
    batch_tokens: _Whole | None = None
    """The most tokens of one pass through the model; a longer row goes alone. What memory allows when left out."""
    max_length: Annotated[_Whole, Field(ge=8)] | None = None
    """The longest row in tokens; what the base was made for when left out. No row is ever cut inside a target."""
    overlong: Literal["refuse", "window"] = "refuse"
    """What happens to longer rows: the run is refused, or they become windows that keep the task and the newest turns."""
    untrainable: Literal["refuse", "leave_out"] = "refuse"
    """What happens to answers that cannot be proven, or fit in no window: the run is refused, or they are counted and carry no loss."""
    warmup_ratio: _Number = Field(0.03, ge=0, lt=1)
    """The share of the steps over which the learning rate rises."""
    weight_decay: _Number = Field(0.01, ge=0)
    max_grad_norm: _Number = Field(1.0, gt=0)
    seed: Annotated[int, BeforeValidator(_no_truth)] = Field(42, ge=0, le=_MOST)
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """The precision of the base; auto is what is faster on this machine, by measurement."""
    quantize: Literal["nf4"] | None = None
    """Train on a 4-bit copy of the full-precision base (QLoRA); the card records it."""
    gradient_checkpointing: Annotated[Literal["auto", "on", "off"], _Switch] = "auto"
    """Compute activations twice to save memory; auto does so only when the longest row would not fit otherwise."""
    threads: _Whole | None = None
    """CPU threads; one per physical core when left out."""
    save_every: _Whole | None = None
    """Steps between two checkpoints; one per epoch when left out."""
    keep_checkpoints: _Whole = 3
    """Older checkpoints of this run than its newest so many go to the trash; the best one never does."""
    evaluate_every: _Whole | None = None
    """Steps between two check-ups; one per epoch when left out."""
    patience: _Whole | None = None
    """Check-ups without a better validation loss after which the run ends and the best adapter is kept; all epochs when left out."""
    guards: GuardConfig = GuardConfig()
    sample_tokens: _Whole = 96
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
    base_model: Annotated[str, Field(min_length=1)] | None = None
    """Where the base lies now; where the card says, when left out. It must be the same by content."""
    limit: _Whole | None = None
    """The most answers to compare, drawn by the seed; all when left out."""
    batch_size: _Whole = 8
    max_new_tokens: _Whole | None = None
    """The longest answer; half as long again as the longest reference when left out."""
    confidence: _Number = Field(0.95, gt=0.5, lt=1)
    rounds: Annotated[_Whole, Field(ge=100)] = 2000
    """Bootstrap resamples behind each interval."""
    seed: Annotated[int, BeforeValidator(_no_truth)] = Field(42, ge=0, le=_MOST)
    dtype: Literal["auto", "float32", "bfloat16"] | None = None
    """The precision of the base; that of the training when left out."""
    allow_hub: bool = False
