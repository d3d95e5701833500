"""What ties a stand-in to the runtime: its output, its standard input, its signals, and whether it is still wanted."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # mypy has no stub of it
import fcntl
import os
import select
import time

CANCEL_SECONDS = 4.0
# A pipe of one page is full while it holds anything.
F_SETPIPE_SZ, PAGE = 1031, 4096
# Output that the runtime has not taken yet; beyond it the host has to wait.
BACKLOG = 1 << 20


class CancelledError(Exception):
    """The task is not wanted any more."""


class Streams:
    """Standard streams and signals of this process."""

    def __init__(self) -> None:
        self.pending = {1: bytearray(), 2: bytearray()}
        self.stdin_open = True
        self.cancel_code = 0
        self.deadline = 0.0
        self.wakeup = _watch_signals()
        for fd in (1, 2):
            os.set_blocking(fd, False)
            _shrink(fd)

    # -- waiting ---------------------------------------------------------------------------------------------------

    def poll(self, seconds: float, others: dict[int, int]) -> dict[int, int]:
        """Poll signals and standard input beside others; note when the task is not wanted any more."""
        poller = select.poll()
        poller.register(self.wakeup, select.POLLIN)
        if self.stdin_open:
            poller.register(0, select.POLLIN)
        for fd, events in others.items():
            poller.register(fd, events)
        ready = dict(poller.poll(max(0, seconds) * 1000))
        if self.wakeup in ready:
            self.cancel(128 + os.read(self.wakeup, 64)[0])
        # Nobody ever writes to standard input: that it ends says that the runtime is gone.
        if self.stdin_open and 0 in ready and not _read_some(0):
            self.stdin_open = False
            self.cancel(143)
        return ready

    def cancel(self, code: int) -> None:
        """Remember the first reason to stop, and for how long to wait from now on."""
        if not self.cancel_code:
            self.cancel_code, self.deadline = code, time.monotonic() + CANCEL_SECONDS

    def gave_up(self) -> bool:
        """Whether the time to stop in good order is over."""
        return bool(self.cancel_code) and time.monotonic() > self.deadline

    def sleep(self, seconds: float) -> None:
        """Sleep before a retry: only this process waits."""
        if seconds > 0:
            length = f"{seconds:g} seconds" if seconds < 60 else f"{seconds / 60:g} minutes"
            self.say(f"Waiting {length} before the next attempt.")
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.write(self.poll(left, self.writable()))
            if self.cancel_code:
                raise CancelledError

    # -- output ----------------------------------------------------------------------------------------------------

    def say(self, text: str, fd: int = 1) -> None:
        """Print a line of our own."""
        self.pending[fd] += text.encode("utf-8", "replace") + b"\n"

    def full(self) -> bool:
        """Whether the runtime has to take something before more is fetched."""
        return sum(map(len, self.pending.values())) > BACKLOG

    def writable(self) -> dict[int, int]:
        """Return what to poll for output."""
        return {fd: select.POLLOUT for fd, data in self.pending.items() if data}

    def write(self, ready: dict[int, int]) -> None:
        """Write one line to each stream whose last line the runtime has taken.

        The runtime reads one line a time from its buffer, and looks again only when the pipe has more: of lines written
        at once it would show the first, and the others when the next one comes.
        """
        for fd, data in self.pending.items():
            if fd not in ready or not data:
                continue
            try:
                end = data.find(b"\n", 0, PAGE)
                del data[: os.write(fd, data[: PAGE if end < 0 else end + 1])]
            except BlockingIOError:
                continue
            except OSError:
                # Nobody reads any more: the runtime is gone.
                data.clear()
                self.cancel(143)

    def flush(self) -> None:
        """Write the rest; a runtime that is stuck gets a bounded time."""
        until = time.monotonic() + (CANCEL_SECONDS if self.cancel_code else 3600.0)
        while self.writable() and time.monotonic() < until:
            poller = select.poll()
            for fd in self.writable():
                poller.register(fd, select.POLLOUT)
            self.write(dict(poller.poll(1000)))


def _watch_signals() -> int:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for number in (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP):
        _signal.signal(number, _ignore)
    # A handler of Python's would only run between two system calls; this ends a poll.
    _signal.set_wakeup_fd(writer)
    return reader


def _ignore(number: int, frame: object) -> None:
    """Leave it to the wakeup pipe."""


def _shrink(fd: int) -> None:
    try:
        fcntl.fcntl(fd, F_SETPIPE_SZ, PAGE)
    except OSError:
        # No pipe, or not Linux: lines then go out as fast as they are taken.
        return


def _read_some(fd: int) -> bytes:
    try:
        return os.read(fd, 65536)
    except OSError:
        return b""
