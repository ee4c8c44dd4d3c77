"""The peers' benchmark measures real processes and takes no arm at its word."""

import gzip
import socket
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import zstandard
from peers import child, run
from peers.loopback import stay_on_loopback
from peers.payload import ANSWER, QUESTION, answer, find, messages
from peers.sink import Sink, bodies
from peers.table import plain, rows


@pytest.fixture
def restored_sockets() -> Iterator[None]:
    connect, look_up = socket.socket.connect, socket.getaddrinfo
    yield
    socket.socket.connect, socket.getaddrinfo = connect, look_up  # type: ignore[method-assign]


@pytest.mark.parametrize("arm", ["floor", "agentlog", "naive"])
def test_an_arm_is_timed_in_a_process_of_its_own_and_keeps_every_call(arm: str) -> None:
    report = run.measure(arm, 20)
    assert report["p50_us"] > 0
    assert report["cpu_us"] > 0
    assert report["dropped"] == 0


def test_a_killed_process_has_lost_none_of_the_calls_that_agentlog_acknowledged() -> None:
    assert run.kill("agentlog", 50) == 0


def test_an_arm_that_leaves_the_answers_out_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(run.ARMS, "floor", run.ARMS["floor"]._replace(stored=lambda folder: _lines(folder, whole=0)))
    with pytest.raises(run.Failed, match=r"no call was stored whole: 5\d prompts arrived, and 0 answers"):
        run.measure("floor", 5)


def test_a_call_that_was_stored_without_its_answer_counts_as_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(run.ARMS, "floor", run.ARMS["floor"]._replace(stored=lambda folder: _lines(folder, whole=child.WARM_UP + 3)))
    assert run.measure("floor", 5)["dropped"] == pytest.approx(2 / 5)


def _lines(folder: Path, whole: int) -> list[bytes]:
    """What the floor wrote, without the answers behind the first lines."""
    lines = (folder / "floor.jsonl").read_bytes().splitlines()
    return [*lines[:whole], *(line.replace(ANSWER.encode(), b"") for line in lines[whole:])]


@pytest.mark.skipif(find_spec("weave") is not None, reason="this environment has the peers")
def test_an_arm_whose_package_is_missing_says_so_in_its_row() -> None:
    with pytest.raises(run.Failed, match="No module named 'weave'") as caught:
        run.measure("weave", 5)
    table = plain(rows({}, {"weave": str(caught.value)}))
    assert "not measured: it ended with 1: ModuleNotFoundError: No module named 'weave'" in table


def test_a_call_is_found_only_where_its_texts_are_whole() -> None:
    asked, said = messages(7)[1]["content"], answer(messages(7))
    assert find([asked.encode(), said.encode()])[:2] == ({7}, {7})
    assert find([asked[1:].encode(), said[:-2].encode()])[:2] == (set(), set())
    assert find([QUESTION.encode()]).asked == set()


def test_the_sink_has_stored_what_it_answered_however_it_came(tmp_path: Path) -> None:
    sent = {"gzip": gzip.compress(b"one"), "zstd": zstandard.compress(b"two"), "plain": b"three"}
    with Sink(tmp_path / "sink", {"/": b"{}", "/info": b'{"version": 1}'}) as sink:
        for coding, body in sent.items():
            request = urllib.request.Request(f"{sink.url}/runs", body, {"Content-Encoding": coding} if coding != "plain" else {})
            assert urllib.request.urlopen(request).read() == b"{}"
        chunked = urllib.request.Request(f"{sink.url}/runs", iter([b"fo", b"ur"]), {"Transfer-Encoding": "chunked"}, method="POST")
        urllib.request.urlopen(chunked).close()
        assert urllib.request.urlopen(f"{sink.url}/info").read() == b'{"version": 1}'
    assert list(bodies(tmp_path / "sink")) == [b"one", b"two", b"three", b"four"]


@pytest.mark.usefixtures("restored_sockets")
def test_a_measured_process_reaches_loopback_and_nothing_else() -> None:
    refused = stay_on_loopback()
    with pytest.raises(OSError, match="stays on loopback"):
        socket.create_connection(("192.0.2.1", 80))
    with pytest.raises(OSError, match="stays on loopback"):
        socket.create_connection(("example.invalid", 80))
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    assert refused == ["192.0.2.1", "example.invalid"]
