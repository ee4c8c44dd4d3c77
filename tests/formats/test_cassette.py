"""Recorded HTTP exchanges: which are calls, what of them is kept, and that no key gets into the log."""

import base64
import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agentlog import read_interactions
from agentlog.errors import ImportRefusedError
from agentlog.formats.cassette import read_file
from agentlog.formats.run import FileRead, Options
from agentlog.ingest import import_logs
from agentlog.schema.events import parse_event

CHAT = "https://api.openai.com/v1/chat/completions"
ASKED = {"model": "m", "messages": [{"role": "user", "content": "Name a colour."}], "temperature": 0.5}
ANSWER = {
    "id": "c1",
    "object": "chat.completion",
    "model": "m-2026",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Teal."}}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 2},
}
ANTHROPIC_ASKED = {"model": "n", "system": "Be brief.", "max_tokens": 9, "messages": [{"role": "user", "content": "Name a colour."}]}
ANTHROPIC_ANSWER = {
    "type": "message",
    "role": "assistant",
    "model": "n",
    "content": [{"type": "text", "text": "Ochre."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 7, "output_tokens": 3},
}
RESPONSES_ANSWER = {
    "object": "response",
    "status": "completed",
    "model": "o",
    "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Mauve."}]}],
}
CHUNKS = [
    {"object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Te"}}]},
    {"object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, "delta": {"content": "al."}, "finish_reason": "stop"}]},
]
NAMES = st.sampled_from(
    ["messages", "role", "content", "choices", "message", "tools", "usage", "model", "body", "string", "status", "code"]
)
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text()
STREAM = "".join(f"data: {orjson.dumps(chunk).decode()}\n\n" for chunk in CHUNKS) + "data: [DONE]\n\n"


def exchange(uri: str = CHAT, asked: Any = ASKED, answer: Any = ANSWER, code: int = 200, **body: Any) -> dict[str, Any]:
    said = answer if isinstance(answer, str | bytes) else orjson.dumps(answer).decode()
    return {
        "request": {
            "body": asked if isinstance(asked, str | bytes) else orjson.dumps(asked).decode(),
            "headers": {"authorization": ["Bearer sk-very-private"], "x-api-key": ["sk-very-private"]},
            "method": "POST",
            "uri": uri,
        },
        "response": {
            "body": body or {"string": said},
            "headers": {"Date": ["Tue, 03 Mar 2026 10:00:00 GMT"], "Set-Cookie": ["sk-very-private"]},
            "status": {"code": code, "message": ""},
        },
    }


def write(path: Path, *exchanges: Any, as_json: bool = False) -> Path:
    cassette = {"interactions": list(exchanges), "version": 1}
    path.write_text(orjson.dumps(cassette).decode() if as_json else yaml.safe_dump(cassette))
    return path


def read(tmp_path: Path, *exchanges: Any, **how: Any) -> FileRead:
    return read_file(write(tmp_path / "test_it[x.y].yaml", *exchanges, **how), Options("crew"))


@pytest.mark.parametrize("as_json", [False, True])
def test_a_chat_completion_is_an_interaction_with_what_was_sent_and_answered(tmp_path: Path, as_json: bool) -> None:
    found = read(tmp_path, exchange(), as_json=as_json)
    assert found.set_aside == []
    [run] = found.runs
    [line] = run.lines
    assert run.session == "test_it[x.y]"
    assert line["messages"] == ASKED["messages"]
    assert line["model_output"]["content"] == "Teal."
    assert line["params"] == {"temperature": 0.5}
    assert (line["model"]["name"], line["model"]["provider"], line["finish_reason"]) == ("m-2026", "openai", "stop")
    assert line["usage"] == {"input_tokens": 9, "output_tokens": 2}
    assert line["timestamp"] == "2026-03-03T10:00:00.000000Z"
    assert parse_event(line).id == line["id"]


def test_the_model_that_answered_is_not_overruled(tmp_path: Path) -> None:
    file = write(tmp_path / "c.yaml", exchange(), exchange(asked={"messages": ASKED["messages"]}, answer={"choices": ANSWER["choices"]}))
    assert [line["model"]["name"] for line in read_file(file, Options("r", "given")).runs[0].lines] == ["m-2026", "given"]


@pytest.mark.parametrize(
    ("uri", "asked", "answer", "said", "messages"),
    [
        ("https://api.anthropic.com/v1/messages", ANTHROPIC_ASKED, ANTHROPIC_ANSWER, "Ochre.", 2),
        ("https://api.openai.com/v1/responses", {"model": "o", "input": "Name a colour."}, RESPONSES_ANSWER, "Mauve.", 1),
        ("https://x.openai.azure.com/openai/deployments/m/chat/completions?api-version=1", ASKED, ANSWER, "Teal.", 1),
        (CHAT, ASKED, STREAM, "Teal.", 1),
        (CHAT, ASKED, STREAM.replace("\n\n", "\r\n\r\n"), "Teal.", 1),
        (CHAT, gzip.compress(orjson.dumps(ASKED)), gzip.compress(orjson.dumps(ANSWER)), "Teal.", 1),
    ],
    ids=["anthropic", "responses", "azure", "stream", "stream with carriage returns", "gzip"],
)
def test_every_kind_of_call_is_read(tmp_path: Path, uri: str, asked: Any, answer: Any, said: str, messages: int) -> None:
    found = read(tmp_path, exchange(uri, asked, answer))
    assert found.set_aside == []
    [line] = found.runs[0].lines
    assert (line["model_output"]["content"], len(line["messages"])) == (said, messages)


