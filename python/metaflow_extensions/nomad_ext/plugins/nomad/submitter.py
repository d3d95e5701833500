"""Which process a run's jobs belong to: what a later start, or `metaflow-nomad gc`, needs to prove that it is dead."""

from __future__ import annotations

import os
import socket
from pathlib import Path

MARK = "metaflow_nomad_submitter"
"""Key of a job's meta."""


def own() -> str | None:
    """Return this process as src/core/sweep/submitter.ts reads it; None where the system does not tell (no /proc)."""
    try:
        stat = Path("/proc/self/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = "".join(filter(str.isdigit, os.readlink("/proc/self/ns/pid")))  # noqa: PTH115
    except OSError:
        return None
    if not stat.startswith(f"{os.getpid()} "):
        # A container's /proc may be the machine's, which counts processes otherwise.
        return None
    found = {
        "host": socket.gethostname(),
        "machine": _machine(),
        "boot": boot,
        "pidns": namespace,
        "pid": str(os.getpid()),
        # The 22nd field; the second, the name, may hold anything.
        "start": stat.rpartition(")")[2].split()[19],
        "uid": str(os.getuid()),
    }
    return " ".join(f"{name}={value}" for name, value in found.items())


def _machine() -> str:
    try:
        return Path("/etc/machine-id").read_text().strip()
    except OSError:
        return ""
