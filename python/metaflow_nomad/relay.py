"""The tiny client: stands in for one task, and is all that the runtime sees of it.

It tells the launch host which request to run, copies the task's output, and exits with the task's exit code. There is
one per running task, so it imports no more than it must: `_signal` instead of `signal` (which brings `enum`), and
`revive` only where there is no host.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # mypy has no stub of it
import _socket
import os
import select
import time

from . import wire
from .streams import CancelledError, Streams

RESTARTS = 3
LOST = None


class Client:
    """One task's stand-in."""

    def __init__(self, rundir: str, request: str):
        self.rundir, self.request = rundir, request
        self.resume: bytes | None = None
        self.taken = 0
        self.own = Streams()

    def run(self, delay: float) -> int:
        """Wait out the delay, then follow the task to its end."""
        try:
            self.own.sleep(delay)
        except CancelledError:
            return self.own.cancel_code
        code = self.follow()
        self.own.flush()
        return code

    def follow(self) -> int:
        """Connect, and connect again when the host is lost, until there is an exit code."""
        attempts = 0
        while True:
            connection = self.connect(restart=attempts < RESTARTS)
            if connection is None:
                if self.own.cancel_code:
                    return self.own.cancel_code
                if attempts >= RESTARTS:
                    self.run_in_process()
            else:
                before = self.taken
                code = self.relay(connection)
                connection.close()
                if code is not LOST or self.own.gave_up():
                    return self.own.cancel_code or code or 0
                # A host that got on with the task before it died may be started again as often as it takes.
                attempts = 0 if self.taken > before else attempts
            attempts += 1

    def connect(self, restart: bool) -> _socket.socket | None:
        """Connect and say what to run; None when there is no host, or no need for one any more."""
        connection = wire.connect(self.rundir + "/host.sock")
        if connection is None and restart:
            from . import revive

            connection = revive.revive(self.rundir, self.own)
        if connection is not None:
            try:
                connection.sendall(self.greeting())
            except OSError:
                return None
        return connection

    def greeting(self) -> bytes:
        """Say which request this is about, and how far its output has come."""
        resume = b"null" if self.resume is None else wire.json_string(self.resume.decode("utf-8", "replace"))
        return b'{"v":1,"kind":"task","request":%s,"resume":%s}\n' % (wire.json_string(self.request), resume)

    def relay(self, connection: _socket.socket) -> int | None:
        """Copy frames until the exit code; LOST when the connection breaks before it."""
        own = self.own
        connection.setblocking(False)
        buffer = bytearray()
        told = False
        while not own.gave_up():
            if own.cancel_code and not told:
                told = True
                wire.try_send(connection, b"c")
            source = {} if own.full() else {connection.fileno(): select.POLLIN}
            wait = own.deadline - time.monotonic() if own.cancel_code else 3600.0
            ready = own.poll(wait, {**source, **own.writable()})
            own.write(ready)
            if connection.fileno() not in ready:
                continue
            data = wire.receive(connection)
            if not data:
                if data is not None:
                    return LOST
                continue
            buffer += data
            code = self.frames(buffer)
            if code is not None:
                return code
        return LOST

    def frames(self, buffer: bytearray) -> int | None:
        """Take whole frames off the buffer: a type, a length of four bytes, a payload."""
        while len(buffer) >= 5:
            end = 5 + int.from_bytes(buffer[1:5], "big")
            if len(buffer) < end:
                return None
            kind, payload = buffer[0], bytes(buffer[5:end])
            del buffer[:end]
            self.taken += 1
            if kind == 0x6F:  # o
                self.own.pending[1] += payload
            elif kind == 0x65:  # e
                self.own.pending[2] += payload
            elif kind == 0x72:  # r
                self.resume = payload
            elif kind == 0x78:  # x
                return self.exit_code(int(payload))
        return None

    def exit_code(self, code: int) -> int:
        """Return the code to exit with; the runtime explains only deaths it has seen itself."""
        code = 128 - code if code < 0 else code
        if code == 128 + _signal.SIGSEGV:
            self.own.say("Task failed with a segmentation fault.", 2)
        return code

    def run_in_process(self) -> None:
        """Do without a host: this process becomes the launcher of its one task."""
        from . import revive

        text = "[metaflow-nomad] no launch host could be started: this task is launched by a process of its own."
        self.own.say(text, 2)
        self.own.flush()
        revive.run_in_process(self.rundir, self.request, self.resume)


def main(arguments: list[str]) -> int:
    """Run as the command line says."""
    if arguments[:1] == ["--start-host"]:
        from . import revive

        os.write(1, b"%d\n" % revive.start_host(arguments[1]))
        return 0
    rundir, request, delay, *left = arguments
    client = Client(rundir, request)
    if left:
        _take_over(client, *left)
    return client.run(float(delay))


def _take_over(client: Client, kept: str, cancelled: str) -> None:
    """Go on where relay.pl does not know how to: with the token it kept, and why it is not wanted any more."""
    if kept:
        with open(kept, "rb") as file:
            os.unlink(kept)
            client.resume = file.read()
    if cancelled != "0":
        client.own.cancel(int(cancelled))
