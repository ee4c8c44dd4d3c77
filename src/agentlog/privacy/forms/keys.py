"""Keys: secrets that open nothing. A vendor's prefix, the length and the alphabet stay; a mark shows that it is fake.

The mark is EXAMPLE, as in the vendors' own documentation. Where there are no capitals it is "example", with two check characters at the
end; where there are only hexadecimal digits, "deadbeef". What is too short for a mark grows to 12 characters. A block of a private key
keeps its first and last line and its number of lines, with the mark in each line of the key. An UUID or a number is stood in for as an
id.
"""

import re
from zlib import crc32

from agentlog.privacy.forms import accounts
from agentlog.privacy.forms.digits import checked
from agentlog.privacy.forms.draw import Draw, stretched

MARK = "EXAMPLE"
_HEX_MARK = "deadbeef"
_SHORTEST = 12
_LONGEST = 100_000
_VENDORS_TEXT = """
sk-ant-api03- sk-ant-admin01- sk-ant-oat01- sk-ant- sk-proj- sk-svcacct- sk-admin- sk-or-v1- sk-lf- pk-lf- sk- sk_live_ sk_test_
pk_live_ pk_test_ rk_live_ rk_test_ whsec_ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glptt- glrt- glcbt- glsoat- glft-
glimt- glagent- gloas- GR1348941 xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xoxe. xapp- AKIA ASIA ABIA ACCA AIza ya29. GOCSPX- npm_ pypi-
hf_ api_org_ SG. key- dop_v1_ doo_v1_ dor_v1_ dapi shpat_ shpca_ shppa_ shpss_ sq0atp- sq0csp- EAAA lin_api_ lin_oauth_ secret_
ntn_ figd_ ATATT3xFf ATCTT3xFf ATBB sl. PMAK- pul- hvs. hvb. hvr. dp.pt. dp.st. dckr_pat_ AKCp sqp_ squ_ sqa_ CCIPAT_ CCIPRJ_ fo1_
fm1_ fm2_ gsk_ r8_ xai- pplx- fw_ nvapi- tvly- pcsk_ lsv2_pt_ lsv2_sk_ eyJ AGE-SECRET-KEY-1 NRAK- NRJS- NRII- sntrys_ sntryu_ glc_
glsa_ rubygems_ cio oy2 CLOJARS_ aio_ tskey-auth- tskey-api- rdme_ sbp_ pscale_tkn_ pscale_pw_ pscale_oauth_ duffel_live_ EZAK
EZTK shippo_live_ shippo_test_ xkeysib- xsmtpsib- tfp_ CFPAT- pnu_ pnb_ dt0c01. vcp_ bc1q bc1p 0x SK AC rnd_ re_ phc_ phx_ tk-us-
https://hooks.slack.com/services/ https://discord.com/api/webhooks/ https://discordapp.com/api/webhooks/
"""
_VENDORS = _VENDORS_TEXT.split()
_PREFIX = re.compile(
    "(?:(?:Bearer|Basic|Token|token|Digest|ApiKey) )?(?:"
    + "|".join(map(re.escape, sorted(_VENDORS, key=lambda name: (-len(name), name))))
    + ")?"
)
_HEX = re.compile("[0-9a-f]{8,}|[0-9A-F]{8,}")
_FAKE_HEX = re.compile("(?:[A-Za-z0-9_.:/-]{1,60} ?)?(?:deadbeef[0-9a-f]{4,}|DEADBEEF[0-9A-F]{4,})")
_SAFE = re.compile(r"(?:(?:Bearer|Basic|Token|token|Digest|ApiKey) )?[A-Za-z0-9_./+=~:-]+")
_PUNCTUATION = re.compile(r"[^A-Za-z0-9._:/+=~-]|\\.?")
_ROOM = re.compile("[A-Za-z0-9]{7,}")
_BLOCK = re.compile(r"-{4,5} ?BEGIN |PuTTY-User-Key-File-")
_PARTS = re.compile(
    r"(?P<fence>-{4,5} ?(?:BEGIN|END) [A-Z0-9 ]{0,60}-{4,5}|PuTTY-User-Key-File-[0-9]+: ?[\w-]{0,30})|(?P<escape>\\+[nrt/]|\s)"
    r"|(?P<field>(?:Proc-Type|DEK-Info|Version|Comment|Encryption|Hash|Charset|MessageID|(?:Public|Private)-Lines|Key-Derivation|Private-MAC"
    r"|Argon2-[A-Za-z]{1,20}): ?)(?P<said>(?:(?![A-Za-z0-9+/=]{40}|-----)[^\\\r\n]){0,120})"
    r"|(?P<body>[A-Za-z0-9+/=_-]+)|(?P<quote>[\"'`,;+]+)|(?P<other>.)",
    re.DOTALL,
)
_LINE = re.compile("[A-Za-z0-9+/=_-]{12,}")
_LINES = re.compile(r"[A-Za-z0-9+/=_-]{12,}+(?:(?:\\+[nr]|\s)++[A-Za-z0-9+/=_-]++)++")
"""The lines of a key between its fences."""
_LOWER, _UPPER, _DIGIT, _BASE32 = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "234567"
_BASE36 = _DIGIT + _LOWER
_SYMBOLS = dict.fromkeys(_LOWER, "lower") | dict.fromkeys(_UPPER, "upper") | dict.fromkeys(_DIGIT, "digit")


