"""Signals as bytes of a pipe, for a server that waits for other things, too."""

from __future__ import annotations

import os
import signal

ENDING = (signal.SIGTERM, signal.SIGINT)


class Wakeup:
    """Watch for children that end, and for who asks this process to end."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._handlers = {number: signal.signal(number, _noted) for number in (*ENDING, signal.SIGCHLD)}
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)

    def fileno(self) -> int:
        return self._reader

    def read(self) -> int:
        """Take what has come; returns a signal to end at, or 0."""
        return next((number for number in os.read(self._reader, 64) if number in ENDING), 0)

    def fork(self) -> int:
        """Fork an item's process. Signals to it wait until it has left: none is lost, or taken for the server's."""
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        pid = -1
        try:
            pid = os.fork()
        finally:
            if pid:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        return pid

    def leave(self) -> None:
        """In an item's own process: signals do what they did before."""
        signal.set_wakeup_fd(-1)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.close(self._reader)
        os.close(self._writer)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _noted(number: int, frame: object) -> None:
    """Leave it to the pipe."""
