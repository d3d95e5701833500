"""The tiny client: stands in for one task, and is all that the runtime sees of it.

It tells the launch host which request to run, copies the task's output, and exits with the task's exit code. There is
one per running task, so it imports no more than it must: `_signal` instead of `signal` (which brings `enum`), and
`json` only to restart a dead host.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # mypy has no stub of it
import _socket
import errno
import fcntl
import os
import select
import time

STARTUP_SECONDS = 20.0
CANCEL_SECONDS = 4.0
RESTARTS = 3
READ = 65536
# A pipe of one page is full while it holds anything.
F_SETPIPE_SZ, PAGE = 1031, 4096
# Output that the runtime has not taken yet; beyond it the host has to wait.
BACKLOG = 1 << 20
LOST = None


class CancelledError(Exception):
    """The task is not wanted any more."""


class Client:
    """One task's stand-in."""

    def __init__(self, rundir: str, request: str):
        self.rundir, self.request = rundir, request
        self.resume: bytes | None = None
        self.pending = {1: bytearray(), 2: bytearray()}
        self.stdin_open = True
        self.cancel_code = 0
        self.deadline = 0.0
        self.taken = 0
        self.wakeup = _watch_signals()
        for fd in (1, 2):
            os.set_blocking(fd, False)
            _shrink(fd)

    def run(self, delay: float) -> int:
        """Wait out the delay, then follow the task to its end."""
        try:
            self.sleep(delay)
        except CancelledError:
            return self.cancel_code
        code = self.follow()
        self.flush()
        return code

    def follow(self) -> int:
        """Connect, and connect again when the host is lost, until there is an exit code."""
        attempts = 0
        while True:
            connection = self.connect(restart=attempts < RESTARTS)
            if connection is None:
                if self.cancel_code:
                    return self.cancel_code
                if attempts >= RESTARTS:
                    self.run_in_process()
            else:
                before = self.taken
                code = self.relay(connection)
                connection.close()
                if code is not LOST or self.gave_up():
                    return self.cancel_code or code or 0
                # A host that got on with the task before it died may be started again as often as it takes.
                attempts = 0 if self.taken > before else attempts
            attempts += 1

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

    # -- the host --------------------------------------------------------------------------------------------------

    def connect(self, restart: bool) -> _socket.socket | None:
        """Connect and say what to run; None when there is no host, or no need for one any more."""
        path = self.rundir + "/host.sock"
        connection = _connect(path)
        if connection is None and restart:
            connection = self.revive(path)
        if connection is not None:
            try:
                _send_all(connection, self.greeting())
            except OSError:
                return None
        return connection

    def greeting(self) -> bytes:
        """Say which request this is about, and how far its output has come."""
        resume = b"null" if self.resume is None else _json_string(self.resume.decode("utf-8", "replace"))
        return b'{"v":1,"kind":"task","request":%s,"resume":%s}\n' % (_json_string(self.request), resume)

    def revive(self, path: str) -> _socket.socket | None:
        """Start the host again; of all that try, only the one who holds the lock does."""
        lock = os.open(self.rundir + "/host.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while not self.gave_up():
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    self.poll(0.05, {})
            connection = _connect(path)
            if connection is None and not self.gave_up():
                connection = self.wait_for_host(path, start_host(self.rundir))
            return connection
        except (OSError, ValueError) as error:
            self.say(f"[metaflow-nomad] the launch host could not be started again: {error}", 2)
            return None
        finally:
            os.close(lock)

    def wait_for_host(self, path: str, pid: int) -> _socket.socket | None:
        """Try to connect until the host listens, or has died of what keeps it from that."""
        until = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < until and not self.gave_up() and _alive(pid):
            connection = _connect(path)
            if connection is not None:
                return connection
            self.poll(0.05, {})
        return None

    def gave_up(self) -> bool:
        """Whether the time to stop in good order is over."""
        return bool(self.cancel_code) and time.monotonic() > self.deadline

    def relay(self, connection: _socket.socket) -> int | None:
        """Copy frames until the exit code; LOST when the connection breaks before it."""
        connection.setblocking(False)
        buffer = bytearray()
        told = False
        while not self.gave_up():
            if self.cancel_code and not told:
                told = True
                _try_send(connection, b"c")
            full = sum(map(len, self.pending.values())) > BACKLOG
            source = {} if full else {connection.fileno(): select.POLLIN}
            wait = self.deadline - time.monotonic() if self.cancel_code else 3600.0
            ready = self.poll(wait, {**source, **self.writable()})
            self.write(ready)
            if connection.fileno() not in ready:
                continue
            data = _receive(connection)
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
                self.pending[1] += payload
            elif kind == 0x65:  # e
                self.pending[2] += payload
            elif kind == 0x72:  # r
                self.resume = payload
            elif kind == 0x78:  # x
                return self.exit_code(int(payload))
        return None

    def exit_code(self, code: int) -> int:
        """Return the code to exit with; the runtime explains only deaths it has seen itself."""
        code = 128 - code if code < 0 else code
        if code == 128 + _signal.SIGSEGV:
            self.say("Task failed with a segmentation fault.", 2)
        return code

    def run_in_process(self) -> None:
        """Become the launcher itself, for this one task."""
        self.say("[metaflow-nomad] no launch host could be started: this task is launched by a process of its own.", 2)
        self.flush()
        argv = _host_argv(self.rundir)
        if self.resume is not None:
            with open(self.request + ".resume", "wb") as file:
                file.write(self.resume)
        for fd in (0, 1, 2):
            os.set_blocking(fd, True)
        at = argv.index("host")
        os.execv(argv[0], [*argv[:at], "task", *argv[at + 1 :], self.request])  # noqa: S606


def start_host(rundir: str) -> int:
    """Start the host of a run by its restart file, and return its process ID.

    Two forks and a session of its own: it is nobody's child, and no signal of a terminal reaches it. It keeps none of
    our files open, for the runtime takes a task as running while somebody holds its pipes.
    """
    argv = _host_argv(rundir)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                _become_host(argv, rundir, writer)
        finally:
            os._exit(1)
    os.close(writer)
    os.waitpid(child, 0)
    pid = os.read(reader, 32)
    os.close(reader)
    return int(pid or 0)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _become_host(argv: list[str], rundir: str, writer: int) -> None:
    log = os.open(rundir + "/host.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open("/dev/null", os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.write(writer, b"%d" % os.getpid())
    os.closerange(3, max(256, null + 1, log + 1, writer + 1))
    for number in (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP, _signal.SIGPIPE):
        _signal.signal(number, _signal.SIG_DFL)
    os.execv(argv[0], argv)  # noqa: S606


def _host_argv(rundir: str) -> list[str]:
    import json

    with open(rundir + "/host.json") as file:
        argv = json.load(file)["argv"]
    return [str(word) for word in argv]


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
        return os.read(fd, READ)
    except OSError:
        return b""


def _connect(path: str) -> _socket.socket | None:
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        return None
    return connection


def _send_all(connection: _socket.socket, data: bytes) -> None:
    connection.sendall(data)


def _try_send(connection: _socket.socket, data: bytes) -> None:
    try:
        connection.send(data)
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.EAGAIN):
            raise


def _receive(connection: _socket.socket) -> bytes | None:
    """Return data, nothing at the end, or None when there is none just now."""
    try:
        return connection.recv(READ)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def _json_string(text: str) -> bytes:
    """Write a JSON string without the json module."""
    special = {'"': '\\"', "\\": "\\\\"}
    quoted = "".join(special.get(char) or (char if char >= " " else f"\\u{ord(char):04x}") for char in text)
    return b'"%s"' % quoted.encode("utf-8", "surrogateescape")


def main(arguments: list[str]) -> int:
    """Run as the command line says."""
    if arguments[:1] == ["--start-host"]:
        os.write(1, b"%d\n" % start_host(arguments[1]))
        return 0
    rundir, request, delay = arguments
    return Client(rundir, request).run(float(delay))
