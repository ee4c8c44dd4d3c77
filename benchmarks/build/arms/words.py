"""Words: the shingles that a user of a MinHash library makes before it begins: word 5-grams in Python."""

import re

_WORD = re.compile(r"\w+")


def shingles(text: str, ngram: int = 5) -> set[str]:
    """The word n-grams of a text."""
    words = _WORD.findall(text.lower())
    if len(words) <= ngram:
        return {" ".join(words)}
    return {" ".join(words[start : start + ngram]) for start in range(len(words) - ngram + 1)}
