"""Server: a loopback server that renders as llama.cpp or vLLM does, with the tokenizer of a folder that a case may have spoilt."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Literal

from transformers import AutoTokenizer

from tests.trainer.served import listening


@dataclass
class Serving:
    """How the server treats a conversation; all of it right until a case says otherwise."""

    folder: Path
    kind: Literal["llama.cpp", "vllm", "openai"] = "llama.cpp"
    render: Callable[[str], str] = lambda text: text
    """What it does to the rendered prompt."""
    bos: list[int] = field(default_factory=list)
    """What it puts before every prompt."""
    stops: list[int] | None = None
    """The tokens at which it stops; the tokenizer's own when left out."""


@contextmanager
def serving(how: Serving) -> Iterator[str]:
    """Serve on a free port of this machine; gives the address."""
    tokenizer = AutoTokenizer.from_pretrained(how.folder, local_files_only=True)
    with listening(_handler(how, tokenizer)) as url:
        yield url


def _handler(how: Serving, tokenizer: Any) -> type[BaseHTTPRequestHandler]:
    stops = [tokenizer.eos_token_id] if how.stops is None else how.stops

    def prompt(asked: dict[str, Any]) -> str:
        messages = [_parsed(message) for message in asked["messages"]]
        text = tokenizer.apply_chat_template(messages, tools=asked.get("tools") or None, add_generation_prompt=True, tokenize=False)
        return how.render(str(text))

    def ids(text: str) -> list[int]:
        return [*how.bos, *tokenizer(text, add_special_tokens=False)["input_ids"]]

    def completion(asked: dict[str, Any]) -> dict[str, Any]:
        forced = [int(token) for token in asked.get("logit_bias", {})]
        stopped = any(token in stops for token in forced)
        usage = {"prompt_tokens": len(ids(prompt(asked))), "completion_tokens": 1 if stopped else asked["max_tokens"]}
        choice = {"index": 0, "message": {"role": "assistant", "content": ""}, "finish_reason": "stop" if stopped else "length"}
        return {"choices": [choice], "usage": usage}

    def answer(path: str, asked: dict[str, Any]) -> dict[str, Any] | None:
        if path == "/v1/models":
            owner = {"llama.cpp": "llamacpp", "vllm": "vllm", "openai": "someone"}[how.kind]
            return {"object": "list", "data": [{"id": "tiny", "object": "model", "owned_by": owner}]}
        if path == "/v1/chat/completions":
            return completion(asked)
        if path == "/apply-template" and how.kind == "llama.cpp":
            return {"prompt": prompt(asked)}
        if path == "/tokenize" and how.kind != "openai":
            return {"tokens": ids(asked["content"] if how.kind == "llama.cpp" else prompt(asked))}
        if path == "/detokenize" and how.kind == "vllm":
            return {"prompt": tokenizer.decode(asked["tokens"])}
        return None

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            self._say(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _say(self, asked: dict[str, Any]) -> None:
            try:
                said, status = answer(self.path, asked), 200
            except Exception as error:  # noqa: BLE001 - servers answer 500 and go on
                said, status = {"error": {"message": str(error)}}, 500
            content = json.dumps(said if said is not None else {"error": {"message": "no such path"}}).encode()
            self.send_response(status if said is not None else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            return

    return Handler


def _parsed(message: dict[str, Any]) -> dict[str, Any]:
    calls = message.get("tool_calls")
    if not calls:
        return message
    return {**message, "tool_calls": [{**call, "function": _values(call["function"])} for call in calls]}


def _values(function: dict[str, Any]) -> dict[str, Any]:
    arguments = function["arguments"]
    return {**function, "arguments": json.loads(arguments) if isinstance(arguments, str) else arguments}
