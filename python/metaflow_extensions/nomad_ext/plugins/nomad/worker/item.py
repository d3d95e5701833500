"""One item of a worker: a process of its own, its output in files, and what became of it."""

from __future__ import annotations

import base64
import contextlib
import math
import os
import signal
import time
from pathlib import Path
from typing import Any

from .outputs import STREAMS, Outputs

_PIECE = 1 << 15


class Item:
    """An item that was handed to this worker, from then until the host has all of it."""

    def __init__(self, name: str, outputs: Outputs, place: Path, began: dict[str, Any]):
        self.name, self.place = name, place
        self._outputs, self._files = outputs, outputs.take(name)
        self.sent = dict.fromkeys(STREAMS, 0)
        self.pid = 0
        self.began = began
        self.end: dict[str, Any] | None = None
        self._told = False
        self._abandoned = False
        self._kill_at: float | None = None
        self._kills = oom_kills()

    def become(self) -> None:
        """In the item's own process: output, input, and a session that can be ended as a whole."""
        os.setsid()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        self._files.become()

    def kill(self, number: int, seconds: float) -> None:
        """Ask it to end, and make it end after so many seconds; harmless to repeat."""
        if self._kill_at is not None:
            return
        self._signal(number)
        self._kill_at = time.monotonic() + seconds

    def abandon(self, number: int, seconds: float) -> None:
        """End it because this worker ends: why that is, only the host can find out, so no end of its own is noted."""
        self._abandoned = True
        self.kill(number, seconds)
        # The host may have given it longer.
        self._kill_at = min(self._kill_at or math.inf, time.monotonic() + seconds)

    def enforce(self) -> None:
        """Make it end when its time to do so by itself is over."""
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self._signal(signal.SIGKILL)

    def ended(self, status: int) -> None:
        """Note how its process ended, for whoever asks: also when this worker is gone."""
        code, number = os.waitstatus_to_exitcode(status), 0
        if code < 0:
            code, number = 128 - code, -code
        oom = number == signal.SIGKILL and self._kill_at is None and oom_kills() > self._kills
        # What it left running would go on in the next item's time; without a pool, Nomad ends it with the task.
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        self.end = {"code": code, "signal": number, "oom": oom, "at": time.time(), "began": self.began}
        if code == 0 or not self._abandoned:
            try:
                self._outputs.note({"ended": self.name, **self.end})
            except OSError as error:
                # The host hears of it while this worker lives; what the item said may have found no room, either.
                self.end["unwritten"] = str(error)

    def news(self) -> dict[str, Any] | None:
        """Return the next thing the host does not know: a piece of output, and last the end."""
        for stream in STREAMS:
            offset = self.sent[stream]
            if self._files.size(stream) > offset:
                data = self._files.read(stream, offset, _PIECE)
                self.sent[stream] += len(data)
                return {"out": self.name, "stream": stream, "offset": offset, "data": base64.b64encode(data).decode()}
        if self.end is None or self._told:
            return None
        self._told = True
        return {"ended": self.name, **self.end}

    def again(self, offsets: dict[str, int]) -> None:
        """Tell a host that connects anew what follows the output it has."""
        self.sent.update(offsets)
        self._told = False

    def forget(self, alone: bool) -> None:
        """Let go of what the host has; `alone` says that no process is left that could still write there."""
        self._outputs.give_back(self._files, alone)

    def _signal(self, number: int) -> None:
        if self.end is not None:
            return
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            # It has only just been forked. It is not gone: nobody has waited for it.
            os.kill(self.pid, number)


def oom_kills() -> int:
    """How many processes of this control group the kernel has killed for want of memory; 0 where it does not tell."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            words = Path(path).read_text().split()
            return int(words[words.index("oom_kill") + 1])
        except (OSError, ValueError):
            continue
    return 0
