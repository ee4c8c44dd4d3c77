"""Harmless: what stands where a secret could and is none, and how random a value looks.

A place where a secret only will be (``${TOKEN}``, ``os.environ[...]``, ``<your key>``, ``{token}``, ``****``) tells nobody anything, and
code that fetches a secret must survive. What is left is judged by its make-up: generated values have digits amid letters, both cases amid a
word, and nearly as many different characters as their length allows; names, paths and prose have not.
"""

import re
from math import log2

_LOOKED_AT = 128
"""What a value is shows in its beginning."""
_REFERENCE = re.compile(
    r"[\"']?\$[({\w]|%[({]|%\w+%$|[#@]\{|\{\{|<%|\{[\w.\[\]:! -]{0,64}\}$|<[^<>]{0,80}>?$|\[[^\[\]]{0,80}\]$|&lt;|\("
    r"|!\w+[ (]|@\w+@$|__\w+__$|\\?\$"
    r"|(?:os|process|system|self|this|cls|req|request|config|settings|env|secrets?|vars?|args|options|params|data|local|module)\.[a-z_]"
    r"|(?:getenv|environ|env|var|vault|secret|lookup|file)[\[(:]|arn:|/run/secrets/|op://|vault:|ref\+|ssm:|file:|keychain:|projects/",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\$\{|\$\(|\{\{|\}\}|<%|%\(\w+\)s|#\{|%[sd]\b|\$\w+\$")
_BLANKED = re.compile(r"[*•.●#?xX_ 0-]+$|(.)\1{5,}$|\[?(?:redacted|removed|hidden|masked|filtered|scrubbed|omitted)\b", re.IGNORECASE)
_ASKING = re.compile(
    r"(?:your|insert|enter|replace|example|sample|fake|placeholder)(?:(?:[-_ .](?:[a-z]+|\d{1,4}))*[^a-z\d]*$)"
    r"|(?:your|insert|enter|replace)(?-i:(?:[A-Z][a-z]+)+)$"
    r"|(?:changeme|change[-_]?it|placeholder|todo|fixme|tbd|undefined|null|nil|none|true|false|unknown|empty|missing|default|required"
    r"|optional|not[-_ ]?set|n/?a|string|str|text|int|integer|number|float|bool|boolean|bytes|object|any|array|list|dict|char|varchar)$"
    r"|(?:.*[-_.])?X{3,}$",
    re.IGNORECASE,
)
"""Says that a real value belongs here, or of which type it is."""
_SOME = re.compile(
    r"(?:my|the|an?|some|any|change|put|add|paste|type|use|fill|set|give|new|old|invalid|wrong|bogus|foo|bar|baz)"
    r"(?:[-_ .](?:[a-z]+|\d{1,4}))*[^a-z\d]*$"
    r"|(?:secure|yes|no|on|off|auto|basic|bearer|token|secret|key|value|valor|username|login|foobar|abc|xyz|asdf|qwerty)$",
    re.IGNORECASE,
)
"""Words that stand for any value; also bad passwords."""
_SAYS_SO = re.compile(
    r"your[-_ ]?(?:api|own|secret|token|key|pass|access|auth|client|account|app|bot|user|org|project|service)|[-_ ]here\b|<[^<>]+>"
    r"|placeholder|changeme|replace[-_ ]?(?:me|with|this)|(?<![a-z])example(?![a-z])|x{8}|a1b2c3|1a2b3c|0123456789|1234567890",
    re.IGNORECASE,
)
_HINTS = ("your", "here", "<", "placeholder", "changeme", "replace", "example", "xxxxxxxx", "a1b2c3", "1a2b3c", "0123456789", "1234567890")
"""One of these is in whatever says so: looking for them first is much cheaper."""
_SAMPLE = re.compile(r"pass(?:word|wd|phrase)?\d?|pwd|p4ssw0rd|user(?:name)?|admin|root|guest|login|me|you", re.IGNORECASE)
_TESTED = re.compile(
    r"(?:test(?:ing|er)?|something|some|my|the|very|super|secure|secret|strong|weak|good|bad|right|correct|fake|dummy|mock|sample|user|admin|new|old|other"
    r"|another|first|second|db|hash(?:ed)?|plain|raw|random|valid|pass(?:word|wd|phrase|code)?|pwd|word|token|key|value|anything|whatever"
    r"|doesnotexist|[-_ ])++(?:\d|12|123|1234|12345|123456)?!?",
    re.IGNORECASE,
)
_TYPED = re.compile(
    r"(?:u?int|float|sha|md|utf|base|bytes|str|f|i|u|vec|x|v|hs|rs|es|aes|h|ed|oauth|http|s|w|p)-?_?\d+(?:[-_]\w{1,8})?", re.IGNORECASE
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"(?:0x)?[0-9a-f]+|(?:0x)?[0-9A-F]+")
_TOKEN_CHARACTERS = re.compile(r"[\w+/=.~:!-]++", re.ASCII)
_PATH = re.compile(
    r"(?:[a-z]:)?[~.]{0,2}[/\\][\w.-]+[/\\]|[\w.-]+/[\w.-]+\.\w{1,5}$|[a-z][a-z0-9+.-]{1,12}://|\w[\w-]*\.(?:com|org|net|io|py|js|json|ya?ml|txt|pem|crt|key|html?)$"
)
_WORD = r"(?:[a-z]+|[A-Z]+|[A-Z][a-z]+|\d{1,4})"
_JOINED = re.compile(rf"[_$]*{_WORD}(?:[-_./:]+{_WORD})+[_.]*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^A-Za-z\d]+")


def is_reference(value: str) -> bool:
    """Whether a value only says where the real one is to come from."""
    return _REFERENCE.match(value) is not None or _TEMPLATE.search(value) is not None


def is_placeholder(value: str, *, meant: bool = False) -> bool:
    """Whether a value holds the place of a real one: blanked out, or saying so in words.

    Where a value is ``meant`` to be a password, ``my-dog`` and ``qwerty`` are bad ones.
    """
    value = value[:_LOOKED_AT]
    if not value or is_reference(value) or _BLANKED.match(value) is not None or _ASKING.match(value) is not None:
        return True
    if not meant and _SOME.match(value) is not None:
        return True
    said = value.lower()
    if any(hint in said for hint in _HINTS) and _SAYS_SO.search(value) is not None:
        return True
    return len(value) >= 12 and len(set(value)) <= 3


def is_sample(value: str) -> bool:
    """Whether a value is what documentation writes for a password or a login."""
    return _SAMPLE.fullmatch(value) is not None


def is_tested(value: str) -> bool:
    """Whether a value is what tests and examples in code write for a password: ``test123``, ``my_secret_password``."""
    return len(value) <= 40 and _TESTED.fullmatch(value) is not None


def is_path(value: str) -> bool:
    """Whether a value is plainly a path, an address or a host name."""
    return _PATH.match(value) is not None


def is_type(value: str) -> bool:
    """Whether a word with digits names a type, an algorithm or an encoding."""
    return _TYPED.fullmatch(value) is not None


def is_uuid(value: str) -> bool:
    """Whether a value is a UUID: an identifier, unless its name says that it is a secret."""
    return _UUID.fullmatch(value) is not None


def entropy(value: str) -> float:
    """Shannon's entropy in bits a character."""
    size = len(value)
    return -sum(n / size * log2(n / size) for n in map(value.count, set(value))) if value else 0.0


def is_random(value: str, least: int = 16) -> bool:
    """Whether a value looks generated: at least so long, of a token's characters, and no words, versions or counted-up digits."""
    if len(value) < least or _TOKEN_CHARACTERS.fullmatch(value) is None:
        return False
    value = value[:_LOOKED_AT]
    if _HEX.fullmatch(value):
        return len(set(value)) >= 7 and any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    if is_uuid(value):
        return len(set(value)) >= 8
    return entropy(value) >= min(3.2, log2(len(value)) * 0.78) and not _of_words(value)


def mixed(value: str) -> int:
    """How many kinds of characters there are in a value: small and capital letters, digits, others."""
    return (
        any(map(str.islower, value))
        + any(map(str.isupper, value))
        + any(map(str.isdigit, value))
        + any(not char.isalnum() for char in value)
    )


def _of_words(value: str) -> bool:
    """Names in any case style fall into few long pieces; what is generated falls into many short ones."""
    pieces = [piece for piece in _PART.findall(value) if piece[0].isalnum()]
    if not pieces:
        return True
    digits = sum(piece[0].isdigit() for piece in pieces)
    size = sum(map(len, pieces))
    if len(pieces) > 1 and digits <= len(pieces) // 2 and _JOINED.fullmatch(value):
        return True
    if not digits:
        return size / len(pieces) >= 3.4
    return size / len(pieces) >= 4.0 and digits <= max(1, len(pieces) // 3)
