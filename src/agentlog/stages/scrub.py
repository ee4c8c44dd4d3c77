"""`scrub`: secrets and personal data out of a text or JSON value, for use outside a build."""

from collections.abc import Mapping, Sequence
from typing import Any

from agentlog.privacy.scrubber import Scrubbed, Scrubber
from agentlog.privacy.settings import PrivacySettings, make_scrubber, plain_search


def scrub(
    value: Any,
    *,
    key: str = "",
    scope: str = "",
    allow: Sequence[str] = (),
    deny: Sequence[str] = (),
    people: Sequence[str | Mapping[str, Any]] = (),
    locales: Sequence[str] = ("en",),
    ner: str | None = None,
    patterns: Sequence[Mapping[str, Any]] = (),
    recognisers: Sequence[Any] = (),
) -> Scrubbed:
    """Replace secrets and personal data in a text or JSON value by stand-ins of the same type and syntax.

    What is found once is replaced wherever it occurs in the value, so give a whole conversation at a time. Scrubbing the result again
    changes nothing.

    Args:
        value: a string, or any JSON value; it is not changed.
        key: a secret of yours; without it, stand-ins of short values can be guessed.
        scope: within one scope, equal values have equal stand-ins; those of two scopes cannot be linked without the key.
        allow: texts that stay, ``*`` for anything.
        deny: texts that go, wherever they stand alone.
        people: known people, as full names or as mappings of what is known of them (name, email, login, address, phone …).
        locales: countries whose formats are looked for: en, de, fr, es, it.
        ner: a model on this disk that finds names, e.g. ``spacy:en_core_web_lg``; nothing is downloaded.
        patterns: further patterns: ``{"name": …, "entity": …, "pattern": …}``.
        recognisers: further recognisers: objects with ``name`` and ``find(text)``, Presidio's, or ``package.module:Class``.

    Returns:
        The value in the same shape, counts per entity, and every replacement (never its value).

    Raises:
        MissingExtraError: a package of the extra ``build`` or ``ner`` is not installed.
        RecogniserError: a recogniser of yours failed or took too long.
        SettingError: a locale, model, pattern or recogniser cannot be used.
        TypeError: the value holds something that is no JSON, such as bytes or a set.
        UnsettledError: the value cannot be scrubbed completely.
    """
    if not (people or ner or patterns or recognisers):
        return Scrubber(plain_search(tuple(locales), tuple(allow), tuple(deny)), key=key).scrub(value, scope)
    settings = PrivacySettings(
        allow=tuple(allow),
        deny=tuple(deny),
        people=tuple(people),
        locales=tuple(locales),
        ner=ner,
        patterns=tuple(dict(pattern) for pattern in patterns),
        recognisers=tuple(one for one in recognisers if isinstance(one, str)),
    )
    return make_scrubber(settings, key, further=[one for one in recognisers if not isinstance(one, str)]).scrub(value, scope)
