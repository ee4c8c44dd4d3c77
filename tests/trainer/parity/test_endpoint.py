"""Endpoints: who answers is found out, only the named host is spoken to, and whatever goes wrong is one line."""

import socket
from http.server import BaseHTTPRequestHandler
from threading import Event

import pytest

from agentlog.errors import EndpointError
from tests.trainer.served import Model, listening, serving
from trainer.parity.endpoint import Endpoint

WORD = [{"role": "user", "content": "a"}]


@pytest.fixture
def model(tokenizer):
    def make(kind: str, **settings) -> Model:
        return Model(tokenizer, [tokenizer.eos_token_id], kind, **settings)

    return make


def answering(status: int, body: bytes, **headers: str) -> type[BaseHTTPRequestHandler]:
    """A handler that says the same to everyone."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.mark.parametrize("kind", ["llama.cpp", "vllm", "openai"])
@pytest.mark.parametrize("owner", [None, "somebody"])
def test_the_kind_of_a_server_is_found_by_its_name_or_by_what_it_answers(model, kind, owner):
    with serving(model(kind, owned_by=owner)) as url:
        assert Endpoint(url).kind == kind


def test_the_address_may_be_that_of_an_openai_client(model):
    with serving(model("vllm")) as url:
        for address in (url, f"{url}/", f"{url}/v1", f"{url}/v1/"):
            assert Endpoint(address).render(WORD, []).ids


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://", "file:///etc/passwd", "http://127.0.0.1:99999", "http://a:b@c", ""]
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(EndpointError, match="is no address of a server: say it like"):
        Endpoint(url)


def test_of_several_models_the_known_one_is_asked_and_none_is_guessed(model):
    served = model("vllm", names=("base", "coder-1"))
    with serving(served) as url:
        assert Endpoint(url, known_as=("coder-1", "else")).model == "coder-1"
        assert Endpoint(url, model="base").model == "base"
        with pytest.raises(EndpointError, match="serves base, coder-1: say which one with --model"):
            Endpoint(url)


def test_a_wrong_name_or_kind_is_one_line_with_what_to_say(model):
    with serving(model("vllm")) as url, pytest.raises(EndpointError, match=r"answers 404.*--kind.*--model"):
        Endpoint(url, model="other").render(WORD, [])
    with serving(model("openai")) as url, pytest.raises(EndpointError, match=r"is no llama\.cpp server: /apply-template answers 404"):
        Endpoint(url, kind="llama.cpp").render(WORD, [])


def test_a_key_is_sent_and_its_lack_is_told(model):
    with serving(model("llama.cpp", key="secret")) as url:
        assert Endpoint(url, key="secret").render(WORD, []).text
        with pytest.raises(EndpointError, match=r"wants another key .*Invalid API Key.*--api-key-env"):
            Endpoint(url)


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(EndpointError, match="nobody listens there"):
        Endpoint(f"http://127.0.0.1:{port}")


def test_a_server_that_never_answers_is_given_up():
    done = Event()

    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            done.wait(10)

        def log_message(self, *_: object) -> None:
            pass

    with listening(Silent) as url:
        try:
            with pytest.raises(EndpointError, match=r"(did not answer|no answer) within 0\.2 s"):
                Endpoint(url, timeout=0.2)
        finally:
            done.set()


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (answering(200, b"<html>It works!</html>"), "answers what is no JSON"),
        (answering(200, b"[1, 2]"), "answers what is no JSON object"),
        (answering(200, b'{"data": [{"id": "a", "owned_by": "llamacpp"}]}'), "answers without a prompt"),
        (answering(200, b'{"data": [{"id": "a", "owned_by": "vllm"}], "tokens": ["a"]}'), "without a list of token ids"),
        (answering(200, b'{"data": "none", "choices": []}'), "does not say how many tokens"),
        (answering(302, b"", Location="http://192.0.2.1/"), r"sends elsewhere \(http://192.0.2.1/\)"),
        (answering(503, b'{"error": {"message": "Loading model"}}'), r"is not ready \(Loading model\): wait"),
    ],
)
def test_an_answer_that_is_none_is_one_line(handler, words):
    with listening(handler) as url, pytest.raises(EndpointError, match=words) as raised:
        Endpoint(url).render(WORD, [])
    assert "\n" not in str(raised.value)


def test_a_server_that_fails_has_refused():
    with listening(answering(500, b"\xff\xfe")) as url:
        assert Endpoint(url).render(WORD, []).refused == "/v1/chat/completions answers 500 (Internal Server Error)"


def test_the_proxy_of_the_environment_is_not_used(model, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    monkeypatch.setenv("no_proxy", "")
    with serving(model("vllm")) as url:
        assert Endpoint(url).render(WORD, []).ids


def test_a_connection_that_breaks_off_is_one_line():
    class Broken(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            self.connection.close()

        def log_message(self, *_: object) -> None:
            pass

    with listening(Broken) as url, pytest.raises(EndpointError, match=r"cannot be asked|is no JSON"):
        Endpoint(url)


def test_a_server_that_ignores_a_wish_leaves_the_stop_token_open(model):
    with serving(model("openai")) as url:
        assert Endpoint(url).stops_at(2) is None


def test_what_is_asked_of_a_server_is_what_its_documents_name(model, tokenizer):
    served = model("llama.cpp")
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    with serving(served) as url:
        Endpoint(url).render(WORD, tools)
    assert served.asked[-2] == ("/apply-template", {"model": "tiny", "messages": WORD, "tools": tools})
    path, body = served.asked[-1]
    assert path == "/tokenize"
    assert (body["add_special"], body["parse_special"]) == (True, True)
    served = model("vllm")
    with serving(served) as url:
        Endpoint(url).render(WORD, [])
    assert served.asked[-1] == ("/tokenize", {"model": "tiny", "messages": WORD, "add_generation_prompt": True})
