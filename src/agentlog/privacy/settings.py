"""What a project says about privacy, and the scrubber that follows from it.

Settings are plain JSON, so that a plan can write them down; scrubbers are made once for equal settings. Secrets and personal data can be
had apart, as the build's two stages want them, or together.
"""

from collections.abc import Iterable
from enum import Flag, auto
from functools import lru_cache
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel, ConfigDict

from agentlog._extras import require_installed
from agentlog.errors import SettingError
from agentlog.privacy.custom import make_patterns, make_recogniser
from agentlog.privacy.detector import Detector
from agentlog.privacy.known import LEAST, Known
from agentlog.privacy.recogniser import Recogniser
from agentlog.privacy.scrubber import Scrubber
from agentlog.privacy.search import Search

_NAMES_NOT_SOUGHT = (
    "Names, addresses and places were not looked for in free text, only where a key, a label or the list of people says them: "
    "to find others, name a model under scrub: ner in agentlog.yaml."
)
DENIED = "DENIED"


class What(Flag):
    """What to look for."""

    SECRETS = auto()
    PERSONAL = auto()
    ALL = SECRETS | PERSONAL


class PrivacySettings(BaseModel):
    """What counts as private beside what has a form or is announced by a key.

    ``people`` are full names, or mappings with a person's name, e-mail, login, address and more; ``deny`` are texts that always go,
    ``allow`` texts that always stay (``*`` stands for anything); ``locales`` switch on the formats of further countries; ``ner`` names
    a model that finds names, ``spacy:en_core_web_lg`` or ``transformers:folder``; ``patterns`` and ``recognisers`` are the user's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    people: tuple[Any, ...] = ()
    locales: tuple[str, ...] = ("en",)
    ner: str | None = None
    patterns: tuple[dict[str, Any], ...] = ()
    recognisers: tuple[str, ...] = ()


def names_note(ner: str | None) -> str:
    """What a manifest, a card and a command say of names."""
    return f"Names in free text were looked for by the model {shown_model(ner)}; no model finds all." if ner else _NAMES_NOT_SOUGHT


def shown_model(ner: str) -> str:
    """A model as it may be shown: of a folder on this disk its own name only, since those above it may have a user's."""
    kind, colon, name = ner.partition(":")
    return kind + colon + (PurePath(name).name if PurePath(name).is_absolute() or name.startswith(("~", ".")) else name)


def known_to(settings: PrivacySettings) -> list[str]:
    """The texts by which the known people are known."""
    return [text for text, known in _known(settings).items() if known.entity != DENIED]


def make_scrubber(settings: PrivacySettings, key: str, what: What = What.ALL, further: Iterable[Any] = ()) -> Scrubber:
    """The scrubber for these settings. ``further`` are recognisers as objects, which cannot be written down.

    Raises:
        MissingExtraError: a package of the extra ``build`` or ``ner`` is not installed.
        SettingError: a locale, a pattern, a recogniser or a model that the settings name cannot be used.
    """
    given = list(further)
    if given:
        return Scrubber(_make(settings, what, given), key=key)
    return Scrubber(_remembered(settings.model_dump_json(), what), key=key)


@lru_cache(maxsize=16)
def plain_search(locales: tuple[str, ...], allow: tuple[str, ...], deny: tuple[str, ...]) -> Search:
    """The search of settings that are texts only: whoever scrubs text by text has it at once."""
    return _remembered(PrivacySettings(locales=locales, allow=allow, deny=deny).model_dump_json(), What.ALL)


@lru_cache(maxsize=16)
def _remembered(written: str, what: What) -> Search:
    return _make(PrivacySettings.model_validate_json(written), what, ())


def _make(settings: PrivacySettings, what: What, further: Iterable[Any]) -> Search:
    recognisers = [*(_secret() if What.SECRETS in what else ()), *(_personal(settings, further) if What.PERSONAL in what else ())]
    return Search(Detector(recognisers), _known(settings) if What.PERSONAL in what else {}, settings.allow)


def _secret() -> list[Recogniser]:
    from agentlog.privacy import secrets

    return secrets.recognisers()


def _personal(settings: PrivacySettings, further: Iterable[Any]) -> list[Recogniser]:
    # The judges are loaded when the first candidate turns up; that one is missing is to be heard of before.
    for module in ("presidio_analyzer", "phonenumbers", "tldextract"):
        require_installed(module, "build")
    from agentlog.privacy import announced, home_paths, patterns

    if unknown := sorted(set(settings.locales) - set(patterns.LOCALES)):
        raise SettingError(f"locales: {', '.join(unknown)}: no such locale; there are {', '.join(patterns.LOCALES)}")
    found = [*patterns.recognisers(settings.locales), *announced.recognisers(settings.locales), *home_paths.recognisers()]
    if settings.ner:
        from agentlog.privacy.ner import load_ner

        found.append(load_ner(settings.ner))
    if settings.people:
        from agentlog.privacy.people import logins, read_people

        found.append(logins(read_people(settings.people)))
    found += make_patterns(settings.patterns)
    found += [make_recogniser(one) for one in (*settings.recognisers, *further)]
    return found


def _known(settings: PrivacySettings) -> dict[str, Known]:
    denied = {text: Known(DENIED, "deny-list") for text in settings.deny}
    if not settings.people:
        return denied
    from agentlog.privacy.people import known_texts, read_people

    people = known_texts(read_people(settings.people))
    return {**{text: what for text, what in people.items() if len(text.strip()) >= LEAST}, **denied}
