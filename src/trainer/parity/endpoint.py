"""Endpoint: a served model, asked how it renders a conversation.

Three kinds of server say different things of themselves:

    llama.cpp   ``/apply-template`` gives the text, ``/tokenize`` its ids, with the BOS token that the server adds before it runs
    vllm        ``/tokenize`` gives the ids of a chat, ``/detokenize`` their text
    openai      only how many tokens a prompt had (``usage`` of a completion of one token): counts can agree, ids cannot be compared

Only the host that the user named is spoken to: no proxy of the environment is used and no redirection is followed, for either could carry
the key elsewhere. Whatever goes wrong is one line.
"""

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from agentlog.errors import EndpointError

Kind = Literal["llama.cpp", "vllm", "openai"]
KINDS: tuple[Kind, ...] = ("llama.cpp", "vllm", "openai")
_OWNERS: dict[str, Kind] = {"llamacpp": "llama.cpp", "vllm": "vllm"}
_MOST_BYTES = 64 << 20
_WORD = [{"role": "user", "content": "Say a word."}]


@dataclass(frozen=True, slots=True)
class Served:
    """What a server makes of a conversation; what it does not tell is None. ``refused`` is its own reason for not rendering it."""

    ids: list[int] | None = None
    text: str | None = None
    tokens: int | None = None
    refused: str | None = None


