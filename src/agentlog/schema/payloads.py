"""Payloads: images, sound and files inside messages, as base64 text in the parts where providers want them.

A payload stands in a dictionary: as a data URL under any key but those of plain text (OpenAI's ``image_url.url`` and ``file.file_data``),
as ``data`` beside a word of its kind (Anthropic's ``source`` with ``media_type``, OpenAI's ``input_audio`` with ``format``, Google's
``inline_data`` with ``mime_type``), or as ``base64``, which is how a record holds bytes. Everything else of the part stays as it is: only
the base64 text is exchanged, for a reference when a call is logged and back again when it is restored. Text that merely contains a data
URL is text.
"""

import operator
import re
from collections.abc import Callable
from typing import Any

_DATA_URL = re.compile(r"(data:[^,]{0,200};base64,)(.+)", re.DOTALL)
_KIND_KEYS = frozenset({"media_type", "mime_type", "mimeType", "format"})
_TEXT_KEYS = frozenset({"text", "content"})
_CONTAINERS = frozenset({dict, list})

Exchange = Callable[[str, str], str]
"""From a payload and its place to what stands there instead; the payload itself if it stays."""


def exchange_payloads(value: Any, exchange: Exchange, place: str = "") -> Any:
    """A JSON value with its payloads exchanged; the very same object if none was, and never changed itself."""
    if type(value) is list:
        parts = [exchange_payloads(part, exchange, f"{place}[{i}]") for i, part in enumerate(value)]
        return value if all(map(operator.is_, parts, value)) else parts
    if type(value) is not dict:
        return value
    said = {key: _exchange_in(value, key, part, exchange, place) for key, part in value.items()}
    return value if all(map(operator.is_, said.values(), value.values())) else said


def _exchange_in(whole: dict[str, Any], key: str, part: Any, exchange: Exchange, place: str) -> Any:
    if type(part) is not str:
        return exchange_payloads(part, exchange, _join(place, key)) if type(part) in _CONTAINERS else part
    if key in _TEXT_KEYS:
        return part
    if part.startswith("data:") and (url := _DATA_URL.fullmatch(part)):
        payload = url[2]
        new = exchange(payload, _join(place, key))
        return part if new is payload else url[1] + new
    if key == "base64" or (key == "data" and not _KIND_KEYS.isdisjoint(whole)):
        return exchange(part, _join(place, key))
    return part


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key
