"""What a line says of itself in its first bytes, told without parsing it.

Lines that agentlog wrote begin in one of a few ways, with ids of 36 characters at fixed places. Where a line begins so, its id can be cut
out; of any other line nothing is claimed, and it must be parsed. Whether the rest of the line is in order is another question.
"""

_INTERACTION = b'{"event":"interaction","schema_version":1,"id":"'
_RESULT, _FEEDBACK = b'{"event":"result","id":"', b'{"event":"feedback","id":"'
_TIME = b'","timestamp":"'
_TARGET = b'","interaction_id":"'
_ID = 36
_AT = len(_INTERACTION)
_BEHIND = _AT + _ID
_BEHIND_TIME = _BEHIND + len(_TIME)


def interaction_id(raw: bytes) -> bytes | None:
    """The id of the interaction that this line is; None if the line must be parsed to know."""
    if raw[:_AT] == _INTERACTION and raw[_BEHIND:_BEHIND_TIME] == _TIME:
        name = raw[_AT:_BEHIND]
        if b"\\" not in name and b'"' not in name:
            return name
    return None


def target_id(raw: bytes) -> bytes | None:
    """The id that the result or feedback in this line points at; None if the line must be parsed to know."""
    for begins in (_RESULT, _FEEDBACK):
        if raw.startswith(begins):
            own = len(begins) + _ID
            target = own + len(_TARGET)
            end = target + _ID
            if raw[own:target] == _TARGET and raw[end : end + len(_TIME)] == _TIME:
                ids = raw[len(begins) : own] + raw[target:end]
                return None if b"\\" in ids or b'"' in ids else raw[target:end]
    return None