def _table(alphabet: str) -> bytes:
    return bytes(ord(alphabet[code % len(alphabet)]) for code in range(256))


_TO_HEX, _TO_ANY, _TO_BASE36 = _table(_DIGIT + "abcdef"), _table(_LOWER + _UPPER + _DIGIT), _table(_BASE36)
_TO_LOWER, _TO_UPPER, _TO_DIGIT, _TO_BASE32 = _table(_LOWER), _table(_UPPER), _table(_DIGIT), _table(_BASE32)


def secret(draw: Draw, value: str, attempt: int) -> str:
    """The stand-in for a secret of any kind."""
    if _BLOCK.match(value) or _LINES.fullmatch(value):
        return _block(draw, value, attempt)
    if value.isascii() and value.isdigit():
        return checked(draw, value, attempt, len(value))
    if accounts.is_uuid(value):
        return accounts.uuid(draw, value, attempt)
    found = _PREFIX.match(value)
    prefix = found[0] if found else ""
    rest = value[len(prefix) : _LONGEST]
    size = max(len(rest), _SHORTEST) + attempt // 8
    chance = stretched(draw.seed("secret", value, attempt), size)
    if _HEX.fullmatch(rest) and not rest.isdigit():
        made = _HEX_MARK + chance.translate(_TO_HEX).decode()[len(_HEX_MARK) :]
        return prefix + (made.upper() if rest.isupper() else made)
    return _marked(prefix, rest, size, chance, keeps=attempt < 4)


def coin(draw: Draw, value: str, attempt: int) -> str:
    """The stand-in for an address of a currency: its first characters and its alphabet stay."""
    if value[:1] in ("1", "3") and value.isalnum():
        return value[0] + secret(draw, value[1:], attempt).replace("0", "2").replace("O", "P").replace("I", "J").replace("l", "m")
    return secret(draw, value, attempt)


def fits(text: str) -> bool:
    """Whether a text bears a mark of ours, or of a vendor's documentation, and nothing else than a secret's characters."""
    if MARK in text:
        return _SAFE.fullmatch(text) is not None or ((_BLOCK.match(text) or _LINES.fullmatch(text)) is not None and _fits_block(text))
    if "deadbeef" in text or "DEADBEEF" in text:
        return len(text) <= 300 and _FAKE_HEX.fullmatch(text) is not None
    return "example" in text and _SAFE.fullmatch(text) is not None and text[-2:] == _check(text[:-2])


def _marked(prefix: str, rest: str, size: int, chance: bytes, keeps: bool) -> str:
    """Kinds of characters stay in their places, but for the mark."""
    capitals = rest.upper() == rest or not rest.islower()
    shape = _PUNCTUATION.sub(lambda match: "a" * len(match[0]), rest) if keeps else ""
    if not shape or len(shape) < _SHORTEST:
        made = chance.translate(_TO_ANY if rest.lower() != rest and rest.upper() != rest else _TO_BASE36).decode()
        made = made.upper() if rest.isupper() else made
    else:
        made = _filled(shape + "a" * (size - len(shape)), chance, rest)
    room = _ROOM.search(shape) if keeps else None
    start = room.start() if room and room.start() + len(MARK) <= size else 0
    if capitals:
        return prefix + made[:start] + MARK + made[start + len(MARK) :]
    text = (
        prefix + made[:start] + MARK.lower() + made[start + len(MARK) : -2]
        if start + len(MARK) <= size - 2
        else prefix + MARK.lower() + made[len(MARK) : -2]
    )
    return text + _check(text)


def _filled(shape: str, chance: bytes, rest: str) -> str:
    digits = _TO_BASE32 if rest.isupper() else _TO_DIGIT
    tables = {"lower": _TO_UPPER if rest.isupper() else _TO_LOWER, "upper": _TO_UPPER, "digit": digits}
    streams = {kind: chance.translate(table).decode() for kind, table in tables.items()}
    return "".join(streams[_SYMBOLS[char]][place] if char in _SYMBOLS else char for place, char in enumerate(shape))


def _check(text: str) -> str:
    value = crc32(text.encode())
    return _BASE36[value % 36] + _BASE36[value // 36 % 36]


def _block(draw: Draw, value: str, attempt: int) -> str:
    """Fences, line breaks and the names of fields stay."""
    value = value[:_LONGEST]
    chance = stretched(draw.seed("block", value, attempt), len(value)).translate(_TO_ANY).decode()
    made: list[str] = []
    for match in _PARTS.finditer(value):
        if match["body"]:
            made.append(
                _fake_line(match["body"], chance[match.start() :]) if len(match["body"]) >= _SHORTEST else MARK[: len(match["body"])]
            )
        elif match["field"]:
            made += [match["field"], match["said"] if match["said"].isdigit() else MARK]
        elif not match["other"]:
            made.append(match[0])
    return "".join(made) if _LINE.search("".join(made[1:])) else "".join(made) + MARK + chance[:_SHORTEST]


def _fake_line(line: str, chance: str) -> str:
    padding = len(line) - len(line.rstrip("="))
    size = len(line) - padding
    return MARK + chance[: size - len(MARK)] + "=" * padding if size >= len(MARK) else MARK + chance[:5]


def _fits_block(text: str) -> bool:
    lines = [match["body"] for match in _PARTS.finditer(text) if match["body"] and len(match["body"]) >= _SHORTEST]
    return bool(lines) and all(line.startswith(MARK) for line in lines)
