"""Metrics of one answer against its reference. Pure functions of two texts.

Exact match is equality after Unicode normalisation (NFC) and with runs of white space as one space; case and punctuation count, since
they do in code. Token F1 is the measure of SQuAD (Rajpurkar et al. 2016, arXiv 1606.05250): the harmonic mean of precision and recall
over the two bags of tokens; its lower-casing and dropping of articles and punctuation are left out for the same reason, and a token is
a run of word characters or one other visible character.
"""

import re
import unicodedata
from collections import Counter

_TOKEN = re.compile(r"\w+|[^\w\s]")


def exact_match(answer: str, reference: str) -> float:
    """1 if both say the same, 0 otherwise."""
    return float(_normalised(answer) == _normalised(reference))


def token_f1(answer: str, reference: str) -> float:
    """The F1 of the answer's tokens, between 0 and 1; two texts without tokens agree."""
    mine, theirs = Counter(_tokens(answer)), Counter(_tokens(reference))
    if not mine or not theirs:
        return float(mine == theirs)
    return 2 * (mine & theirs).total() / (mine.total() + theirs.total())


def _normalised(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFC", text))
