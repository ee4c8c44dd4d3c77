"""SIGKILL at random moments, with 8 threads logging: nothing that was acknowledged may be missing, and nothing that had begun.

A child logs as fast as it can: functions, streams, and calls within calls, with prompts of 0 to 9 KB and files of 200 KB. It says in
memory that it shares with its parent which calls have begun, which have returned and how many chunks of a stream have come. The parent
kills it between 0 and 50 ms after its start, half of the time with a journal that is mapped and half of the time with one that is
written, recovers, and looks for every call by number: with its whole prompt, once, and streams with all chunks that came. Lines that cannot
be read are only allowed at the end of a file. Children are forks of a process that has loaded agentlog, so a kill takes little time.

    python benchmarks/sigkill.py [--kills 1000]      about a minute on two cores
"""

import argparse
import mmap
import os
import random
import signal
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from agentlog import AgentLogger, log_interaction, read_interactions
from agentlog.capture.recover import recover
from agentlog.schema.interaction import Interaction
from agentlog.store import journal
from agentlog.store.layout import log_files

KILLS, THREADS, LATEST_S = 1_000, 8, 0.050
STREAMERS = 2
CHUNKS = 40
IN_PLACE = journal._IN_PLACE
_FACTS = struct.Struct("qqq")


class Facts(NamedTuple):
    """What a thread said last: the number of the call that it began, of the last one that returned, and chunks of the one that goes on."""

    begun: int
    ended: int
    chunks: int


def prompt_of(thread: int, number: int) -> str:
    """What a thread asks in a call."""
    return f"{thread} {number} " + "x" * (number * 37 % 9000)


def log_for_ever(data: Path, shared: mmap.mmap, mapped: bool) -> None:
    """The child: 8 threads that log until they are killed."""
    journal._IN_PLACE = IN_PLACE if mapped else ()
    log = AgentLogger(data, rotate_bytes=200_000)

    def say(thread: int, begun: int, ended: int, chunks: int) -> None:
        shared[thread * _FACTS.size : (thread + 1) * _FACTS.size] = _FACTS.pack(begun, ended, chunks)

    @log_interaction(role="coder", logger=log)
    def answer(prompt: str, thread: int, number: int) -> str:
        say(thread, number, number - 1, 0)
        with log.interaction(role="inner", prompt=f"inner {thread} {number}") as call:
            call.output = "done"
        return f"answer {number}"

    @log_interaction(role="streamer", logger=log)
    def stream(prompt: str, thread: int, number: int) -> Iterator[str]:
        say(thread, number, number - 1, 0)
        for chunk in range(CHUNKS):
            yield f"{number}.{chunk} "

    def work(thread: int) -> None:
        number = 0
        while True:
            number += 1
            if thread < STREAMERS:
                for chunk, _ in enumerate(stream(prompt_of(thread, number), thread, number), start=1):
                    say(thread, number, number - 1, chunk)
            else:
                answer(prompt_of(thread, number), thread, number)
            say(thread, number, number, 0)

    for thread in range(THREADS):
        threading.Thread(target=work, args=(thread,)).start()
    signal.pause()


def kill_one(data: Path, after_s: float, mapped: bool) -> list[Facts]:
    """Start a child, kill it, and return what its threads had said."""
    shared = mmap.mmap(-1, mmap.PAGESIZE)
    pid = os.fork()
    if pid == 0:
        try:
            log_for_ever(data, shared, mapped)
        finally:
            os._exit(1)
    time.sleep(after_s)
    os.kill(pid, signal.SIGKILL)
    _, code = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(code), "the child ended by itself"
    return [Facts(*_FACTS.unpack_from(shared, thread * _FACTS.size)) for thread in range(THREADS)]


def torn_lines(data: Path) -> Iterator[str]:
    """What is wrong with the files: lines that cannot be read and are not at the end of their file."""
    for file in log_files(data):
        for place, line in enumerate(reversed(file.read_bytes().split(b"\n"))):
            try:
                orjson.loads(line or b"null")
            except orjson.JSONDecodeError:
                yield "torn tail" if place == 0 else "torn line within a file"


def missing(facts: list[Facts], found: dict[str, Interaction]) -> Iterator[str]:
    """What threads had said and the log does not hold."""
    for thread, said in enumerate(facts):
        for number in range(1, said.begun + 1):
            prompt = prompt_of(thread, number)
            call = found.get(prompt)
            going = number > said.ended
            if call is None:
                yield "begun call missing" if going else "acknowledged call missing"
            elif thread < STREAMERS:
                chunks = (call.model_output or {}).get("content") or ""
                expected = "".join(f"{number}.{chunk} " for chunk in range(said.chunks if going else CHUNKS))
                if not chunks.startswith(expected):
                    yield "acknowledged chunks missing"
                elif not "".join(f"{number}.{chunk} " for chunk in range(CHUNKS)).startswith(chunks):
                    yield "chunk that was never said"
            elif not going and (call.model_output or {}).get("content") != f"answer {number}":
                yield "acknowledged answer missing"
            elif not going and f"inner {thread} {number}" not in found:
                yield "acknowledged call missing"


def look(data: Path, facts: list[Facts], told: Counter[str]) -> list[str]:
    """Recover and compare; returns what is wrong, and counts what there was."""
    if not data.exists():
        return ["acknowledged call missing" for said in facts for _ in range(said.begun)]
    tears = list(torn_lines(data))
    report = recover(data)
    log = read_interactions(data)
    lines = list(log)
    found = {each.messages[-1]["content"]: each for each in lines}
    told["records"] += len(lines)
    told["acknowledged"] += sum(said.ended for said in facts)
    told["recovered"] += len(report.calls)
    told["torn tails"] += tears.count("torn tail")
    wrong = [tear for tear in tears if tear != "torn tail"] + list(missing(facts, found))
    wrong += ["record that stands twice"] * (len(lines) - len(found)) + ["damaged journal record"] * report.damaged
    return wrong + ["journal left"] * len(report.running)


def main() -> int:
    """Kill, look, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, told, wrong = random.Random(options.seed), Counter[str](), Counter[str]()
    # Loads what recovery needs, so that no kill waits for it.
    with tempfile.TemporaryDirectory() as name:
        recover(name)
    began = time.monotonic()
    for number in range(options.kills):
        with tempfile.TemporaryDirectory() as name:
            data = Path(name) / "data"
            facts = kill_one(data, chance.uniform(0, LATEST_S), mapped=number % 2 == 0)
            wrong.update(look(data, facts, told))
    print(f"{options.kills} kills, {THREADS} threads, {time.monotonic() - began:.0f} s")
    for what in ("records", "acknowledged", "recovered", "torn tails"):
        print(f"{what:<32}{told[what]:>10}")
    promised = ("acknowledged call missing", "begun call missing", "acknowledged chunks missing")
    for what in (*promised, *(wrong.keys() - promised)):
        print(f"{what:<32}{wrong[what]:>10}{'   BROKEN' if wrong[what] else ''}")
    return 1 if wrong.total() else 0


if __name__ == "__main__":
    sys.exit(main())
