"""What items have left running: processes that went into sessions of their own."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
"""Source: https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html"""

_LOOKS = 10


class Leftovers:
    """Ends what an item's process has left behind: without a pool, Nomad ends it with the task.

    Such processes become this one's children, as they would become those of a container's first process.
    """

    def __init__(self) -> None:
        self._adopts = _adopt()
        # What the flow's file started when it was imported belongs to all items.
        self._known = set(_children())

    def end_all(self) -> bool:
        """Kill them, while no item runs; returns whether there certainly were none."""
        found = False
        quiet = 0
        for _ in range(_LOOKS):
            left = [pid for pid in _children() if pid not in self._known and os.waitpid(pid, os.WNOHANG)[0] == 0]
            # The kernel may leave one out while another ends.
            quiet = 0 if left else quiet + 1
            if quiet == 2:
                break
            for pid in left:
                found = True
                with contextlib.suppress(PermissionError, ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return self._adopts and not found


def _adopt() -> bool:
    try:
        import ctypes

        return ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 and _list().exists()
    except (ImportError, OSError, AttributeError):
        # Not Linux, or a Python that was built without it: nobody can tell.
        return False


def _children() -> list[int]:
    try:
        return [int(pid) for pid in _list().read_text().split()]
    except OSError:
        return []


def _list() -> Path:
    return Path(f"/proc/self/task/{os.getpid()}/children")
