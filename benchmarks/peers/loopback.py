"""Nothing leaves this machine: a measured process may connect to loopback, and every other attempt fails and is noted.

Python's own sockets and name look-ups are covered, which is how all of these peers send. Proxies that lead nowhere stand behind them, set
by the runner, for whatever does not go through Python's sockets.
"""

import socket
from typing import Any

HERE = ("127.0.0.1", "::1", "localhost")


def stay_on_loopback() -> list[str]:
    """Refuse other places from now on; returns the list that fills with the places that were tried."""
    refused: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in HERE:
            refused.append(str(address[0]))
            raise ConnectionRefusedError(f"{address}: this benchmark stays on loopback")
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if (host.decode() if isinstance(host, bytes) else host) not in (*HERE, None):
            refused.append(str(host))
            raise socket.gaierror(socket.EAI_NONAME, f"{host}: this benchmark stays on loopback")
        return look_up(host, *args, **kwargs)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign]
    socket.getaddrinfo = guarded_look_up
    return refused
