"""Start the launch host, or do without one. Loaded only by those who need it: most stand-ins find a host that runs."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # mypy has no stub of it
import _socket
import fcntl
import json
import os
import time

from . import streams, wire

STARTUP_SECONDS = 20.0


def revive(rundir: str, own: streams.Streams) -> _socket.socket | None:
    """Start the host again and connect; of all that try, only the one who holds the lock starts it."""
    path = rundir + "/host.sock"
    lock = os.open(rundir + "/host.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not own.gave_up():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                own.poll(0.05, {})
        connection = wire.connect(path)
        if connection is None and not own.gave_up():
            connection = _wait_for_host(path, start_host(rundir), own)
        return connection
    except (OSError, ValueError) as error:
        own.say(f"[metaflow-nomad] the launch host could not be started again: {error}", 2)
        return None
    finally:
        os.close(lock)


def _wait_for_host(path: str, pid: int, own: streams.Streams) -> _socket.socket | None:
    """Try to connect until the host listens, or has died of what keeps it from that."""
    until = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < until and not own.gave_up() and _alive(pid):
        connection = wire.connect(path)
        if connection is not None:
            return connection
        own.poll(0.05, {})
    return None


def run_in_process(rundir: str, request: str, resume: bytes | None) -> None:
    """Become the launcher itself, for this one task."""
    argv = _host_argv(rundir)
    if resume is not None:
        with open(request + ".resume", "wb") as file:
            file.write(resume)
    for fd in (0, 1, 2):
        os.set_blocking(fd, True)
    at = argv.index("host")
    os.execv(argv[0], [*argv[:at], "task", *argv[at + 1 :], request])  # noqa: S606


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
    with open(rundir + "/host.json") as file:
        argv = json.load(file)["argv"]
    return [str(word) for word in argv]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
