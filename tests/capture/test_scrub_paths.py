"""With a scrubber, nothing private reaches the disk by any path: not in the log, not in the journal of a call that is going on."""

import dataclasses
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydantic
import pytest

from agentlog import AgentLogger, log_interaction, read_interactions, scrub
from agentlog.capture.recover import recover

SECRET = "hush7hush"
CHAT = [{"role": "system", "content": f"system {SECRET}"}, {"role": "user", "content": f"user {SECRET}", f"key {SECRET}": 1}]
TOOLS = [{"type": "function", "function": {"name": "run", "description": SECRET, "parameters": {"properties": {f"{SECRET} x": {}}}}}]


def without_secrets(value: Any) -> Any:
    """A scrubber: the secret goes, whatever it is in."""
    if isinstance(value, str):
        return value.replace(SECRET, "***")
    if isinstance(value, list):
        return [without_secrets(part) for part in value]
    return {name: without_secrets(part) for name, part in value.items()} if isinstance(value, dict) else value


class Answer(pydantic.BaseModel):
    text: str = SECRET


@dataclasses.dataclass
class Result:
    output: str = f"output {SECRET}"
    more: str = SECRET


class Secretive:
    def __repr__(self) -> str:
        return f"<{SECRET}>"

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"{SECRET} in the message of {name}")


class LeakingError(Exception):
    def __str__(self) -> str:
        return f"could not log in with {SECRET}"


class SpeechlessError(Exception):
    def __str__(self) -> str:
        raise ValueError(SECRET)


