"""Where a worker keeps things: in its task's folder, and, for output that outlives the worker, in its allocation's."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def output() -> Path:
    """Folder of the items' output; the host reads it through Nomad when the worker has died."""
    return _private(Path(os.environ.get("NOMAD_ALLOC_DIR", ".")) / "pool")


def control() -> Path:
    """Folder of the socket."""
    return _private(_task() / ".pool")


def items() -> Path:
    """Folder of the items' working folders."""
    return _private(_task() / "items")


def enter(code: Path, place: Path) -> None:
    """Make an item's working folder, as the script of a task makes one, and go there.

    Parameters
    ----------
    code : Path
        The folder this worker was started in: a copy of the code package.
    place : Path
        The item's own.
    """
    place.mkdir()
    for entry in os.scandir(code):
        target = place / entry.name
        if entry.name == ".metaflow" and not entry.is_symlink():
            # What a task says of itself, with an object store.
            target.mkdir()
        elif entry.is_symlink() or entry.name in (".mf_code", "job.tar"):
            target.symlink_to(Path(entry.path).readlink() if entry.is_symlink() else entry.path)
        elif entry.is_dir():
            shutil.copytree(entry.path, target, symlinks=True)
        else:
            shutil.copy2(entry.path, target)
    os.chdir(place)
    os.environ["PWD"] = str(place)


def _task() -> Path:
    return Path(os.environ.get("NOMAD_TASK_DIR", ".")).absolute()


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
