"""A network between a submitter and an agent that can go away, and come back."""

from __future__ import annotations

import socket
import struct
import threading
from types import TracebackType
from urllib.parse import urlsplit

_ALL_OF_IT = 2
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


class Network:
    """Carries connections from `address` to an agent."""

    def __init__(self, agent: str):
        place = urlsplit(agent)
        self._agent = (place.hostname or "127.0.0.1", place.port or 4646)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._flows = threading.Event()
        self._flows.set()
        self._resets = False
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Network:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.heal()
        self._listener.close()
        self._drop()

    def cut(self, silently: bool) -> None:
        """Lose every byte without a word, or reset every connection, those that are made from now on as well."""
        if silently:
            self._flows.clear()
        else:
            self._resets = True
            self._drop()

    def heal(self) -> None:
        """Let everything pass again, also what was held back."""
        self._resets = False
        self._flows.set()

    def _drop(self) -> None:
        with self._lock:
            dropped, self._open = self._open, set()
        for one in dropped:
            _reset(one)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._resets:
                _reset(near)
                continue
            far = socket.create_connection(self._agent)
            with self._lock:
                self._open |= {near, far}
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self._flows.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            _reset(target)
        with self._lock:
            self._open.discard(source)


def _reset(one: socket.socket) -> None:
    """Close it as a router does that knows nothing of it; also while another thread reads from it."""
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        one.shutdown(_ALL_OF_IT)
    except OSError:
        pass
    one.close()
