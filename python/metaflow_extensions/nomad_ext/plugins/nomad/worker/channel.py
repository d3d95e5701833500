"""One connection of the launch host: JSON lines each way, neither of which ever makes the server wait."""

from __future__ import annotations

import json
import socket
from typing import Any

_READ = 1 << 16
FULL = 1 << 18
"""So many bytes may wait to be sent before no more output is read, in bytes."""


class Channel:
    """A connection that does not block."""

    def __init__(self, connection: socket.socket):
        connection.setblocking(False)
        self._connection = connection
        self._incoming = bytearray()
        self._outgoing = bytearray()
        self.open = True
        self.greeted = False
        """Whether the host has said what it knows. Before that it could not tell what is missing."""

    def fileno(self) -> int:
        return self._connection.fileno()

    @property
    def waiting(self) -> int:
        """How much waits to be sent, in bytes."""
        return len(self._outgoing)

    def send(self, message: dict[str, Any]) -> None:
        """Send, or keep for `flush`."""
        self._outgoing += json.dumps(message).encode() + b"\n"
        self.flush()

    def flush(self) -> None:
        """Send what the other side takes."""
        try:
            while self._outgoing:
                del self._outgoing[: self._connection.send(self._outgoing)]
        except BlockingIOError:
            return
        except OSError:
            self.open = False

    def receive(self) -> list[dict[str, Any]]:
        """Return the messages that have come whole."""
        try:
            data = self._connection.recv(_READ)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        self.open = self.open and bool(data)
        self._incoming += data
        *lines, rest = self._incoming.split(b"\n")
        self._incoming = bytearray(rest)
        return [json.loads(line) for line in lines if line]

    def close(self) -> None:
        self.open = False
        self._connection.close()