class _Refused(Exception):
    """The server answered that it will not."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Endpoint:
    """A server that answers at a URL.

    Args:
        url: the server's, with or without the ``/v1`` of OpenAI-compatible clients.
        kind: what kind of server it is; found out when left out.
        model: the name under which it serves the model; the only one it serves when left out.
        known_as: names of the model, to choose by where the server has several.
        key: the API key, if it wants one.
        timeout: seconds to wait for each answer.

    Raises:
        EndpointError: nobody answers there, the answer is no server's of that kind, or which model is meant cannot be told.
    """

    def __init__(
        self,
        url: str,
        *,
        kind: Kind | None = None,
        model: str | None = None,
        known_as: tuple[str, ...] = (),
        key: str | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.url = _root(url)
        self._key, self._timeout = key, timeout
        # Nothing of the environment's: no proxy, no cookie, no stored password.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirection())
        listed = self._listed()
        self.models = [str(entry["id"]) for entry in listed if isinstance(entry.get("id"), str)]
        self.model = model or self._only(known_as)
        self.kind: Kind = kind or self._found(listed)

    def render(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]]) -> Served:
        """What the server makes of a conversation that ends where the model would answer.

        Raises:
            EndpointError: it cannot be reached any more, or answers what no such server answers.
        """
        asked: dict[str, Any] = {"model": self.model, "messages": messages, **({"tools": tools} if tools else {})}
        ways = {"llama.cpp": self._llama_cpp, "vllm": self._vllm, "openai": self._openai}
        try:
            return ways[self.kind](asked)
        except _Refused as error:
            if error.status in (404, 405, 501):
                raise EndpointError(
                    f"{self.url} is no {self.kind} server: {error}. Name its kind with --kind, or the model with --model"
                ) from error
            return Served(refused=str(error))

    def text_of(self, ids: list[int]) -> str | None:
        """The text of ids as the server's tokenizer says it, where it tells."""
        if self.kind != "vllm":
            return None
        try:
            return str(self._post("/detokenize", {"model": self.model, "tokens": ids}).get("prompt"))
        except _Refused:
            return None

    def stops_at(self, token: int) -> bool | None:
        """Whether an answer ends when the model says this token: it is made to say it, and no more than four tokens.

        None where that cannot be told: the server does not let tokens be chosen, or tells no reason for the end.
        """
        asked = {"model": self.model, "messages": _WORD, "max_tokens": 4, "temperature": 0, "logit_bias": {str(token): 100}}
        try:
            said = self._post("/v1/chat/completions", asked)
            reason = said["choices"][0]["finish_reason"]
        except (_Refused, KeyError, IndexError, TypeError):
            return None
        tokens = _count(said, "completion_tokens")
        if reason == "stop":
            # A server that ignores the wish lets the model say something of its own, which may be short.
            return True if tokens is not None and tokens <= 1 else None
        return False if reason == "length" and self.kind != "openai" else None

    def _llama_cpp(self, asked: dict[str, Any]) -> Served:
        text = self._post("/apply-template", asked).get("prompt")
        if not isinstance(text, str):
            raise EndpointError(f"{self.url}/apply-template answers without a prompt: is it a llama.cpp server?")
        # As the server does before it runs: special tokens are understood, and the BOS token is added if the model wants one.
        said = self._post("/tokenize", {"model": self.model, "content": text, "add_special": True, "parse_special": True})
        ids = self._ids(said)
        return Served(ids, text, len(ids))

    def _vllm(self, asked: dict[str, Any]) -> Served:
        ids = self._ids(self._post("/tokenize", {**asked, "add_generation_prompt": True}))
        return Served(ids, None, len(ids))

    def _openai(self, asked: dict[str, Any]) -> Served:
        tokens = _count(self._post("/v1/chat/completions", {**asked, "max_tokens": 1, "temperature": 0}), "prompt_tokens")
        if tokens is None:
            raise EndpointError(f"{self.url} does not say how many tokens a prompt had (usage.prompt_tokens): nothing can be compared")
        return Served(tokens=tokens)

    def _ids(self, said: Mapping[str, Any]) -> list[int]:
        ids = said.get("tokens")
        if not isinstance(ids, list) or not all(isinstance(number, int) for number in ids):
            raise EndpointError(f"{self.url}/tokenize answers without a list of token ids: is it a {self.kind} server?")
        return ids

    def _listed(self) -> list[dict[str, Any]]:
        try:
            said = self._ask("GET", "/v1/models").get("data")
        except _Refused as error:
            if error.status in (401, 403):
                raise EndpointError(
                    f"{self.url} wants another key ({error}): name the variable that holds it with --api-key-env"
                ) from error
            return []
        return [entry for entry in said if isinstance(entry, dict)] if isinstance(said, list) else []

    def _only(self, known_as: tuple[str, ...]) -> str | None:
        chosen = [name for name in self.models if name in known_as] or self.models
        if len(chosen) > 1:
            raise EndpointError(f"{self.url} serves {', '.join(self.models)}: say which one with --model")
        return chosen[0] if chosen else None

    def _found(self, listed: list[dict[str, Any]]) -> Kind:
        for entry in listed:
            if (owner := str(entry.get("owned_by")).lower()) in _OWNERS:
                return _OWNERS[owner]
        probe = {"model": self.model, "messages": _WORD}
        for path, field, kind in (("/apply-template", "prompt", "llama.cpp"), ("/tokenize", "tokens", "vllm")):
            try:
                if self._post(path, probe).get(field):
                    return "llama.cpp" if kind == "llama.cpp" else "vllm"
            except (_Refused, EndpointError):
                continue
        return "openai"

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._ask("POST", path, {name: value for name, value in body.items() if value is not None})

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        data = None if body is None else orjson.dumps(body)
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                content = answer.read(_MOST_BYTES)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(path, error) from error
        except TimeoutError as error:
            raise EndpointError(
                f"{self.url}{path} did not answer within {self._timeout:g} s: is the server busy or still loading?"
            ) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EndpointError(f"{self.url}{path} cannot be asked: {_why(error, self._timeout)}") from error
        try:
            said = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise EndpointError(f"{self.url}{path} answers what is no JSON ({content[:60]!r}): is a model served there?") from error
        if not isinstance(said, dict):
            raise EndpointError(f"{self.url}{path} answers what is no JSON object ({content[:60]!r}): is a model served there?")
        return said

    def _refusal(self, path: str, error: urllib.error.HTTPError) -> Exception:
        if 300 <= error.code < 400:
            return EndpointError(f"{self.url}{path} sends elsewhere ({error.headers.get('Location')}): name that address if you trust it")
        if error.code == 503:
            return EndpointError(f"{self.url} is not ready ({_reason(error)}): wait until the model is loaded")
        return _Refused(error.code, f"{path} answers {error.code} ({_reason(error)})")


def _root(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    try:
        named = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        named = False
    if not named or parts.query or parts.fragment or parts.username:
        raise EndpointError(f"{url} is no address of a server: say it like http://127.0.0.1:8080")
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def _count(said: Mapping[str, Any], name: str) -> int | None:
    usage = said.get("usage")
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) else None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        content = error.read(_MOST_BYTES)
        said = json.loads(content)
    except (OSError, http.client.HTTPException, ValueError):
        return str(error.reason)
    inner = said.get("error", said) if isinstance(said, dict) else said
    message = inner.get("message", inner.get("detail")) if isinstance(inner, dict) else inner
    return " ".join(str(message or error.reason).split())[:200]


def _why(error: Exception, timeout: float) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return f"no answer within {timeout:g} s"
    if isinstance(reason, ConnectionRefusedError):
        return "nobody listens there; start the server, or mend the address"
    return " ".join(str(reason).split()) or type(reason).__name__
