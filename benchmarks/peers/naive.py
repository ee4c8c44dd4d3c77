"""The decorator that everyone writes first: open the file, append a line of ``json.dumps``, close it."""

import functools
import json
import time
from collections.abc import Callable
from pathlib import Path

from peers.arm import Arm, Traced
from peers.payload import Messages, answer


def start(folder: Path, url: str) -> Traced:
    """Decorate with it."""
    path = folder / "naive.jsonl"

    def logged(function: Callable[[Messages], str]) -> Callable[[Messages], str]:
        @functools.wraps(function)
        def wrapper(messages: Messages) -> str:
            begun = time.time()
            said = function(messages)
            record = {"timestamp": begun, "function": function.__name__, "messages": messages, "output": said, "took": time.time() - begun}
            with path.open("a") as file:
                file.write(json.dumps(record) + "\n")
            return said

        return wrapper

    return Traced(logged(answer))


ARM = Arm("naive: open, append, close", "file", start)
