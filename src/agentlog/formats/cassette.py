"""Cassettes: HTTP exchanges as vcrpy and its kin record them, in YAML or JSON; one cassette, one session; each model call, one interaction.

Read are calls of OpenAI's chat completions and responses and of Anthropic's messages, told by the path of the address, so that servers
which speak the same (Azure, OpenRouter, vLLM, …) are read as well. An answer may be a whole one or a stream, plain or compressed. A call
that the server refused is one that ended in an error. Every other exchange is set aside with its number, its address and why.

Headers are looked at for the encoding and the time and nothing else, and of an address only host and path are ever said: keys stand in
both. Times are those of the answers.
"""

import base64
import gzip
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
import yaml

from agentlog._ids import content_id
from agentlog._io.jsonl import TOO_DEEP, BadLine, nests_too_deeply
from agentlog.errors import ImportRefusedError
from agentlog.formats import anthropic, openai_responses
from agentlog.formats.answers import join_chunks, read_response
from agentlog.formats.chat_shape import is_chat
from agentlog.formats.response import Response
from agentlog.formats.run import SECOND_NS, Call, FileRead, Options, read_bytes, run_of

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FINE = range(200, 300)
_ENDING = re.compile(r"\.(ya?ml|json)(\.gz|\.zst)?$")

SUFFIXES = (".yaml", ".yml", ".json")
"""What the files of a folder that are read are called."""


@dataclass(frozen=True)
class _Api:
    """What a provider's requests of one kind say: everything but ``placed`` is a parameter."""

    provider: str
    placed: tuple[str, ...]
    messages: Callable[[Mapping[str, Any]], Any]
    tools: Callable[[Any], list[Any]]
    fits: Callable[[Mapping[str, Any]], bool]


_CHAT = _Api("openai", ("messages", "tools", "model"), lambda body: body.get("messages"), lambda tools: tools or [], lambda body: True)
_RESPONSES = _Api(
    "openai",
    ("input", "instructions", "tools", "model"),
    openai_responses.read_input,
    openai_responses.read_tools,
    openai_responses.fits,
)
_MESSAGES = _Api("anthropic", ("system", "messages", "tools", "model"), anthropic.read_input, anthropic.read_tools, anthropic.fits)
_APIS = {"/chat/completions": _CHAT, "/responses": _RESPONSES, "/v1/messages": _MESSAGES}


class _Answer(NamedTuple):
    """What came back: an answer, or why there is none."""

    response: Response | None
    error: Any = None


def read_file(file: Path, options: Options) -> FileRead:
    """The calls of a cassette.

    Raises:
        ImportRefusedError: it cannot be read, or is no cassette.
    """
    calls: list[Call] = []
    read = FileRead()
    for number, exchange in enumerate(_exchanges(file), start=1):
        try:
            calls.append(_call_of(exchange))
        except ValueError as error:
            read.set_aside.append(BadLine(file, number, str(error)))
    if not calls:
        read.runs_set_aside = 1
        read.set_aside = read.set_aside or [BadLine(file, 1, "the cassette holds no exchange")]
        return read
    key = content_id("agentlog.import.cassette.run", [[call.messages, call.answer, call.result, call.metadata] for call in calls])
    session = _ENDING.sub("", file.name)
    read.runs.append(run_of("cassette", key, calls, options, file.name, session))
    return read


