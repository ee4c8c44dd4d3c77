"""Announced: values that no pattern would know, by the keys, columns and labels that say what they are.

``first_name``, ``email``, ``address``, ``dob``, ``user_id`` and their kin stand in tool output, arguments, YAML, tables, log lines and
prose. `words` says which, by language; `vocabulary` reads a key; `values` judges whether what stands beside it can be what it says;
`in_text`, `tables`, `listed`, `mailbox` and `under_keys` find key and value in texts, tables, headers and JSON values; `said` finds the
names of who greets, signs and introduces themselves. Names that nothing announces are not found here.
"""

from collections.abc import Sequence

from agentlog.privacy.announced import mailbox, said
from agentlog.privacy.announced.details import Details
from agentlog.privacy.announced.in_text import InText
from agentlog.privacy.announced.tables import Tables
from agentlog.privacy.announced.under_keys import UnderKeys
from agentlog.privacy.announced.vocabulary import PEOPLE, Vocabulary
from agentlog.privacy.recogniser import Anchored, Keyed, Recogniser


def recognisers(locales: Sequence[str] = ("en",)) -> list[Recogniser]:
    """What finds announced values; English keys count everywhere, others where their locale (``de``, ``fr``, ``es``, ``it``) is named."""
    vocabulary = Vocabulary(locales)
    in_text, tables = InText(vocabulary), Tables(vocabulary)
    keyed = UnderKeys(vocabulary)
    return [
        Anchored("announced", in_text.anchors, in_text.at),
        Anchored("announced-people", tuple(f"{word}{sign}" for word in PEOPLE for sign in ":*"), in_text.people),
        Anchored("announced-column", tables.anchors, tables.at),
        Anchored("announced-insert", ("insert into",), tables.insert),
        Anchored("announced-detail", (")=(",), Details(vocabulary).at),
        mailbox.RECOGNISER,
        *said.recognisers(locales),
        Keyed("announced-key", keyed.under, vocabulary.announces),
    ]
