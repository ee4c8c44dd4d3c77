"""Stand-ins: what is put in the place of a private value. They keep its type and its syntax, and can be told from real values.

A stand-in is made of an HMAC over the build's secret, the session and the value: the same value has the same stand-in throughout a session,
nobody without the secret can link sessions or guess values, and no stand-in is taken for a real value by a second pass. They lie where
nothing real can be: e-mail at example.com (RFC 2606), addresses in 192.0.2.0/24 and its kin (RFC 5737) and 2001:db8::/32 (RFC 3849),
phone numbers 555-0100 to 555-0199 (reserved for fiction by NANPA), card and social-security numbers that begin with zeros.
"""

import hashlib
import hmac
import re

_MARK = "EXAMPLE"
_KNOWN = re.compile(
    r"user-[0-9a-f]{8}@example\.com|\+?1?-?[2-9]\d\d-555-01\d\d|(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}|2001:db8::[0-9a-f:]+"
    r"|0{4}[ -]?(?:\d{4}[ -]?){2,3}\d{0,4}|000-\d\d-\d{4}|[A-Z]{2}00[A-Z0-9]{11,30}|[\w./+-]*EXAMPLE[\w./+-]*|Person-[0-9a-f]{8}"
)
_PREFIX = re.compile(
    r"sk-ant-[a-z0-9]+-|sk-proj-|sk-|[sr]k_live_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|ASIA|AIza|npm_|pypi-|hf_|SG\."
)
_NETS = ("192.0.2", "198.51.100", "203.0.113")


def stand_in(entity: str, value: str, *, scope: str, key: str) -> str:
    """The stand-in for a value of that entity within a scope, usually a session.

    Args:
        entity: what the value is, e.g. ``EMAIL_ADDRESS``.
        value: the private value.
        scope: within it, equal values have equal stand-ins.
        key: the build's secret.
    """
    seed = hmac.new(key.encode(), f"{scope}\0{entity}\0{value}".encode(errors="surrogatepass"), hashlib.sha256).hexdigest()
    number = int(seed, 16)
    if entity == "EMAIL_ADDRESS":
        return f"user-{seed[:8]}@example.com"
    if entity == "PHONE_NUMBER":
        return f"{'+1-' if value.startswith('+') else ''}{200 + number % 800}-555-{100 + number // 800 % 100:04d}"
    if entity == "IP_ADDRESS":
        return f"2001:db8::{seed[:4]}:{seed[4:8]}" if ":" in value else f"{_NETS[number % 3]}.{1 + number // 3 % 254}"
    if entity == "CREDIT_CARD":
        return _digits_kept("0000" + str(number), value)
    if entity == "US_SSN":
        return f"000-{10 + number % 90}-{1000 + number // 90 % 9000}"
    if entity == "IBAN_CODE":
        return value[:2].upper() + "00" + str(number).zfill(30)[-max(len(value.replace(" ", "")) - 4, 11) :]
    if entity == "PERSON":
        return f"Person-{seed[:8]}"
    return _fake_secret(value, seed)


def is_stand_in(value: str) -> bool:
    """Whether a value is plainly one of ours, or one of the vendors' own documented examples."""
    return _KNOWN.fullmatch(value) is not None


def reduced(text: str) -> str:
    """A text with every stand-in reduced to one word: sessions have stand-ins of their own, which must not hide duplicates."""
    return _KNOWN.sub("STANDIN", text)


def _digits_kept(digits: str, shape: str) -> str:
    supply = iter(digits)
    return "".join(next(supply) if char.isdigit() else char for char in shape)


def _fake_secret(value: str, seed: str) -> str:
    """Prefix and length kept where there is room; the mark makes it plainly fake."""
    if value.startswith("-----BEGIN"):
        return f"-----BEGIN {_MARK} KEY-----\n{seed}\n-----END {_MARK} KEY-----"
    found = _PREFIX.match(value)
    prefix = found[0] if found else ""
    room = max(len(value) - len(prefix) - len(_MARK), 8)
    filling = (seed * (room // len(seed) + 1))[:room]
    return prefix + _MARK + (filling.upper() if value.isupper() else filling)