def _exchanges(file: Path) -> list[Any]:
    content = read_bytes(file)
    try:
        value = orjson.loads(content) if content.lstrip()[:1] == b"{" else yaml.load(content, Loader=_LOADER)
    except (orjson.JSONDecodeError, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ImportRefusedError(f"{file} is neither YAML nor JSON: {' '.join(str(error).split())}") from error
    exchanges = (value.get("interactions") or value.get("http_interactions")) if isinstance(value, dict) else None
    if not isinstance(exchanges, list):
        if isinstance(value, dict) and value.keys() & {"interactions", "http_interactions"}:
            return []
        raise ImportRefusedError(f"{file} is no cassette: it has no list of interactions")
    return exchanges


def _call_of(exchange: Any) -> Call:
    request, response = (exchange.get("request"), exchange.get("response")) if isinstance(exchange, dict) else (None, None)
    if not isinstance(request, dict) or not isinstance(response, dict):
        raise ValueError("not a request with its response")
    api = _api_of(request)
    body = _json_of(_body(request), "the request")
    if not isinstance(body, dict):
        raise ValueError("the request is no JSON object")
    try:
        messages, tools, fits = api.messages(body), api.tools(body.get("tools")), api.fits(body)
    except (TypeError, AttributeError, LookupError) as error:
        raise ValueError(f"the request is not of its kind: {error}") from error
    if not is_chat(messages) or not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise ValueError("the request has no conversation, or its tools are none")
    answer = _answer_of(response)
    said = answer.response
    metadata = {} if fits else {"request": {name: body[name] for name in ("messages", "input") if name in body}}
    return Call(
        messages,
        said.message if said else None,
        None if said else {"status": "error", "error": answer.error},
        tools=tools,
        model=_text(said.model if said else None) or _text(body.get("model")),
        provider=api.provider,
        params={name: part for name, part in body.items() if name not in api.placed},
        usage=said.usage if said else None,
        finish_reason=_text(said.finish_reason if said else None),
        time_ns=_time_of(response),
        metadata=metadata | ({"response": said.rest} if said and said.rest else {}),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _api_of(request: Mapping[str, Any]) -> _Api:
    address = urlsplit(str(request.get("uri") or request.get("url") or ""))
    method = str(request.get("method", "")).upper()
    api = next((api for path, api in _APIS.items() if address.path.rstrip("/").endswith(path)), None)
    if api is None or method != "POST":
        raise ValueError(f"{method} {address.hostname or 'no host'}{address.path}: no model call of a kind that is read")
    return api


def _answer_of(response: Mapping[str, Any]) -> _Answer:
    raw = _body(response)
    status = response.get("status")
    code = status.get("code") if isinstance(status, dict) else response.get("status_code", status)
    if code is not None and code not in _FINE:
        return _Answer(None, {"status_code": code if code in range(1000) else str(code), "body": _told(raw)})
    try:
        is_stream = raw.lstrip().startswith((b"data:", b"event:", b":", b"id:"))
        said = join_chunks(_events(raw)) if is_stream else read_response(_json_of(raw, "the answer"))
    except (ValueError, TypeError, AttributeError, LookupError, AssertionError) as error:
        raise ValueError(f"the answer cannot be read: {error or type(error).__name__}") from error
    if said is None:
        raise ValueError("the answer is of no kind that is known")
    return _Answer(said)


def _told(raw: bytes) -> Any:
    try:
        return _json_of(raw, "the answer")
    except ValueError:
        return raw.decode(errors="replace")


def _events(raw: bytes) -> list[Any]:
    """The data of server-sent events that bring a piece of an answer."""
    events = []
    for block in raw.replace(b"\r\n", b"\n").split(b"\n\n"):
        data = b"\n".join(line[5:].strip() for line in block.split(b"\n") if line.startswith(b"data:"))
        if data and data != b"[DONE]":
            events.append(_json_of(data, "the stream"))
    return [event for event in events if not _is_empty(event)]


def _is_empty(event: Any) -> bool:
    """Whether this is a chunk that brings no piece: Azure sends what its filter found of the prompt in one of its own."""
    return isinstance(event, dict) and event.get("choices") == [] and not event.get("usage") and not event.get("object")


def _body(message: Mapping[str, Any]) -> bytes:
    """The bytes of a body, decompressed."""
    body = message.get("body", message.get("content"))
    if isinstance(body, dict) and body.keys() & {"string", "base64_string"}:
        body = base64.b64decode(str(body["base64_string"])) if "base64_string" in body else body["string"]
    if isinstance(body, dict | list):
        try:
            return orjson.dumps(body)
        except TypeError as error:
            raise ValueError(f"a body is not JSON: {error}") from error
    if not isinstance(body, str | bytes | None):
        raise ValueError(f"a body is {type(body).__name__}, not text")
    raw = body if isinstance(body, bytes) else (body or "").encode(errors="surrogatepass")
    try:
        if raw.startswith(b"\x1f\x8b"):
            return gzip.decompress(raw)
        if _header(message, "content-encoding") == "deflate":
            return zlib.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"a compressed body is damaged: {error}") from error
    return raw


def _json_of(raw: bytes, what: str) -> Any:
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{what} is not JSON: {error.msg}" if raw.strip() else f"{what} is empty") from error
    if nests_too_deeply(raw, value):
        raise ValueError(TOO_DEEP)
    return value


def _header(message: Mapping[str, Any], name: str) -> str | None:
    headers = message.get("headers")
    for given, value in headers.items() if isinstance(headers, dict) else ():
        if str(given).lower() == name:
            value = value[0] if isinstance(value, list) and value else value
            return value if isinstance(value, str) else None
    return None


def _time_of(response: Mapping[str, Any]) -> int | None:
    try:
        return int(parsedate_to_datetime(_header(response, "date") or "").timestamp()) * SECOND_NS
    except (ValueError, OverflowError):
        return None
