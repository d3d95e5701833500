"""The files of items' output, and of how they ended: what outlives the worker, for the host to read."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from pathlib import Path
from typing import Any

STREAMS = ("stdout", "stderr")


class Files:
    """One item's output, a file for each stream."""

    def __init__(self, folder: Path):
        self._folder, self._name = folder, ".spare"
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        self._open = {stream: os.open(self._path(stream), flags, 0o600) for stream in STREAMS}

    def name(self, name: str) -> None:
        """Give them to the item of that name, under which the host finds them."""
        before = {stream: self._path(stream) for stream in STREAMS}
        self._name = name
        for stream, path in before.items():
            path.rename(self._path(stream))

    def become(self) -> None:
        """In the item's own process: they are its standard output and standard error."""
        for number, stream in enumerate(STREAMS, start=1):
            os.dup2(self._open[stream], number)
        self.close()

    def size(self, stream: str) -> int:
        """How much there is, in bytes."""
        return os.fstat(self._open[stream]).st_size

    def read(self, stream: str, offset: int, most: int) -> bytes:
        """Read a piece."""
        return os.pread(self._open[stream], most, offset)

    def empty(self) -> None:
        """Make them as new."""
        for stream in STREAMS:
            if self.size(stream):
                os.ftruncate(self._open[stream], 0)
        self.name(".spare")

    def close(self) -> None:
        """Leave them to whoever else has them open."""
        for file in self._open.values():
            os.close(file)

    def remove(self) -> None:
        """Remove them, if they are still there."""
        self.close()
        for stream in STREAMS:
            with contextlib.suppress(OSError):
                self._path(stream).unlink()

    def _path(self, stream: str) -> Path:
        return self._folder / f"{self._name}.{stream}"


class Outputs:
    """Gives each item files, and keeps those of one that is done with for the next, as `Places` does."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._spare: Files | None = None
        # A line for each item: the last ones are looked at.
        self._ends = os.open(folder / "ends", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def take(self, name: str) -> Files:
        """Return files that are empty."""
        spare, self._spare = self._spare, None
        if spare:
            try:
                spare.name(name)
                return spare
            except OSError:
                # An item has removed them.
                spare.remove()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        files = Files(self._folder)
        files.name(name)
        return files

    def give_back(self, files: Files, alone: bool) -> None:
        """Take back an item's files; `alone` says that no process is left that could still write to them."""
        try:
            if alone and self._spare is None:
                files.empty()
                self._spare = files
                return
        except OSError:
            # An item has removed them.
            pass
        files.remove()

    def note(self, end: dict[str, Any]) -> None:
        """Note how an item ended."""
        # A line that was cut by a full disk spoils none but itself.
        line = b"\n" + json.dumps(end).encode() + b"\n"
        if os.write(self._ends, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """In an item's own process: leave it to the worker."""
        os.close(self._ends)
