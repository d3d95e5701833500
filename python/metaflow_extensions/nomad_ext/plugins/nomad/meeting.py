"""How the tasks of a gang come together: each says to the control task that it is there, and waits for its word.

The control task speaks once all are there, so nobody's code runs before. Its port is free again afterwards.
Nomad's list of services alone would not do: a task that has ended is not on it any more, and a slow one would wait for
it for ever.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from pathlib import Path

from .exceptions import NomadException

# Nomad writes `<address> <port>` of the control task into it (src/plugins/gang.ts).
_FILE = "metaflow-nomad-gang"
_PORT = "NOMAD_PORT_metaflow_gang"
_PAUSE = 0.2
_LONGEST = 512
_GO = b"go\n"


def attend(index: int, count: int, seconds: float) -> tuple[str, int]:
    """Wait until all `count` tasks are there, and return the control task's address and port.

    Parameters
    ----------
    index : int
        This task's; the control task is 0.
    count : int
        Number of tasks.
    seconds : float
        How long to wait.
    """
    until = time.monotonic() + seconds
    if index:
        return _join(index, until, seconds)
    address = _until_found(until, seconds)
    _hold(int(os.environ[_PORT]), count, until, seconds)
    return address


def _hold(port: int, count: int, until: float, seconds: float) -> None:
    """Gather the others, as the control task."""
    # Every caller is kept: one that calls again after a broken connection must not shut another out.
    here: set[int] = set()
    with contextlib.ExitStack() as peers:
        waiting = []
        with socket.create_server(("", port), backlog=max(count, 16)) as server:
            while len(here) < count - 1:
                server.settimeout(max(until - time.monotonic(), 0.001))
                try:
                    peer = peers.enter_context(server.accept()[0])
                except socket.timeout:
                    missing = sorted(set(range(1, count)) - here)
                    raise _late(f"nodes {', '.join(map(str, missing))} did not come", seconds) from None
                known = _greeting(peer)
                if known is not None and 0 < known < count:
                    here.add(known)
                    waiting.append(peer)
        # Nobody listens any more when the first is let go: its own first words must not end here.
        for peer in waiting:
            _release(peer)


def _greeting(peer: socket.socket) -> int | None:
    """Return the index of who called; nothing where it is none of this gang."""
    peer.settimeout(5)
    with contextlib.suppress(OSError, ValueError), peer.makefile("r", encoding="utf-8") as lines:
        job, _, index = lines.readline(_LONGEST).strip().rpartition(" ")
        if job == _gang():
            return int(index)
    return None


def _release(peer: socket.socket) -> None:
    with contextlib.suppress(OSError):
        peer.sendall(_GO)
        # The other side closes first: the one that does keeps its port for a while, and this one is for the user.
        peer.recv(1)


def _join(index: int, until: float, seconds: float) -> tuple[str, int]:
    """Call the control task until it says that all are there."""
    while time.monotonic() < until:
        address = _find()
        if address and _called(address, index, until):
            return address
        time.sleep(_PAUSE)
    raise _late("the control task could not be reached, or others did not come", seconds)


def _called(address: tuple[str, int], index: int, until: float) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(address, timeout=5) as peer:
        peer.sendall(f"{_gang()} {index}\n".encode())
        peer.settimeout(max(until - time.monotonic(), 0.001))
        return peer.recv(len(_GO)) == _GO
    return False


def _until_found(until: float, seconds: float) -> tuple[str, int]:
    while time.monotonic() < until:
        address = _find()
        if address:
            return address
        time.sleep(_PAUSE)
    raise _late("Nomad's service discovery does not name the control task", seconds)


def _find() -> tuple[str, int] | None:
    path = Path(os.environ.get("NOMAD_TASK_DIR", "local"), _FILE)
    words = path.read_text().split() if path.exists() else []
    return (words[0], int(words[1])) if len(words) > 1 else None


def _gang() -> str:
    return os.environ["METAFLOW_NOMAD_GANG"]


def _late(what: str, seconds: float) -> NomadException:
    return NomadException(
        f"The tasks of the step did not come together within {seconds:g} s: {what}.",
        "See that the nodes reach each other on Nomad's dynamic ports, or raise the site's gangTimeoutMinutes.",
    )
