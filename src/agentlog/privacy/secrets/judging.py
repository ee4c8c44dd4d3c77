"""Judging: whether a value that stands under a telling name is a secret.

How much it takes depends on the name (see `names`) and on the place. In data (JSON, YAML, XML, settings) a value is meant; in code a quoted
word is as often a label, a default or a test's stand-in, and an unquoted one is a variable. Between the two errors, data leans towards
recall and code towards being left as it is.
"""

import re
from enum import Enum
from functools import lru_cache

from agentlog.privacy.secrets.harmless import entropy, is_path, is_placeholder, is_random, is_sample, is_tested, is_type, is_uuid, mixed
from agentlog.privacy.secrets.names import Weight


class Place(Enum):
    """Where a value stands."""

    DATA = "data"
    """Quoted, under a quoted key, in an element or in a line of settings."""
    CODE = "code"
    """Quoted, beside the name of a variable."""
    LINE = "line"
    """Unquoted, in a line of settings, a command, an address or a header."""
    WORD = "word"
    """Unquoted, where it may be a variable."""


_IDENTIFIER = re.compile(r"[^\W\d][\w$]*(?:(?:\.|->|::)[^\W\d][\w$]*)*[!?]?")
_PROSE = re.compile(
    r"\b(?:pass\w*|enter|your|must|should|invalid|incorrect|wrong|please|the|this|is|are|was|not|for|user|required|and|or|of|to|be)\b",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[a-z]+|[A-Z]+|[A-Z][a-z]+")
_JOINED = re.compile(r"[A-Za-z]+(?:[-_. ][A-Za-z]+)+")
_NUMBER = re.compile(r"[-+]?\d[\d.,:_/-]*(?:[eE][-+]?\d+)?(?:ms|[smhdkMGB]|sec|min|days?|px|%)?")
_HEX = re.compile(r"[0-9a-f]+")
"""Under a name that says little, a row of these is as well the hash of something."""
_MARKS = re.compile(r"[A-Z][A-Z_]*|[^\w]+|[▁Ġ#<\[|].*|.{1,5}", re.DOTALL)
_STOPS = frozenset(
    {
        "options",
        "option",
        "flag",
        "flags",
        "argument",
        "arguments",
        "parameter",
        "and",
        "or",
        "is",
        "to",
        "if",
        "for",
        "with",
        "the",
        "in",
        "from",
    }
)
_OBJECT = re.compile(r"[{\[]\s*[\"'\\{]")
_DIRECTORY = re.compile(r"/|[A-Za-z]:\\")
_VOWELS = frozenset("aeiouyAEIOUY")
_BARE = frozenset({"pass", "psw", "pw", "single-pass", "multi-pass", "two-pass", "one-pass"})
"""Names that are also an ordinary word: what stands under them must be none."""
_PIECE = re.compile(r"[\s+,)]|\.[\s$]|.*[\s+]$", re.DOTALL)
"""What stands between two quoted texts that are put together, and was taken for one."""
_SCHEME = re.compile(
    r"(?:bearer|basic|token|digest|negotiate|ntlm|ssws|apikey|api-key|key|jwt|aws4-hmac-sha256|hmac|splunk|genie\w+)$", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def is_secret(weight: Weight, name: str, value: str, place: Place) -> bool:
    """Whether the value under that name is to be replaced.

    Args:
        weight: what the name says.
        name: the name itself; a value that only repeats it is none.
        value: the text, without quotes.
        place: where it stands.
    """
    if (
        len(value) < 3
        or (weight is Weight.WEAK and not (_weak(value) and (name.isupper() or not _HEX.fullmatch(value))))
        or is_placeholder(value)
        or _SCHEME.match(value)
        or _OBJECT.match(value)
        or (name.endswith("PWD") and _DIRECTORY.match(value))
        or _repeats(weight, name, value, place)
    ):
        return False
    if place is Place.CODE and _PIECE.match(value):
        return False
    if weight is Weight.PASSWORD:
        return _password(value, place) and (name.lower() not in _BARE or mixed(value) >= 2)
    return _token(value, place) if weight is Weight.TOKEN else place is not Place.WORD


def is_told(weight: Weight, name: str, value: str) -> bool:
    """Whether a JSON value is a secret because of its key: a password whatever it looks like, a token unless it is something else."""
    bare = _plain(name)
    if not value.strip() or is_placeholder(value, meant=weight is Weight.PASSWORD) or _SCHEME.match(value):
        return False
    if weight is Weight.PASSWORD:
        return not (" " in value.strip() and _is_prose(value))
    if weight is Weight.TOKEN:
        if " " in value.strip() or (_NUMBER.fullmatch(value) and len(value) < 8) or len(value) < 4 or is_path(value):
            return False
        return bare not in ("token", "secret", "tokens") or not _MARKS.fullmatch(value)
    return weight is Weight.WEAK and _weak(value)


def spreads(value: str) -> bool:
    """Whether a secret may be looked for elsewhere: it is long enough and no ordinary word."""
    return len(value) >= 6 and not value.isalpha() and not is_sample(value) and not (value.isdigit() and len(value) < 8)


def _password(value: str, place: Place) -> bool:
    if len(value) > 256 or (" " in value and _is_prose(value)) or value in _STOPS:
        return False
    if place is Place.DATA:
        return not is_path(value) or is_random(value)
    if place is Place.LINE:
        return not is_path(value)
    if place is Place.WORD:
        return (_IDENTIFIER.fullmatch(value) is None and _no_expression(value) and mixed(value) >= 2 and len(value) >= 6) or _telling_word(
            value
        )
    if (
        is_sample(value)
        or is_tested(value)
        or is_path(value)
        or _JOINED.fullmatch(value)
        or is_type(value)
        or value[-1] in ":?"
        or (value[:-1].isalpha() and not value[-1].isdigit() and mixed(value[:-1]) < 2 and mixed(value) > 1)
    ):
        return False
    return len(value) >= 6 and (
        (mixed(value) >= 2 and _LETTERS.fullmatch(value) is None)
        or (len(value) >= 8 and _LETTERS.fullmatch(value) is not None and not is_pronounced(value))
    )


def _token(value: str, place: Place) -> bool:
    if " " in value or is_path(value) or is_type(value):
        return False
    if place is Place.WORD:
        return is_random(value) and any(map(str.isdigit, value))
    if is_random(value, 12 if place is Place.CODE else 10):
        return True
    if _NUMBER.fullmatch(value):
        return len(value) >= 12 and value.isdigit() and len(set(value)) >= 5
    if place is Place.CODE:
        return (
            len(value) >= 16
            and mixed(value) >= 3
            and not _JOINED.fullmatch(value)
            and entropy(value) >= 3.5
            and _IDENTIFIER.fullmatch(value) is None
        )
    return len(value) >= 8 and mixed(value) >= 2 and _LETTERS.fullmatch(value) is None and not _JOINED.fullmatch(value)


def is_pronounced(value: str) -> bool:
    """Whether letters can be read aloud, as words can: in code, one word is no password but a label or a test's."""
    vowels = [char in _VOWELS for char in value]
    return 0.2 <= sum(vowels) / len(value) <= 0.7 and not any(not any(vowels[at : at + 5]) for at in range(len(value) - 4))


def _weak(value: str) -> bool:
    return is_random(value, 20) and not is_uuid(value) and not value.isdigit() and not is_path(value) and any(map(str.isdigit, value))


def _telling_word(value: str) -> bool:
    """Whether an unquoted word cannot well be a variable's name: it is generated, or ends in a number like a password."""
    if is_random(value, 16):
        return True
    digits = sum(map(str.isdigit, value))
    return (
        digits >= 2
        and len(value) >= 7
        and mixed(value) >= 2
        and not is_type(value)
        and _IDENTIFIER.fullmatch(value) is not None
        and "." not in value
        and not value.isupper()
    )


def _no_expression(value: str) -> bool:
    return not any(mark in value for mark in "()[]{}\"'") and not value.startswith(("-", "+", "*", ".", "/", "|", "="))


def _is_prose(value: str) -> bool:
    return len(value) > 80 or value.count(" ") > 5 or _PROSE.search(value) is not None


def _repeats(weight: Weight, name: str, value: str, place: Place) -> bool:
    """Whether a value only says its name again, as labels and examples do; in data, ``password`` is also a bad password."""
    if len(value) > len(name) + 3 or _plain(value) not in _plain(name):
        return False
    return not (weight is Weight.PASSWORD and place in (Place.DATA, Place.LINE) and value.islower())


def _plain(text: str) -> str:
    return text.lower().replace("_", "").replace("-", "").replace(" ", "").rstrip(":")
