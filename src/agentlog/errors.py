"""Every error that agentlog or its trainer raises on purpose.

    AgentlogError
    ├── SettingError          agentlog.yaml, an option or an argument is wrong
    ├── MissingExtraError     an optional dependency is not installed
    ├── LogError              the log cannot be read or written
    ├── ImportRefusedError    a foreign log cannot be read at all
    ├── RecogniserError       a recogniser of the user's own, or a model, failed on a text
    ├── EngineError           a worker died, or something cannot be sent to one or back
    ├── BuildRefusedError     a dataset cannot be built from what there is
    ├── DatasetError          a dataset is missing, damaged or already there
    ├── RenderError           a row cannot be rendered with provably right labels
    ├── TrainingRefusedError  preflight said no, before a second of training
    ├── TrainingStoppedError  a guard or a signal stopped a run that had begun
    ├── EvaluationError       adapter and baseline cannot be compared
    ├── VaultError            an adapter is missing, damaged or already there
    └── EndpointError         a served model cannot be asked, or renders otherwise than training did

A message says what happened, to which thing, and what to do. The command line prints it as one line; anything that is not an
``AgentlogError`` is a bug and keeps its traceback. A bad row is no error but data: a drop with a reason.
"""


class AgentlogError(Exception):
    """Base of every error that a user can mend."""


class SettingError(AgentlogError):
    """A setting, option or argument is wrong."""


class MissingExtraError(AgentlogError):
    """An optional dependency is not installed."""


class LogError(AgentlogError):
    """The log cannot be read or written."""


class ImportRefusedError(AgentlogError):
    """A foreign log cannot be read at all."""


class RecogniserError(AgentlogError):
    """A recogniser of the user's own, or a model that looks for names, failed on a text; the message never holds any of it."""


class EngineError(AgentlogError):
    """A worker of an engine died, or a batch or a result cannot be carried to it or back."""


class BuildRefusedError(AgentlogError):
    """No dataset can be built from what there is."""


class DatasetError(AgentlogError):
    """A dataset is missing, damaged or already there."""


class RenderError(AgentlogError):
    """A row cannot be rendered with labels that are provably right."""


class TrainingRefusedError(AgentlogError):
    """Preflight found a reason not to train."""


class TrainingStoppedError(AgentlogError):
    """A guard stopped a training run, or whoever asked for it by a signal; ``signal`` is its number."""

    def __init__(self, message: str, signal: int | None = None) -> None:
        super().__init__(message)
        self.signal = signal


class EvaluationError(AgentlogError):
    """Adapter and baseline cannot be compared."""


class VaultError(AgentlogError):
    """An adapter is missing, damaged or already there."""


class EndpointError(AgentlogError):
    """A served model cannot be asked, or renders a conversation otherwise than training did."""
