"""The program that a worker of the process engine runs: ``python -m agentlog.engines.worker FD PARENT``.

It answers the messages of its socket one after the other until the other end closes. It must never outlive its parent, however that ended:
on Linux the kernel kills it with the thread that keeps it, and everywhere a thread watches the socket and the parent's process id. Ctrl-C
is for the parent alone. What the function prints goes to standard error, for standard output belongs to the command that the user called.
"""

import ctypes
import os
import select
import signal
import socket
import sys
import threading
from contextlib import suppress

from agentlog.engines.frames import BATCH, CALL, DONE, FAILED, receive, send
from agentlog.engines.job import answer

_PR_SET_PDEATHSIG = 1
_LOOK_AFTER_PARENT_MS = 1000


def main(link_number: int, parent: int) -> None:
    """Serve the socket of that number for the parent of that process id."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with suppress(OSError):  # a service may run without a standard error
        os.dup2(2, 1)
    with socket.socket(fileno=link_number) as link:
        threading.Thread(target=_watch, args=(link, parent), daemon=True).start()
        with suppress(EOFError, ConnectionError):
            _serve(link)


def _serve(link: socket.socket) -> None:
    call = b""
    while True:
        kind, payload = receive(link)
        if kind == CALL:
            call = bytes(payload)
        elif kind == BATCH:
            given = answer(call, payload)
            send(link, DONE if given.done else FAILED, given.payload)
            del given
        # Nothing of a batch is kept while the next one is awaited.
        del payload


def _watch(link: socket.socket, parent: int) -> None:
    """End this process when the parent is gone, even in the middle of a batch.

    The socket tells at once; but another child of the parent may hold its end open, and only the process id tells then.
    """
    hung_up = select.poll()
    hung_up.register(link, getattr(select, "POLLRDHUP", 0) | select.POLLHUP)
    while os.getppid() == parent:
        if hung_up.poll(_LOOK_AFTER_PARENT_MS):
            break
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
