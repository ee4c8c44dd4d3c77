"""Presidio, loaded without a socket, and without what it does not need.

Importing Presidio imports spaCy's command line, and with it a library for requests, which on import opens a socket to see whether the
machine has IPv6. Nothing is sent, but who forbids sockets would see one; so while that library is imported, Python says that there is no
IPv6, and what the library made of it is put right afterwards.

It also imports torch and transformers where they are installed, which takes seconds and is of use for models only. In a library that would
be nobody's business; a command that ends when it is done may keep them out of its process and of those it starts.
"""

import importlib
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from types import ModuleType

from agentlog._extras import require

_ASKS = "urllib3.util.connection"
_LIGHT = "AGENTLOG_LIGHT_PRESIDIO"
_HEAVY = ("torch", "transformers", "tensorflow", "mxnet", "cupy")


def keep_light() -> None:
    """Have Presidio loaded without deep-learning packages, here and in processes begun here; for programs that use no model and end."""
    os.environ[_LIGHT] = "1"


@lru_cache(maxsize=1)
def load_presidio() -> ModuleType:
    """The package ``presidio_analyzer``.

    Raises:
        MissingExtraError: it is not installed.
    """
    if _ASKS not in sys.modules:
        _import_without_asking()
    with _nothing_heavy() if os.environ.get(_LIGHT) else nullcontext():
        return require("presidio_analyzer", "build")


@contextmanager
def _nothing_heavy() -> Iterator[None]:
    """While this lasts, packages that are not loaded yet cannot be."""
    hidden = [name for name in _HEAVY if name not in sys.modules]
    # None is how Python is told that there is no such module.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _import_without_asking() -> None:
    has = socket.has_ipv6
    socket.has_ipv6 = False
    try:
        module = importlib.import_module(_ASKS)
    except ModuleNotFoundError:
        return  # an installation without it has nobody who asks
    finally:
        socket.has_ipv6 = has
    vars(module)["HAS_IPV6"] = has
