"""Wallets: addresses of Bitcoin, by their checksum, and of Ethereum and its kin.

Bitcoin's addresses (base58check and bech32) have a checksum, which Presidio's recogniser judges. Ethereum's are 40 hexadecimal digits after
``0x``; in mixed case they carry a checksum of their own (EIP-55), and nothing else is written in mixed case; in one case they count where
a word says that it is a wallet.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.patterns.judges import passes
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

NAME = "crypto"
_TO_LETTERS = bytes.maketrans(b"0f", b"aa")
_SHORTEST = 26
_LONGEST = 62
_TOKEN = re.compile(r"[A-Za-z0-9]++")
_BITCOIN = re.compile(r"(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|(?:bc1|BC1)[02-9A-Za-z]{23,59})")
_SAID = re.compile(r"(?i)wallet|\beth(?:er|ereum)?\b|crypto|metamask|deposit|erc-?20|usdt|usdc|polygon|(?:sender|recipient|payout)")
_NEAR = 60


def find(text: Text, shape: bytes) -> Iterator[Span]:
    """The wallets in a text."""
    run = b"a" * _SHORTEST
    letters = shape.translate(_TO_LETTERS)
    place = letters.find(run)
    while place >= 0:
        token = _TOKEN.match(text.view, place)
        if token is None:
            break
        if (place == 0 or text.view[place - 1] not in "_") and (span := _judged(text.view, token)):
            yield span
        place = letters.find(run, token.end())


def _judged(view: str, token: re.Match[str]) -> Span | None:
    value, start, end = token[0], token.start(), token.end()
    if not _SHORTEST <= len(value) <= _LONGEST or view[end : end + 1] in ("_", "="):
        return None
    if value[0] in "13bB" and _BITCOIN.fullmatch(value):
        right = passes("CryptoRecognizer", value.lower() if value[0] == "B" else value)
        return Span(start, end, "CRYPTO", NAME, 1.0) if right else None
    if value[:2] == "0x" and len(value) == 42 and _is_ether(view, value, start, end):
        return Span(start, end, "CRYPTO", NAME, 0.8)
    return None


def _is_ether(view: str, value: str, start: int, end: int) -> bool:
    digits = value[2:]
    if len(set(digits.lower())) < 6 or not re.fullmatch(r"[\da-fA-F]{40}", digits):
        return False
    mixed = not digits.islower() and not digits.isupper()
    return mixed or bool(_SAID.search(view, max(start - _NEAR, 0), start) or _SAID.search(view, end, end + _NEAR // 2))
