"""Hashes of passwords: what password files and user tables hold, each with its method in front (crypt, bcrypt, argon2, LDAP, Django).

A hash of a password can be guessed backwards, so it is as secret as a weak password. Hashes of contents are none and look different.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.text import Text

_FORMS = (
    (("$1$", "$5$", "$6$", "$apr1$", "$md5,", "$8$", "$9$"), r"\$(?:apr1|1|5|6|8|9)\$(?:rounds=\d{1,9}\$)?[\w./]{1,22}\$[\w./]{20,90}"),
    (("$2a$", "$2b$", "$2y$", "$2x$"), r"\$2[abxy]\$\d\d\$[\w./]{50,60}"),
    (("$y$", "$7$", "$gy$"), r"\$(?:g?y|7)\$[\w./]{1,20}\$[\w./]{1,90}\$[\w./]{30,90}"),
    (("$argon2", "$scrypt$", "$pbkdf2"), r"\$(?:argon2(?:id?|d)|scrypt|pbkdf2(?:-sha\d{1,3})?)\$[\w=,$.+/-]{30,300}"),
    (("pbkdf2_sha", "bcrypt_sha256$"), r"(?:pbkdf2_sha\d{1,3}\$\d{1,9}\$[\w+/]{4,60}\$|bcrypt_sha256\$\$2[aby]\$\d\d\$)[\w+/=.]{24,100}"),
    (
        ("{ssha", "{sha}", "{sha512", "{sha256", "{smd5}", "{md5}", "{crypt}"),
        r"\{(?:S?SHA(?:256|512)?|S?MD5|CRYPT|ssha(?:256|512)?)\}[\w+/=.$]{20,160}",
    ),
    (("$krb5",), r"\$krb5\w{2,8}\$\d{1,3}\$[^\s\"']{40,4000}"),
)


def hashes() -> list[Anchored]:
    """The recognisers of password hashes."""
    return [_recogniser(number, anchors, re.compile(rf"(?:{pattern})(?![\w/])")) for number, (anchors, pattern) in enumerate(_FORMS)]


def _recogniser(number: int, anchors: tuple[str, ...], pattern: re.Pattern[str]) -> Anchored:
    def at(text: Text, start: int, end: int) -> Iterator[Span]:
        found = pattern.match(text.view, start)
        if found is not None and len(set(found[0])) >= 12:
            yield Span(*found.span(), "SECRET", "password-hash", 0.9, True)

    return Anchored(f"password-hash:{number}", anchors, at)
