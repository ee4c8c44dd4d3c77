"""URLs: passwords and tokens before the host, and what a query signs or opens with.

Asked at every ``://``. The user's part ends at the last ``@`` before the path: a password may itself hold ``@``, ``#`` or ``!``, encoded
or not. Names of users stay; ``user:password@host``, as documentation writes it, stays too.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.secrets.harmless import is_placeholder, is_random, is_sample, is_uuid
from agentlog.privacy.secrets.judging import spreads
from agentlog.privacy.text import Text

_AUTHORITY = re.compile(r"[^\s\"'<>\\`/{}|^]{3,512}+")
_USER = re.compile(r"(?P<user>[^:@,]{0,200}(?:@[^:@,/]{1,100})?):(?P<password>.{1,256})@(?=[^@]*$)")
_HOST = re.compile(
    r"(?:[\w.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\]|%\w[\w.%-]{1,255}|\*{3})(?::\w{1,5})?[?#].*|(?:[\w.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\]|%\w[\w.%-]{1,255}|\*{3})(?::\w{0,5})?[.,;:)\]]*"
)
_QUERY = re.compile(
    r"[?&;](?:amp;)?(?:sig|signature|x-amz-signature|x-amz-security-token|x-amz-credential|x-goog-signature|x-goog-credential|hmac|code|key|sign|hash"
    r"|h-signature|policy|jwt|sid|st|se_sig|awsaccesskeyid|oauth_\w{1,20}|\w{0,20}ticket|assertion|samlresponse|state)=([\w%+/=.~-]{16,4000})",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"sig|token|oauth|assertion|samlresponse|jwt|credential", re.IGNORECASE)


def urls() -> tuple[Anchored, ...]:
    """The recognisers of what is secret in an address."""
    return (
        Anchored("url-password", ("://",), _user_part),
        Anchored(
            "url-signature", ("sig=", "signature=", "amz-security-token=", "?key=", "&key=", "&code=", "?code=", "assertion="), _query
        ),
    )


def _user_part(text: Text, start: int, end: int) -> Iterator[Span]:
    view = text.view
    found = _AUTHORITY.match(view, end)
    if found is None or "@" not in found[0]:
        return
    if "," in found[0] and found[0].count("@") > 1:
        at = end
        for part in found[0].split(","):
            yield from _credentials(part, at)
            at += len(part) + 1
        return
    yield from _credentials(found[0], end)


def _credentials(authority: str, at: int) -> Iterator[Span]:
    if "," in authority:  # several hosts, as in the addresses of clusters
        authority = authority[: max(authority.find(",", authority.rfind("@")), 0) or None]
    found = _USER.match(authority)
    if found is not None and _HOST.fullmatch(authority, found.end()):
        user, password = found["user"], found["password"]
        if (
            len(password) >= 2
            and not (is_placeholder(password) and password != "secret")
            and not is_sample(password)
            and not _is_told_off(password)
        ):
            yield Span(at + found.start("password"), at + found.end("password"), "SECRET", "url-password", 0.9, spreads(password))
        if user.isascii() and (is_random(user, 20) and not is_uuid(user)):
            yield Span(at, at + len(user), "SECRET", "url-password", 0.8, True)
        return
    user, _, host = authority.partition("@")
    if is_random(user, 20) and not is_uuid(user) and _HOST.fullmatch(host):
        yield Span(at, at + len(user), "SECRET", "url-password", 0.8, True)


def _query(text: Text, start: int, end: int) -> Iterator[Span]:
    view = text.view
    first = max(0, start - 24)
    opened = max(view.rfind("?", first, end), view.rfind("&", first, end), view.rfind(";", first, end))
    found = _QUERY.match(view, opened) if opened >= 0 else None
    if found is None or found.end() <= end:
        return
    value = found[1]
    if is_placeholder(value) or not (
        is_random(value.replace("%", ""), 20) if _SIGNED.search(view, opened, found.start(1)) else _is_key(value)
    ):
        return
    yield Span(found.start(1), found.start(1) + len(value), "SECRET", "url-signature", 0.8, True)


def _is_key(value: str) -> bool:
    return is_random(value, 24) and not is_uuid(value) and any(map(str.isdigit, value)) and "." not in value


def _is_told_off(password: str) -> bool:
    """Whether what seems a password is a port, or a word that stands for one."""
    return (password.isdigit() and len(password) < 6) or password.lower() in (
        "x-oauth-basic",
        "x-oauth-token",
        "x-token-auth",
        "pw",
        "passw",
    )
