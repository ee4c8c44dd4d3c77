"""The least that a durable record can cost: one ``orjson.dumps`` and one ``os.write`` of the record that agentlog writes."""

import os
from pathlib import Path
from typing import Any

import orjson

from peers.arm import Arm, Traced
from peers.payload import Messages, answer

RECORD: dict[str, Any] = {
    "event": "interaction",
    "schema_version": 1,
    "id": "01932c6e-0000-7000-8000-000000000000",
    "timestamp": "2026-11-20T17:00:00.123456Z",
    "session_id": "01932c6e-0000-7000-8000-000000000001",
    "parent_id": None,
    "agent_role": "coder",
    "task_id": None,
    "task_type": "explain",
    "task_description": None,
    "messages": None,
    "tools": [],
    "model_output": None,
    "model": {"name": "m", "provider": None, "revision": None, "quantization": None},
    "params": {},
    "usage": None,
    "latency_ms": 4210.5,
    "finish_reason": None,
    "execution_result": None,
    "human_feedback": None,
    "variant": None,
    "metadata": {},
}


def start(folder: Path, url: str) -> Traced:
    """Write records to one file that stays open."""
    handle = os.open(folder / "floor.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def call(messages: Messages) -> None:
        RECORD["messages"] = messages
        RECORD["model_output"] = {"role": "assistant", "content": answer(messages), "tool_calls": []}
        os.write(handle, orjson.dumps(RECORD, option=orjson.OPT_APPEND_NEWLINE))

    return Traced(call, close=lambda: os.close(handle))


ARM = Arm("floor: orjson + write", "file", start, "orjson")
