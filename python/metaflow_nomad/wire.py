"""The socket to the launch host, with no more than one task's stand-in needs of it."""

from __future__ import annotations

import _socket
import errno

READ = 65536


def connect(path: str) -> _socket.socket | None:
    """Connect to the host; None when nobody listens."""
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        return None
    return connection


def try_send(connection: _socket.socket, data: bytes) -> None:
    """Send, unless the host is gone or too busy to take it."""
    try:
        connection.send(data)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.EAGAIN):
            raise


def receive(connection: _socket.socket) -> bytes | None:
    """Return data, nothing at the end, or None when there is none just now."""
    try:
        return connection.recv(READ)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def json_string(text: str) -> bytes:
    """Write a JSON string without the json module."""
    special = {'"': '\\"', "\\": "\\\\"}
    quoted = "".join(special.get(char) or (char if char >= " " else f"\\u{ord(char):04x}") for char in text)
    return b'"%s"' % quoted.encode("utf-8", "surrogateescape")