COMPLETION = {
    "id": f"id-{SECRET}",
    "model": f"model-{SECRET}",
    "choices": [{"message": {"role": "assistant", "content": SECRET, "refusal": SECRET}, "finish_reason": f"because-{SECRET}"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "details": SECRET},
}
CHUNKS = [{"model": "m", "choices": [{"index": 0, "delta": {"content": half}, "finish_reason": None}]} for half in (SECRET[:4], SECRET[4:])]
ANSWERS = [
    f"text {SECRET}", {"a": SECRET}, {f"{SECRET} b": 1}, Answer(), Result(), COMPLETION, [COMPLETION], Secretive(), SECRET.encode(),
    (SECRET,), {SECRET}, {"output": SECRET, "more": [SECRET]}, f"\ud800 {SECRET}", LeakingError(),
    {"role": "assistant", "content": SECRET, "name": SECRET},
]  # fmt: skip


def leaks(data: Path) -> list[str]:
    """Every file in which the secret stands, as it is or escaped; journals and payloads are files like any other."""
    files = [file for file in data.rglob("*") if file.is_file()]
    assert files
    return [file.name for file in files if SECRET.encode() in (raw := file.read_bytes()) or re.search(rb"hus.{0,6}h7hush", raw)]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[AgentLogger]:
    """A logger that scrubs; what the test did is looked at before and after it is closed, and must be readable."""
    log = AgentLogger(tmp_path, scrub=without_secrets)
    yield log
    assert leaks(tmp_path) == []
    log.close()
    assert leaks(tmp_path) == []
    reader = read_interactions(tmp_path)
    assert list(reader)
    assert reader.skipped == []
    assert log.stats().lost == 0


def test_no_answer_of_any_kind_takes_a_secret_along(log: AgentLogger) -> None:
    for answer in ANSWERS:
        assert log_interaction("coder", logger=log)(lambda messages, answer=answer: answer)(CHAT) is answer
        with log.interaction(role="coder", messages=CHAT) as call:
            call.output = answer


def test_no_argument_takes_a_secret_along(log: AgentLogger) -> None:
    decorated = log_interaction("coder", logger=log)(lambda *args, **kwargs: "done")
    for value in [*ANSWERS, CHAT, tuple(CHAT), TOOLS]:
        for name in ("messages", "prompt", "input", "question", "task", "state", "tools", "model", "temperature", "stop", "other", "agent"):
            decorated(**{name: value})
        decorated(value, value)
    decorated(task={"id": SECRET, "description": SECRET}, task_id=SECRET, model=SECRET, response_format={"schema": SECRET})


def test_no_word_about_a_call_takes_a_secret_along(log: AgentLogger) -> None:
    with log.session(f"session {SECRET}", task_id=SECRET, variant=SECRET):
        with log.interaction(
            role="coder", messages=CHAT, model={"name": SECRET, "provider": SECRET}, task_id=SECRET, task_description=SECRET, tools=TOOLS,
            params={"stop": [SECRET]}, metadata={SECRET: SECRET, "note": {"deep": [SECRET]}},
        ) as call:  # fmt: skip
            call.output, call.finish_reason, call.variant = SECRET, SECRET, SECRET
            call.usage = {"input_tokens": 1, "who": SECRET}
            call.tools = [*TOOLS, *TOOLS]
            call.params["more"] = call.metadata["more"] = SECRET
            call.execution_result = {"status": "failure", "log": SECRET}
            call.note(SECRET)
            with log.interaction(role="coder", prompt=SECRET, model=SECRET):
                pass
        log.result(call.id, status=SECRET, error={"message": SECRET}, more=[SECRET], odd=Secretive())
        log.feedback(call.id, comments=SECRET, corrections=SECRET, reviewer=SECRET)


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def test_no_exception_takes_a_secret_along(log: AgentLogger) -> None:
    group = ExceptionGroup(SECRET, [ValueError(SECRET)])
    for error in (ValueError(SECRET), LeakingError(), KeyError({SECRET: 1}), group, type(f"Error{SECRET}", (Exception,), {})(SECRET)):
        with pytest.raises(type(error)):
            log_interaction("coder", logger=log)(raising(error))(CHAT)
    for fact in ("task_type", "prompt", "output"):
        finder: dict[str, Any] = {fact: raising(ValueError(SECRET))}
        log_interaction("coder", logger=log, **finder)(lambda prompt: "done")(SECRET)


def test_no_chunk_takes_a_secret_along_even_in_halves(log: AgentLogger) -> None:
    for chunks in ([SECRET[:4], SECRET[4:]], CHUNKS, [SECRET, {"a": SECRET}], [Answer(), Secretive()]):

        def stream(messages: Any, chunks: Any = chunks) -> Any:
            yield from chunks
            return SECRET

        generator = log_interaction("coder", logger=log)(stream)(CHAT)
        for _ in generator:
            assert leaks(log.data) == [], "while the call is going on"
        left = log_interaction("coder", logger=log)(stream)(CHAT)
        next(left)
        left.close()


def test_what_cannot_even_be_made_into_a_line_is_told_without_its_message(tmp_path: Path) -> None:
    class NoDictionary:
        def keys(self) -> Any:
            raise next(errors)

    log, errors = AgentLogger(tmp_path, scrub=without_secrets), iter([LeakingError(), SpeechlessError()])
    for _ in range(2):
        with log.interaction(role="coder", prompt="p", params=NoDictionary()):  # type: ignore[arg-type]
            pass
    with log.interaction(role="coder", prompt="p"):
        pass
    log.close()
    assert log.stats() == (3, 1, 2)
    assert leaks(tmp_path) == []


IN_FLIGHT = """
import sys
from agentlog import AgentLogger, log_interaction
from tests.capture.test_scrub_paths import CHAT, TOOLS, SECRET, without_secrets
log = AgentLogger(sys.argv[1], scrub=without_secrets)

@log_interaction("coder", logger=log, model=SECRET)
def stream(messages, tools, other, task_id):
    yield SECRET[:4]
    yield SECRET[4:]
    yield "rest"

with log.session(SECRET, task_id=SECRET, variant=SECRET):
    with log.interaction(role="coder", messages=CHAT, metadata={SECRET: SECRET}, params={"stop": SECRET}, task_description=SECRET):
        for piece in stream(CHAT, TOOLS, {"deep": SECRET}, SECRET):
            print(piece, flush=True)
            sys.stdin.readline()
"""


def test_no_call_that_was_going_on_when_its_process_was_killed_takes_a_secret_along(tmp_path: Path) -> None:
    command = [sys.executable, "-c", IN_FLIGHT, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        for _ in range(2):
            assert process.stdout.readline()
            assert leaks(tmp_path) == []
            process.stdin.write("\n")
        assert process.stdout.readline() == "rest\n"
        process.send_signal(signal.SIGKILL)
    assert leaks(tmp_path) == []
    assert len(recover(tmp_path).calls) == 2
    assert leaks(tmp_path) == []
    assert {each.session_id for each in read_interactions(tmp_path)} == {"***"}


@pytest.mark.parametrize("broken", [raising(ValueError(SECRET)), lambda value: "other", lambda value: None, lambda value: value * 0 + 1])
def test_where_the_scrubber_is_broken_everything_is_withheld_and_the_agent_goes_on(tmp_path: Path, broken: Any) -> None:
    log = AgentLogger(tmp_path, scrub=broken)
    ask = log_interaction("coder", logger=log)(lambda messages, other: {"answer": SECRET})
    assert ask(CHAT, SECRET) == {"answer": SECRET}
    with pytest.raises(LeakingError):
        log_interaction("coder", logger=log)(raising(LeakingError()))(CHAT)
    with log.session(f"session {SECRET}"), log.interaction(role="coder", prompt=SECRET) as call:
        call.output = SECRET
    assert log.result(call.id, status="failure", error=SECRET)
    assert log.feedback(call.id, rating=2, comments=SECRET)
    log.close()
    assert leaks(tmp_path) == []
    reader = read_interactions(tmp_path)
    first, second, third = reader
    assert reader.skipped == []
    assert "withheld" in str(first.messages)
    assert first.metadata["changed"]
    assert second.execution_result is not None
    assert second.execution_result.status == "error"
    assert third.human_feedback is not None
    assert third.human_feedback.rating == 2


def test_a_scrubber_that_never_comes_back_withholds_and_the_agent_goes_on(tmp_path: Path) -> None:
    ends = threading.Event()

    def hang(value: Any) -> Any:
        ends.wait()
        return value

    log = AgentLogger(tmp_path, scrub=hang, scrub_limit_s=0.05)
    assert log_interaction("coder", logger=log)(lambda prompt: SECRET)(SECRET) == SECRET
    ends.set()
    log.close()
    assert leaks(tmp_path) == []
    [read] = read_interactions(tmp_path)
    assert "took more than 0.05 s" in str(read.metadata["changed"])


def test_the_project_s_own_scrubber_stands_before_the_disk(tmp_path: Path) -> None:
    token = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"
    log = AgentLogger(tmp_path, scrub=scrub)
    with log.session("s"), log.interaction(role="coder", prompt=f"push with {token} for ana.lopez@corp-mail.io") as call:
        call.output = f"export GITHUB_TOKEN={token}"
    log.close()
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert token.encode() not in written
    assert b"ana.lopez@corp-mail.io" not in written
    [read] = read_interactions(tmp_path)
    assert read.messages[0]["content"].startswith("push with ")
