"""Changes: what a record says of values that JSON has no word for.

``metadata.changed`` of an interaction is a list of lines ``<place>: <what was done>``. A place begins with the field of the log line, such
as ``messages[0].content``; what follows the last colon comes from a small vocabulary. It is either another notation of the same thing (a
tuple as a list, a path as its text), with which no text became another, or a loss: the record does not say what the agent said. Capture
writes these lines, and a build reads them to leave such text out of training. A line that nobody knows counts as a loss.
"""

import re
from typing import Any

AS_LIST = "as a list"
AS_DICTIONARY = "as a dictionary"
AS_VALUE = "as its value"
AS_TEXT = "as its text"
AS_FIELDS = "as its fields"
AS_BLOB = "as a blob"

NOTATIONS = (AS_LIST, AS_DICTIONARY, AS_VALUE, AS_TEXT, AS_FIELDS, AS_BLOB)
"""How a change ends that is no loss."""

_FIELD = re.compile(r"\w+")


def is_loss(change: str) -> bool:
    """Whether one line of ``metadata.changed`` tells of something that is not in the record any more."""
    return not change.endswith(NOTATIONS)


def lossy_fields(changed: Any) -> frozenset[str]:
    """The fields of the log line, such as ``messages``, of which something was lost, given the value of ``metadata.changed``."""
    if not isinstance(changed, list):
        return frozenset()
    losses = [str(change) for change in changed if is_loss(str(change))]
    return frozenset(found[0] for loss in losses if (found := _FIELD.match(loss)))
