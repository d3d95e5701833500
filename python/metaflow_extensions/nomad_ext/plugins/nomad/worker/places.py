"""The working folders of items: copies of the code package, as the script of a task makes one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

Seen = dict[str, tuple[int, ...]]

_OWN = ".metaflow"
"""With an object store, what a task says of itself goes into this folder; otherwise it is a link to the datastore."""


class Places:
    """Makes items' folders, and keeps one that its item left as it was for the next item.

    To make and remove a dozen files for each item costs as much as what an item does itself: ext4 takes no place of a
    file that was removed in the last minutes, and looks at all of those for each new file.
    """

    def __init__(self, code: Path, folder: Path):
        self._code, self._folder = code, folder
        self._spare = folder / ".spare"
        self._seen: dict[Path, Seen] = {}

    def take(self, name: str) -> Path:
        """Return a folder as each item finds it.

        Parameters
        ----------
        name : str
            The item's, and the folder's.
        """
        place = self._folder / name
        self._seen[place] = self._reuse(place) or self._make(place)
        return place

    def _reuse(self, place: Path) -> Seen | None:
        seen = self._seen.pop(self._spare, None)
        try:
            if seen:
                self._spare.rename(place)
        except OSError:
            # Somebody has removed it.
            return None
        return seen

    def _make(self, place: Path) -> Seen:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _copy(self._code, place)
        except OSError:
            # Half of one would be in the way of the next.
            shutil.rmtree(place, ignore_errors=True)
            raise
        return _look(place)

    def give_back(self, place: Path, alone: bool) -> None:
        """Take back an item's folder; `alone` says that no process is left that could still write there."""
        seen = self._seen.pop(place)
        try:
            if alone and self._spare not in self._seen and _look(place) == seen:
                _empty(place / _OWN)
                place.rename(self._spare)
                self._seen[self._spare] = seen
                return
        except OSError:
            # The item has removed it, or locked it, or made something in its way.
            pass
        shutil.rmtree(place, ignore_errors=True)


def _empty(own: Path) -> None:
    if own.is_dir() and not own.is_symlink():
        shutil.rmtree(own)
        own.mkdir()


def _copy(code: Path, place: Path) -> None:
    place.mkdir()
    for entry in os.scandir(code):
        target = place / entry.name
        if entry.name == _OWN and not entry.is_symlink():
            target.mkdir()
        elif entry.is_symlink() or entry.name in (".mf_code", "job.tar"):
            target.symlink_to(Path(entry.path).readlink() if entry.is_symlink() else entry.path)
        elif entry.is_dir():
            shutil.copytree(entry.path, target, symlinks=True)
        else:
            shutil.copy2(entry.path, target)


def _look(place: Path) -> Seen:
    """Return what tells whether anything was changed.

    The time of a change cannot be set back. Its clock may stand still for some milliseconds, but a file that was
    written to in these has another `mtime` than the one it was copied from.
    """
    entries = {name: (at.st_mode, at.st_ino, at.st_ctime_ns, at.st_mtime_ns) for name, at in _entries(str(place))}
    return {**entries, ".": (place.stat().st_mode,)}


def _entries(folder: str, above: str = "") -> Iterator[tuple[str, os.stat_result]]:
    for entry in os.scandir(folder):
        name = f"{above}{entry.name}"
        if name == _OWN and entry.is_dir(follow_symlinks=False):
            continue
        yield name, entry.stat(follow_symlinks=False)
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(entry.path, f"{name}/")
