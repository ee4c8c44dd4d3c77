"""What is left of a streamed answer when the process that reads it ends in the middle."""

import subprocess
import sys
from pathlib import Path

import pytest

from agentlog import read_interactions
from agentlog.capture.recover import recover
from tests.capture.clients.provider import Provider, Streamed
from tests.capture.clients.said import COMPLETION, QUESTION
from tests.formats.streams import chat_chunks

PROGRAM = """
import os, signal, sys
import openai
from agentlog import AgentLogger

data, url, ending = sys.argv[1:]
client = AgentLogger(data).wrap_openai(openai.OpenAI(api_key="k", base_url=url), role="coder")
stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "What is the weather in Ulm?"}], stream=True)
for _ in range(3):
    next(stream)
if ending == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("ending", ["killed", "exits"])
def test_a_stream_that_its_process_did_not_finish_is_recovered_as_far_as_it_came(ending: str, provider: Provider, tmp_path: Path) -> None:
    provider.will_say(Streamed(chat_chunks(COMPLETION)))
    command = [sys.executable, "-c", PROGRAM, str(tmp_path), f"{provider.url}/v1", ending]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (-9 if ending == "killed" else 0, "")
    recover(tmp_path)
    [interaction] = read_interactions(tmp_path)
    assert interaction.messages == QUESTION
    assert interaction.model_output is not None
    assert interaction.model_output["content"] == "Let me loo"
    assert interaction.execution_result is not None
    assert interaction.execution_result.status == "interrupted"
