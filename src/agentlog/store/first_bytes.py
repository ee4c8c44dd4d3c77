"""What a line says of itself in its first bytes, told without parsing it.

Lines that agentlog wrote begin in one of a few ways, with UUIDs at fixed places. Where a line begins so, its id can be cut out; of any
other line nothing is claimed, and it must be parsed. Whether the rest of the line is in order is another question.
"""

import re

from agentlog.schema.migrate import CURRENT_VERSION

OWN_INTERACTION = b'{"event":"interaction","schema_version":%d,"id":"' % CURRENT_VERSION
OWN_ID = slice(len(OWN_INTERACTION), len(OWN_INTERACTION) + 36)
OWN_RESULT = b'{"event":"result","id":"'
OWN_LATER = (OWN_RESULT, b'{"event":"feedback","id":"')

# Of the ways to take an id out of bytes this is the fastest: one call in C that also makes sure that nothing in the id is escaped.
_ID = rb"([0-9a-f-]{36})"
_DATE = rb"[1-9]\d{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_TIME = rb"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z"
own_interaction = re.compile(re.escape(OWN_INTERACTION) + _ID + rb'","timestamp":"').match
"""Group 1 is the id of the interaction that a line is."""
own_later = re.compile(
    rb'\{"event":"(?:result|feedback)","id":"[0-9a-f-]{36}","interaction_id":"%b","timestamp":"%bT%b",' % (_ID, _DATE, _TIME)
).match
"""Group 1 is the id of the interaction that the result or feedback in a line points at; all up to the end of the match is in order."""
OWN_TARGET = slice(80, 116)
"""Where a result of our own making has the id it points at."""
OWN_OUTCOME = slice(158, None)
"""Where it says what came of it, to the end of the line."""
