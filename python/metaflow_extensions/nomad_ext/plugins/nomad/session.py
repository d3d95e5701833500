"""The runtime's connection to the launch host: one JSON line each way, then events until the run ends."""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable

from . import host_process
from .exceptions import NomadException

_STARTUP_SECONDS = 20.0
_PREFLIGHT_SECONDS = 120.0
_CLOSE_SECONDS = 10.0
_CODE = "NOMAD_E_HOST_UNREACHABLE"

_RECONNECTS = 3

Handler = Callable[[dict[str, Any]], None]


class NoAnswerError(NomadException):
    """The host hung up instead of answering."""


class Session:
    """A run's session with its host.

    The open connection says that the runtime lives: when it closes without a word, the host stops the run's jobs.
    """

    def __init__(self, rundir: Path, on_event: Handler):
        self._rundir = rundir
        self._on_event = on_event
        self._sending = threading.Lock()
        self._closing = False
        self._told: list[str] = []
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._read, name="nomad-session", daemon=True)

    def open(self) -> dict[str, Any]:
        """Start the host, and return its answer: what each site offers."""
        while True:
            stuck = self._stuck()
            try:
                reply = self._begin()
                break
            except NoAnswerError:
                # A host that ended itself, for a plugin did not come back, does without it the next time, or says so.
                if self._stuck() == stuck:
                    raise
        self._told = _warnings(reply)
        self._thread.start()
        return reply

    def _stuck(self) -> int:
        """Tell how much hosts of this run have noted of plugins that they were ended for, in bytes."""
        file = self._rundir / "stuck-plugins"
        return file.stat().st_size if file.exists() else 0

    def _begin(self) -> dict[str, Any]:
        self._reader = self._connect(host_process.start(self._rundir))
        return self._greet(self._reader)

    def send(self, message: dict[str, Any]) -> None:
        """Send one line; a host that is gone just now hears it again when it is back, by its own questions."""
        try:
            with self._sending:
                if self._socket:
                    self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            pass

    def close(self) -> bool:
        """Ask the host to finish, and wait until it has; False if it takes too long."""
        self._closing = True
        self.send({"cmd": "close"})
        self._thread.join(_CLOSE_SECONDS)
        ended = not self._thread.is_alive()
        self.abandon()
        return ended

    def abandon(self) -> None:
        """Hang up; the host then stops what still runs."""
        self._closing = True
        if self._socket:
            # Closing alone would leave the descriptor open while the reading thread has its own handle of it.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def _connect(self, pid: int) -> Any:
        deadline = time.monotonic() + _STARTUP_SECONDS
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)  # close-on-exec, as Python makes them
            try:
                connection.connect(str(self._rundir / "host.sock"))
                self._socket = connection
                return connection.makefile("rb")
            except OSError:
                connection.close()
            if time.monotonic() > deadline or not host_process.alive(pid):
                raise NomadException(f"The launch host did not start. {self._last_words()}", code=_CODE)
            time.sleep(0.01)

    def _greet(self, reader: Any) -> dict[str, Any]:
        assert self._socket  # noqa: S101 - set by _connect
        self._socket.settimeout(_PREFLIGHT_SECONDS)
        self.send({"v": 1, "kind": "run"})
        try:
            reply = json.loads(reader.readline() or b"null")
        except (OSError, ValueError):
            reply = None
        self._socket.settimeout(None)
        if not isinstance(reply, dict):
            raise NoAnswerError(f"The launch host gave no answer. {self._last_words()}", code=_CODE)
        if not reply.get("ok"):
            error = reply.get("error") or {}
            message, hint = error.get("message") or "The launch host refused the run.", error.get("hint") or ""
            raise NomadException(message, hint, error.get("code") or _CODE, error.get("step"))
        return reply

    def _last_words(self) -> str:
        log = self._rundir / "host.log"
        lines = log.read_text(errors="replace").strip().splitlines()[-8:] if log.exists() else []
        return "Its log ends: " + " | ".join(lines) if lines else "It said nothing."

    def _read(self) -> None:
        while True:
            self._read_until_eof()
            if self._closing or not self._reconnect():
                return

    def _read_until_eof(self) -> None:
        try:
            for line in self._reader:
                self._on_event(json.loads(line))
        except (OSError, ValueError):
            return

    def _reconnect(self) -> bool:
        """Bring a dead host back, one process at a time, and take up the session again."""
        for _ in range(_RECONNECTS):
            try:
                with (self._rundir / "host.lock").open("a") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    self._reader = self._connect(self._revive())
                self._tell_new(self._greet(self._reader))
                return True
            except NoAnswerError:
                # A host that is being killed may hang up first and still be there to connect to.
                time.sleep(0.1)
            except (NomadException, OSError):
                break
        # The clients report it: each of them runs its task in its own process then, or fails.
        return False

    def _tell_new(self, reply: dict[str, Any]) -> None:
        """Tell what is new with a host that came again: that it does without a plugin, say."""
        for line in _warnings(reply):
            if line not in self._told:
                print(f"[nomad] {line}", file=sys.stderr)
                self._told.append(line)

    def _revive(self) -> int:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self._rundir / "host.sock"))
            except OSError:
                return host_process.start(self._rundir)
        return 1  # somebody else was faster; process 1 always lives


def _warnings(reply: dict[str, Any]) -> list[str]:
    """Each warning of a host's answer, once."""
    sites = (reply.get("sites") or {}).values()
    return list(dict.fromkeys(line for site in sites for line in site.get("warnings") or []))
