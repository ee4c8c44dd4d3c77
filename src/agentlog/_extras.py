"""Optional dependencies, asked for by name at the moment they are needed."""

import importlib
import importlib.util
from collections.abc import Iterable
from types import ModuleType

from agentlog.errors import MissingExtraError


def require_all(modules: Iterable[str], extra: str) -> None:
    """Make sure that optional modules are there before anything is begun that needs them.

    Raises:
        MissingExtraError: one is not installed; the message says which extra brings it.
    """
    for module in modules:
        require(module, extra)


def require_installed(module: str, extra: str) -> None:
    """Make sure that an optional module is there, without the time that importing it takes.

    Raises:
        MissingExtraError: it is not installed; the message says which extra brings it.
    """
    if importlib.util.find_spec(module) is None:
        raise MissingExtraError(f"{module} is not installed: pip install 'agentlog[{extra}]'")


def require(module: str, extra: str) -> ModuleType:
    """Import an optional module.

    Raises:
        MissingExtraError: it is not installed; the message says which extra brings it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not module.startswith(error.name):
            raise
        raise MissingExtraError(f"{module} is not installed: pip install 'agentlog[{extra}]'") from error
