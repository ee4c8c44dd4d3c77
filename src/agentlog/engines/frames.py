"""Messages between this process and a worker: a kind of one byte, a length of eight, and that many bytes.

They go over a socket pair rather than pipes, because one receive call then takes a whole message of any size. A pipe gives 64 KiB a call,
and after each the reading thread would wait for the interpreter's lock, up to 5 ms while the main thread computes.
"""

import socket
import struct

CALL = b"C"
BATCH = b"B"
DONE = b"D"
FAILED = b"F"
_HEAD = struct.Struct("!cQ")


def send(link: socket.socket, kind: bytes, payload: bytes | bytearray) -> None:
    """Send one message.

    Raises:
        OSError: the other end is gone.
    """
    link.sendall(_HEAD.pack(kind, len(payload)))
    link.sendall(payload)


def receive(link: socket.socket) -> tuple[bytes, bytearray]:
    """The next message: its kind and its bytes.

    Raises:
        EOFError: the other end is gone, maybe in the middle of a message.
        OSError: likewise.
    """
    kind, size = _HEAD.unpack(_exactly(link, _HEAD.size))
    return kind, _exactly(link, size)


def _exactly(link: socket.socket, size: int) -> bytearray:
    buffer = bytearray(size)
    rest = memoryview(buffer)
    while rest:
        taken = link.recv_into(rest, 0, socket.MSG_WAITALL)
        if not taken:
            raise EOFError
        rest = rest[taken:]
    return buffer
