"""Payloads: images, sound and files inside messages, as base64 text in the parts where providers want them.

A payload stands in a dictionary: as a data URL under any key but those of plain text (OpenAI's ``image_url.url`` and ``file.file_data``),
as ``data`` beside a word of its kind (Anthropic's ``source`` with ``media_type``, OpenAI's ``input_audio`` with ``format``, Google's
``inline_data`` with ``mime_type``), or as ``base64``, which is how a record holds bytes. Everything else of the part stays as it is: only
the base64 text is exchanged, for a reference when a call is logged and back again when it is restored. Text that merely contains a data
URL is text.
"""

import re
from collections.abc import Callable
from typing import Any

BLOB = "blob:"
"""What a reference to bytes begins with, where it stands for base64 text; the digest follows."""

_DATA_URL = re.compile(r"(data:[^,]{0,200};base64,)(.+)", re.DOTALL)
_KIND_KEYS = frozenset({"media_type", "mime_type", "mimeType", "format"})
_TEXT_KEYS = frozenset({"text", "content"})
_CONTAINERS = frozenset({dict, list})

Exchange = Callable[[str, str], str]
"""From a payload and its place to what stands there instead; the payload itself if it stays."""


def exchange_payloads(value: Any, exchange: Exchange, place: str = "", longer_than: int = 0) -> Any:
    """A JSON value with its payloads exchanged; the very same object if none was, and never changed itself.

    Texts of up to ``longer_than`` characters are not looked at.
    """
    kind = type(value)
    if kind is not dict and kind is not list:
        return value
    # Copied at the first exchange: in most values there is none.
    said = None
    for key, part in value.items() if kind is dict else enumerate(value):
        if type(part) in _CONTAINERS:
            new = exchange_payloads(part, exchange, _within(place, key), longer_than)
        elif type(part) is str and len(part) > longer_than and kind is dict and key not in _TEXT_KEYS:
            new = _exchanged(value, key, part, exchange, place)
        else:
            continue
        if new is not part:
            said = value.copy() if said is None else said
            said[key] = new
    return value if said is None else said


def _exchanged(whole: dict[str, Any], key: Any, part: str, exchange: Exchange, place: str) -> str:
    if part.startswith("data:") and (url := _DATA_URL.fullmatch(part)):
        payload = url[2]
        new = exchange(payload, _within(place, key))
        return part if new is payload else url[1] + new
    if key == "base64" or (key == "data" and not _KIND_KEYS.isdisjoint(whole)):
        return exchange(part, _within(place, key))
    return part


def _within(place: str, key: Any) -> str:
    if type(key) is int:
        return f"{place}[{key}]"
    return f"{place}.{key}" if place else key
