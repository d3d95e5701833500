"""The pool on the submitter's own machine: items come from their stand-ins, with their standard streams.

A stand-in (`metaflow_nomad/pool_client.py`) brings its item's words, environment and streams over a socket, and is told
what became of the item. Where it goes away, so does the item; and all of them with the runtime, which holds this
server's standard input open.
"""

from __future__ import annotations

import collections
import contextlib
import os
import select
import signal
import socket
import struct
import time
from typing import Any

from .wakeup import Wakeup

_HEAD = 10
_PATIENCE = 10.0


class Guest:
    """A stand-in that waits for its item, or for the item's end."""

    def __init__(self, connection: socket.socket):
        connection.settimeout(_PATIENCE)
        self.connection, self.pid = connection, 0
        size = 3 * struct.calcsize("i")
        head, more, _, _ = connection.recvmsg(_HEAD, socket.CMSG_SPACE(size))
        self.streams = struct.unpack("iii", more[0][2])
        texts = _read(connection, int(head)).split(b"\0")
        count = int(texts[0])
        self.words = [os.fsdecode(word) for word in texts[1 : count + 1]]
        self.environment = dict(variable.split(b"=", 1) for variable in texts[count + 1 :])

    def fileno(self) -> int:
        return self.connection.fileno()

    def say(self, text: str) -> None:
        """Tell it; one that has gone is noticed elsewhere."""
        try:
            self.connection.sendall(text.encode() + b"\n")
        except OSError:
            return

    def asks(self) -> bytes:
        """Return the signals it passes on; that it has gone is one, too."""
        try:
            return self.connection.recv(64) or bytes([signal.SIGKILL])
        except OSError:
            return bytes([signal.SIGKILL])

    def signal(self, number: int) -> None:
        """Give the signal to the item and all that it has started; to nobody where it has not begun."""
        if self.pid:
            try:
                os.killpg(self.pid, number)
            except ProcessLookupError:
                # It has only just been forked. It is not gone: nobody has waited for it.
                os.kill(self.pid, number)

    def close(self) -> None:
        self.connection.close()
        for stream in self.streams:
            os.close(stream)


class Here:
    """Runs at most so many items at a time, each in a process of its own."""

    def __init__(self, settings: dict[str, Any]):
        self._size, self._idle = settings["size"], settings["idleSeconds"]
        self._listener = socket.socket(fileno=settings["listener"])
        self._guests: dict[int, Guest] = {}
        self._waiting: collections.deque[Guest] = collections.deque()
        self._busy_at = time.monotonic()
        self._wakeup = Wakeup()

    def serve(self) -> list[str]:
        """Serve until the runtime has gone; returns only in an item's process, with the words of its item."""
        while True:
            ready = self._wait()
            if 0 in ready:
                self._turn_away()
                self._leave()
            if self._wakeup.fileno() in ready and self._wakeup.read():
                self._leave()
            self._hear(ready)
            self._reap()
            words = self._begin()
            if words is not None:
                return words
            if self._guests:
                self._busy_at = time.monotonic()
            elif time.monotonic() - self._busy_at > self._idle:
                self._leave()

    def _wait(self) -> set[int]:
        poller = select.poll()
        for number in (0, self._wakeup.fileno(), self._listener.fileno(), *self._guests):
            poller.register(number, select.POLLIN)
        return {number for number, _ in poller.poll(1000)}

    def _hear(self, ready: set[int]) -> None:
        for guest in [guest for number, guest in self._guests.items() if number in ready]:
            for number in guest.asks():
                guest.signal(number)
                if guest in self._waiting:
                    guest.say(f"end -{number}")
                    self._waiting.remove(guest)
                    self._guests.pop(guest.fileno()).close()
        if self._listener.fileno() in ready:
            connection, _ = self._listener.accept()
            try:
                guest = Guest(connection)
            except (OSError, ValueError, IndexError):
                connection.close()
                return
            self._guests[guest.fileno()] = guest
            self._waiting.append(guest)

    def _begin(self) -> list[str] | None:
        while self._waiting and sum(guest.pid > 0 for guest in self._guests.values()) < self._size:
            guest = self._waiting.popleft()
            # From here on it may have begun: a stand-in that hears nothing more must not run it once more.
            guest.say("taken")
            guest.pid = self._wakeup.fork()
            if guest.pid == 0:
                self._become(guest)
                return guest.words
            guest.say(f"pid {guest.pid}")
        return None

    def _become(self, guest: Guest) -> None:
        """Leave the server behind: this is the item's process."""
        os.setsid()
        self._wakeup.leave()
        for number, stream in enumerate(guest.streams):
            os.dup2(stream, number)
        self._listener.close()
        for other in self._guests.values():
            other.close()
        # What the variables of the server were is what they are, mostly: to set them all would copy them.
        os.environ.update({os.fsdecode(name): os.fsdecode(value) for name, value in guest.environment.items()})
        for name in set(os.environb) - set(guest.environment):
            del os.environb[name]

    def _reap(self) -> None:
        ended = {}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            ended[pid] = os.waitstatus_to_exitcode(status)
        for number, guest in list(self._guests.items()):
            if guest.pid in ended:
                guest.say(f"end {ended[guest.pid]}")
                self._guests.pop(number).close()

    def _turn_away(self) -> None:
        """Tell who waits that it is over: who is told nothing would run the task itself, with no runtime."""
        farewell = f"end -{signal.SIGKILL.value}"
        for guest in self._waiting:
            guest.say(farewell)
        self._listener.setblocking(False)
        with contextlib.suppress(OSError):
            # Those that nobody has heard yet, until there are no more of them.
            while True:
                connection, _ = self._listener.accept()
                with contextlib.suppress(OSError), connection:
                    connection.sendall(farewell.encode() + b"\n")

    def _leave(self) -> None:
        for guest in self._guests.values():
            guest.signal(signal.SIGTERM)
        until = time.monotonic() + 2
        while any(guest.pid for guest in self._guests.values()) and time.monotonic() < until:
            self._reap()
            time.sleep(0.01)
        for guest in self._guests.values():
            guest.signal(signal.SIGKILL)
        os._exit(0)


def _read(connection: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise OSError("the stand-in has gone")
        data += piece
    return bytes(data)
