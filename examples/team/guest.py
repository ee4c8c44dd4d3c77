"""The inside of the sandbox: a program that limits itself, runs foreign code and writes a report. Started by `sandbox`, never imported.

Limits are set before any foreign code is compiled and cannot be raised again from within. An audit hook refuses new processes and
sockets, because a limit on the number of processes does not bind a superuser.
"""

import json
import os
import resource
import sys
from collections.abc import Callable

_PROCESSES = ("os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen")
_SOCKETS = ("socket.connect", "socket.bind")


def confine(seconds: int, memory: int) -> None:
    """Take away what small functions do not need."""
    limits = {"CPU": seconds, "AS": memory, "FSIZE": 1 << 20, "NOFILE": 32, "NPROC": 0, "CORE": 0}
    for name, limit in limits.items():
        number = getattr(resource, f"RLIMIT_{name}", None)
        if number is not None:
            resource.setrlimit(number, (limit, limit + 1 if name == "CPU" else limit))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in _PROCESSES or event in _SOCKETS:
        raise PermissionError(f"{event} is not allowed here")


def raises(error: type[BaseException], function: Callable[..., object], *arguments: object) -> bool:
    """Whether a call raises this kind of error."""
    try:
        function(*arguments)
    except error:
        return True
    return False


def failure(check: str, namespace: dict[str, object]) -> str | None:
    """What is wrong with a check, or None if it is true."""
    try:
        if eval(check, namespace):
            return None
    except Exception as error:  # noqa: BLE001 - whatever foreign code raises is its failure
        return f"FAILED: {check}: {type(error).__name__}: {error}"
    return f"FAILED: {check}: {_seen(check, namespace)}"


def _seen(check: str, namespace: dict[str, object]) -> str:
    """What the left side of a failed comparison really was."""
    call, sign, _ = check.rpartition(" == ") if " == " in check else check.rpartition(" is ")
    return f"it was {eval(call, namespace)!r}"[:200] if sign else "not true"


def run(code: str, checks: list[str]) -> dict[str, object]:
    """Run the code and the checks; failures and what ended the run early, if anything did."""
    namespace: dict[str, object] = {"__name__": "answer", "raises": raises}
    try:
        exec(compile(code, "answer.py", "exec"), namespace)
        return {"failures": [said for check in checks if (said := failure(check, namespace))], "error": None}
    except MemoryError:
        return {"failures": [], "error": "Stopped: out of memory."}
    except BaseException as error:  # noqa: BLE001 - even SystemExit must end in a report
        return {"failures": [], "error": f"{type(error).__name__}: {error}"[:300]}


if __name__ == "__main__":
    job = json.load(sys.stdin)
    confine(job["seconds"], job["bytes"])
    outcome = run(job["code"], job["checks"])
    os.write(int(sys.argv[1]), json.dumps(outcome).encode())
