"""Which mail addresses in code are those of the people who wrote it: personal data that is rightly replaced, decided mechanically.

Such an address is well formed, at a domain that can be registered, and stands in a comment, in a docstring, or in an assignment to a name
like ``__author__``. An address in a string that a program works with counts as false, real or not.
"""

import io
import re
import tokenize
from functools import lru_cache

_ADDRESS = re.compile(r"[A-Za-z0-9][\w.+-]*@(?:[A-Za-z0-9-]+\.)+([A-Za-z]{2,24})")
_RESERVED = re.compile(r"(?i)@(?:.*\.)?example\.(?:com|org|net)$|\.(?:test|invalid|example|localhost|local|internal)$")
_SAID = {f"__{name}__" for name in ("author", "authors", "contact", "copyright", "credits", "email", "maintainer")}
_BEGINS_A_STATEMENT = {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}


def is_authors_address(text: str, entity: str, start: int | None, end: int | None) -> bool:
    """Whether a replacement is that of an author's address."""
    if entity != "EMAIL_ADDRESS" or start is None or end is None:
        return False
    address = text[start:end]
    if not _ADDRESS.fullmatch(address) or _RESERVED.search(address):
        return False
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1)
    return any(begin <= (line, column) < finish for begin, finish in _remarks(text))


@lru_cache(maxsize=4)
def _remarks(text: str) -> tuple[tuple[tuple[int, int], tuple[int, int]], ...]:
    """The places of comments, of strings that are statements of their own, and of statements that begin with a name that says authors."""
    found = []
    before = tokenize.NEWLINE
    said: tuple[int, int] | None = None
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            begins = before in _BEGINS_A_STATEMENT
            if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and begins):
                found.append((token.start, token.end))
            elif token.type == tokenize.NAME and begins and token.string in _SAID:
                said = token.start
            elif token.type == tokenize.NEWLINE and said:
                found.append((said, token.end))
                said = None
            if token.type not in (tokenize.COMMENT, tokenize.NL):
                before = token.type
    except (tokenize.TokenError, SyntaxError):
        pass
    return tuple(found)