def test_a_body_in_base64_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, exchange(base64_string=base64.b64encode(orjson.dumps(ANSWER)).decode()))
    assert found.runs[0].lines[0]["model_output"]["content"] == "Teal."


def test_a_call_that_the_server_refused_is_an_error(tmp_path: Path) -> None:
    [line] = read(tmp_path, exchange(answer={"error": {"message": "too many"}}, code=429)).runs[0].lines
    assert line["model_output"] is None
    assert line["execution_result"] == {"status": "error", "error": {"status_code": 429, "body": {"error": {"message": "too many"}}}}


def test_calls_keep_their_order_though_their_times_stand_still(tmp_path: Path) -> None:
    times = [line["timestamp"] for line in read(tmp_path, *[exchange()] * 3).runs[0].lines]
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (
            exchange("https://user:sk-very-private@api.openai.com/v1/embeddings?key=sk-very-private"),
            "POST api.openai.com/v1/embeddings: no",
        ),
        (exchange(asked="{"), "the request is not JSON"),
        (exchange(asked="[]"), "the request is no JSON object"),
        (exchange(asked={"model": "m"}), "no conversation"),
        (exchange(answer="<html>"), "the answer cannot be read: the answer is not JSON"),
        (exchange(answer={"object": "list"}), "of no kind that is known"),
        (exchange(answer="data: {\n\n"), "the stream is not JSON"),
        (exchange(answer=gzip.compress(b"{}")[:-9]), "a compressed body is damaged"),
        ({"request": None}, "not a request with its response"),
        (3, "not a request with its response"),
    ],
)
def test_every_other_exchange_is_set_aside_with_its_number(tmp_path: Path, other: Any, said: str) -> None:
    found = read(tmp_path, exchange(), other)
    assert len(found.runs[0].lines) == 1
    [bad] = found.set_aside
    assert bad.number == 2
    assert said in bad.reason
    assert "sk-very-private" not in bad.reason


def test_no_header_reaches_the_log(tmp_path: Path) -> None:
    import_logs([write(tmp_path / "c.yaml", exchange(), exchange(code=401))], tmp_path / "data", format="cassette", options=Options("r"))
    logged = b"".join(file.read_bytes() for file in (tmp_path / "data").rglob("*.jsonl"))
    assert b"Teal" in logged
    assert b"sk-very-private" not in logged


def test_a_cassette_without_a_call_is_counted(tmp_path: Path) -> None:
    found = read(tmp_path, exchange("https://elsewhere.test/"))
    assert (found.runs, found.runs_set_aside, len(found.set_aside)) == ([], 1, 1)
    assert read(tmp_path).runs_set_aside == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "neither YAML nor JSON"), ("- 1", "no list of interactions"), ("a: !!python/name:os.system", "neither"), ("", "empty")],
)
def test_what_is_no_cassette_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    with pytest.raises(ImportRefusedError, match=said) as refused:
        read_file(tmp_path / "c.yaml", Options("r"))
    assert "\n" not in str(refused.value)


def test_the_real_cassettes_are_accounted_for(tmp_path: Path, real_log: Path) -> None:
    """900 exchanges: 732 calls (two of them in a cassette that lies there twice) and 168 of other kinds."""
    report = import_logs([real_log], tmp_path / "data", format="cassette", options=Options("crew"))
    assert (report.runs, report.runs_set_aside) == (371, 56)
    assert (report.interactions_read, report.interactions_added, len(report.set_aside)) == (732, 730, 168)
    assert all("no model call of a kind that is read" in bad.reason for bad in report.set_aside)
    log = read_interactions(tmp_path / "data")
    assert sum(each.model_output is not None for each in log) == 724
    assert log.skipped == []
    assert import_logs([real_log], tmp_path / "data", format="cassette", options=Options("crew")).interactions_added == 0


@given(st.recursive(LEAVES, lambda part: st.lists(part) | st.dictionaries(NAMES, part)))
def test_no_exchange_however_odd_stops_the_others(value: Any) -> None:
    """What is read is an event of the schema; what is not is set aside."""
    with TemporaryDirectory() as folder:
        odd = [value, exchange(asked=value), exchange(answer=value), {**exchange(), "response": value}]
        found = read(Path(folder), exchange(), *odd, as_json=True)
    lines = found.runs[0].lines
    assert len(lines) + len(found.set_aside) == 5
    assert all(parse_event(line) for line in lines)
