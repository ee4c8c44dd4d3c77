"""A served model to ask: a real HTTP server on the loopback that renders as llama.cpp, vLLM or a plain OpenAI-compatible server does.

It renders with a real tokenizer and its template, and may be given one of the faults that servers are known for.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Literal

Fault = Literal["bos", "system", "alpaca", "reasoning", "prompt", "template", "eos", "tools", "vocabulary"]
FAULTS: tuple[Fault, ...] = ("bos", "system", "alpaca", "reasoning", "prompt", "template", "eos", "tools", "vocabulary")
"""Each reaches the tokens of a prompt or the end of an answer; what is looked for is in the names."""
MODEL = "tiny"


@dataclass
class Model:
    """What is served, how, and what was asked."""

    tokenizer: Any
    stops: list[int]
    kind: str
    fault: Fault | None = None
    key: str | None = None
    owned_by: str | None = None
    """What ``/v1/models`` says; what servers of that kind say when left out."""
    names: tuple[str, ...] = (MODEL,)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def text(self, messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None) -> str:
        """A prompt as the server renders it."""
        messages = [self._read(message) for message in messages]
        if self.fault == "alpaca":
            return "".join(f"### {'Instruction' if m['role'] == 'user' else 'Response'}:\n{m['content']}\n\n" for m in messages)
        if self.fault == "system" and messages[0]["role"] != "system":
            messages = [{"role": "system", "content": "You are a helpful assistant."}, *messages]
        if self.fault == "tools":
            tools = None
        template = str(self.tokenizer.get_chat_template(None, tools or None))
        if self.fault == "template":
            template = template.replace("<|im_end|>\\n", "<|im_end|>\\n\\n").replace("<|im_end|>\n", "<|im_end|>\n\n")
        return str(
            self.tokenizer.apply_chat_template(
                messages, tools=tools or None, add_generation_prompt=self.fault != "prompt", tokenize=False, chat_template=template
            )
        )

    def ids(self, text: str, *, added: bool = True) -> list[int]:
        """The ids of a prompt, with whatever the server puts in front of it."""
        ids = list(self.tokenizer(text, add_special_tokens=False)["input_ids"])
        if self.fault == "vocabulary":
            ids = [number + 1 if number > 300 else number for number in ids]
        return [self.tokenizer.convert_tokens_to_ids("<|endoftext|>"), *ids] if self.fault == "bos" and added else ids

    def ends_at(self, number: int) -> bool:
        """Whether an answer ends with this token."""
        return number in self.stops and self.fault != "eos"

    def _read(self, message: dict[str, Any]) -> dict[str, Any]:
        message = {**message, "content": message.get("content") or ""}
        if calls := message.get("tool_calls"):
            # Servers hand templates the values, not their JSON text.
            read = [{**call["function"], "arguments": json.loads(call["function"]["arguments"])} for call in calls]
            message["tool_calls"] = [{**call, "function": function} for call, function in zip(calls, read, strict=True)]
        if self.fault == "reasoning":
            message.pop("reasoning_content", None)
            message["content"] = re.sub(r"<think>.*?</think>\s*", "", message["content"], flags=re.DOTALL)
        return message


class _Handler(BaseHTTPRequestHandler):
    model: Model

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    def _answer(self, body: Any) -> None:
        self.model.asked.append((self.path, body))
        if self.model.key is not None and self.headers.get("Authorization") != f"Bearer {self.model.key}":
            self._send(401, {"error": {"message": "Invalid API Key", "code": 401}})
            return
        answer = getattr(self, _PATHS.get((self.model.kind, self.path)) or _PATHS.get(("", self.path), "_unknown"))
        try:
            self._send(200, answer(body))
        except LookupError:
            self._send(404, {"error": {"message": "File Not Found", "code": 404}})
        except Exception as error:
            self._send(500 if self.model.kind == "llama.cpp" else 400, {"error": {"message": str(error)}})

    def _send(self, status: int, said: Any) -> None:
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _unknown(self, body: Any) -> Any:
        raise LookupError

    def _models(self, body: Any) -> Any:
        owner = self.model.owned_by or {"llama.cpp": "llamacpp"}.get(self.model.kind, self.model.kind)
        return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": owner} for name in self.model.names]}

    def _template(self, body: Any) -> Any:
        return {"prompt": self.model.text(body["messages"], body.get("tools"))}

    def _tokenize_text(self, body: Any) -> Any:
        return {"tokens": self.model.ids(body["content"], added=bool(body.get("add_special")))}

    def _tokenize_chat(self, body: Any) -> Any:
        if body["model"] not in self.model.names:
            raise LookupError
        ids = self.model.ids(self.model.text(body["messages"], body.get("tools")))
        return {"count": len(ids), "max_model_len": 256, "tokens": ids, "token_strs": None}

    def _detokenize(self, body: Any) -> Any:
        return {"prompt": self.model.tokenizer.decode(body["tokens"])}

    def _complete(self, body: Any) -> Any:
        prompt = self.model.ids(self.model.text(body["messages"], body.get("tools")))
        wanted = next((int(number) for number in body.get("logit_bias") or {}), None)
        said = 1 if wanted is None or self.model.kind == "openai" else 1 if self.model.ends_at(wanted) else body["max_tokens"]
        reason = "stop" if wanted is not None and self.model.kind != "openai" and self.model.ends_at(wanted) else "length"
        return {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": reason}],
            "usage": {"prompt_tokens": len(prompt), "completion_tokens": said, "total_tokens": len(prompt) + said},
        }


_PATHS = {
    ("", "/v1/models"): "_models",
    ("", "/v1/chat/completions"): "_complete",
    ("llama.cpp", "/apply-template"): "_template",
    ("llama.cpp", "/tokenize"): "_tokenize_text",
    ("vllm", "/tokenize"): "_tokenize_chat",
    ("vllm", "/detokenize"): "_detokenize",
}


@contextmanager
def serving(model: Model) -> Iterator[str]:
    """Serve a model on the loopback; the block has its address."""
    with listening(type("Handler", (_Handler,), {"model": model})) as url:
        yield url


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server on the loopback that answers with a handler."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
