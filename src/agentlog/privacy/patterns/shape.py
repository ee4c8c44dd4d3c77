"""Shape: the bytes in which the filters of this package look for candidates, one byte for each character of the text.

`Text.shape` is that already where a text is ASCII. Elsewhere its places are not the text's, so another is made, in which every character
beyond ASCII is a question mark. A filter needs no more: what stands beside a candidate is looked at in the text itself.
"""

import string

from agentlog.privacy.text import Text


def _table() -> bytes:
    table = bytearray(range(256))
    for char in string.ascii_letters:
        table[ord(char)] = ord("f" if char in string.hexdigits else "a")
    for char in string.digits:
        table[ord(char)] = ord("0")
    return bytes(table)


_TABLE = _table()


def shape_of(text: Text) -> bytes:
    """Digits as 0, letters a to f as f, other letters of ASCII as a; a place in it is the place in the text."""
    return text.shape if text.view.isascii() else text.view.encode("ascii", "replace").translate(_TABLE)


def alone(view: str, start: int, end: int) -> bool:
    """Whether what stands there is no part of a longer word, number or dotted, dashed or slashed token.

    Numbers may stand in a row with slashes between.
    """
    before, after = view[max(start - 2, 0) : start], view[end : end + 2]
    if before and (before[-1].isalnum() or before[-1] in "_%\\"):
        return False
    if after and (after[0].isalnum() or after[0] == "_"):
        return False
    if len(before) == 2 and before[0].isalnum() and (before[-1] in ".-+" or (before[-1] == "/" and not before[0].isdigit())):
        return False
    return not (len(after) == 2 and after[0] in ".-+" and after[1].isdigit())
