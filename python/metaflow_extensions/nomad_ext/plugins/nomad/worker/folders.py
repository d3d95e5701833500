"""Where a worker keeps things: in its task's folder, and, for output that outlives the worker, in its allocation's."""

from __future__ import annotations

import os
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


def _task() -> Path:
    return Path(os.environ.get("NOMAD_TASK_DIR", ".")).absolute()


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
