"""Networks: addresses of machines and mailboxes in ranges that are reserved for documentation.

E-mail goes to example.com (RFC 2606). IPv4 lies in 192.0.2.0/24 and its kin (RFC 5737), in 198.18.0.0/15 (for benchmarks, RFC 2544) when
those are used up, and then in 240.0.0.0/4 (reserved, RFC 1112); IPv6 in 2001:db8::/32 (RFC 3849); MAC addresses in 00-00-5E-00-53-00/40
(RFC 7042), then in 02-00-5E-10-00-00/32 and 02-00-5E-00-00-00/24, which no card is made with.
"""

import re

from agentlog.privacy.forms.digits import laid
from agentlog.privacy.forms.draw import Draw

_NETS = ("192.0.2", "198.51.100", "203.0.113")
_AT = re.compile(r"%40|\\+u0040", re.IGNORECASE)
_EMAIL = re.compile(r"user-[0-9a-f]{8}(?:@|%40|\\+u0040)example\.com", re.IGNORECASE)
_IP = re.compile(
    r"(?:192\.0\.2|198\.51\.100|203\.0\.113|(?:198\.1[89]|2[45][0-9]\.[0-9]{1,3})\.[0-9]{1,3})\.[0-9]{1,3}|2001:db8:[0-9a-f:]{1,34}",
    re.IGNORECASE,
)
_MAC = re.compile("00005e0053[0-9a-f]{2}|02005e[0-9a-f]{6}")
_MAC_SHAPE = re.compile(r"(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|(?:[0-9a-f]{4}[.:-]){2}[0-9a-f]{4}|[0-9a-f]{12}")
_MAC_SIGNS = re.compile("[:.-]")
_CROWDED, _FULL = 4, 8
"""After so many attempts in one range, the next."""
_PAIRED = 17


def email(draw: Draw, value: str, attempt: int) -> str:
    """An address at example.com; how the @ is written stays."""
    at = _AT.search(value) if "@" not in value else None
    made = f"user-{draw.seed('email', value.lower(), attempt)[:4].hex()}"
    if not value.isupper():
        return made + (at[0] if at else "@") + "example.com"
    return made.upper() + (at[0] if at else "@") + "EXAMPLE.COM"


def ip(draw: Draw, value: str, attempt: int) -> str:
    """An address of the same version."""
    number = draw.number("ip", value.lower(), attempt)
    if ":" in value:
        made = f"2001:db8::{number % 65536:x}:{(number >> 16) % 65535 + 1:x}"
        return made.upper() if value.isupper() else made
    if attempt < _CROWDED:
        return f"{_NETS[number % 3]}.{1 + number // 3 % 254}"
    if attempt < _FULL:
        return f"198.{18 + number % 2}.{number // 2 % 256}.{1 + number // 512 % 254}"
    return f"{240 + number % 15}.{number // 15 % 256}.{number // 3840 % 256}.{1 + number // 983040 % 254}"


def mac(draw: Draw, value: str, attempt: int) -> str:
    """An address with the same separators and case."""
    chance = draw.seed("mac", value.lower(), attempt).hex()
    made = "00005e0053" + chance[:2] if attempt < _CROWDED else "02005e10" + chance[:4] if attempt < _FULL else "02005e" + chance[:6]
    shape = value if _MAC_SHAPE.fullmatch(value.lower()) else "00:00:00:00:00:00"
    made = made.upper() if value.isupper() else made
    return shape[2].join(map("".join, zip(made[::2], made[1::2], strict=True))) if len(shape) == _PAIRED else laid(made, shape)


def fits_email(text: str) -> bool:
    """Whether a text is an e-mail address of ours."""
    return _EMAIL.fullmatch(text) is not None


def fits_machine(text: str) -> bool:
    """Whether a text is an address of a machine of ours."""
    if len(text) > 45:
        return False
    low = text.lower()
    return _IP.fullmatch(low) is not None or (_MAC_SHAPE.fullmatch(low) is not None and _MAC.fullmatch(_MAC_SIGNS.sub("", low)) is not None)
