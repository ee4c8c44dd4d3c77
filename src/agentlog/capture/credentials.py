"""Credentials: agents, clients and the functions that call models carry keys about with them, and nobody means to log those.

They are told by the name they go by, of a field or an argument, and not by what they look like: that is what scrubbing is for.
"""

import re
from functools import lru_cache
from typing import Any

WITHHELD = "[withheld: credential]"
_NAME = re.compile(
    r"(?:^|_)(?:api_?key|secret|password|passwd|credentials?|authorization|(?:access|auth|bearer|refresh)_token|private_key)(?:_|$)",
    re.IGNORECASE,
)


class Credential:
    """Stands where a credential stood."""


@lru_cache(maxsize=1024)
def is_credential(name: str) -> bool:
    """Whether what goes by this name is a credential."""
    return _NAME.search(name) is not None


def without_credentials(named: dict[str, Any]) -> dict[str, Any]:
    """Arguments by name, the credentials among them replaced."""
    if not any(map(is_credential, named)):
        return named
    return {name: Credential() if value is not None and is_credential(name) else value for name, value in named.items()}
