"""Credentials: agents, clients and the functions that call models carry keys about with them, and nobody means to log those.

They are told by the name they go by, of a field or an argument, and not by what they look like: that is what scrubbing is for.
"""

import re
from functools import lru_cache
from typing import Any

# Settings are no deeper than this, and looking further would cost more than it finds.
_LEVELS, _MOST_PARTS, _LONGEST_NAME = 5, 100, 60
WITHHELD = "[withheld: credential]"
_NAME = re.compile(
    r"(?:^|[_-])(?:api[_-]?key|secret|password|passwd|credentials?|authorization|(?:access|auth|bearer|refresh)[_-]token|private[_-]key)(?:[_-]|$)",
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


def without_nested_credentials(value: Any, levels: int = _LEVELS) -> Any:
    """The same within dictionaries and lists, as settings of clients and headers have them; what holds none comes back itself."""
    if levels == 0 or not holds_credentials(value, levels):
        return value
    if type(value) is dict:
        return {name: Credential() if _names(name, part) else without_nested_credentials(part, levels - 1) for name, part in value.items()}
    return [without_nested_credentials(part, levels - 1) for part in value]


def holds_credentials(value: Any, levels: int = _LEVELS) -> bool:
    """Whether a dictionary within so many levels has a credential."""
    if levels == 0:
        return False
    if type(value) is dict:
        return any(_names(name, part) or holds_credentials(part, levels - 1) for name, part in list(value.items()))
    return type(value) is list and any(holds_credentials(part, levels - 1) for part in value[:_MOST_PARTS])


def _names(name: Any, part: Any) -> bool:
    return part is not None and type(name) is str and len(name) <= _LONGEST_NAME and is_credential(name)
