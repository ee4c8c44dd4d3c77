"""Secrets: what opens something (tokens, passwords, keys, cookies), wherever in a text it stands.

One file holds one way in which secrets show themselves: `tokens` by a vendor's form, `assignments` by a telling name, `headers`, `urls`,
`commands`, `calls`, `columns`, `key_blocks` and `hashes` by what stands around them, `telling_key` by the key in JSON, `encoded` any of
these once they are decoded. `harmless` and `names` say what is none. A secret with neither form nor name nor surroundings is not found.
"""

from agentlog.privacy.detector import Detector
from agentlog.privacy.recogniser import Recogniser
from agentlog.privacy.secrets.assignments import assignment
from agentlog.privacy.secrets.calls import calls
from agentlog.privacy.secrets.columns import columns
from agentlog.privacy.secrets.commands import commands
from agentlog.privacy.secrets.encoded import encoded
from agentlog.privacy.secrets.hashes import hashes
from agentlog.privacy.secrets.headers import headers
from agentlog.privacy.secrets.key_blocks import key_blocks
from agentlog.privacy.secrets.telling_key import telling_key
from agentlog.privacy.secrets.tokens import tokens
from agentlog.privacy.secrets.urls import urls

__all__ = ["recognisers"]


def recognisers() -> list[Recogniser]:
    """All recognisers of secrets; their spans have the entity ``SECRET``."""
    plain: list[Recogniser] = [*tokens(), assignment(), *urls(), *headers(), *key_blocks(), *hashes(), *commands(), *calls(), *columns()]
    return [*plain, *encoded(Detector(plain).find, [anchor for token in tokens() for anchor in token.anchors]), telling_key()]
