"""What a run must not leave behind: jobs, launch hosts, clients, folders."""

from __future__ import annotations

from pathlib import Path

from .parts import Cluster, until


def processes(*words: str) -> list[str]:
    """Command lines, with their process IDs, that contain every word."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z" and all(word in line for word in words):
            found.append(f"{folder.name} {line}")
    return found


def assert_none(clusters: list[Cluster], venv: Path, shared: Path) -> None:
    """Bounded wait for everything to be gone; a stop takes Nomad a moment."""

    def left() -> list[str]:
        jobs = [f"job {job} of {cluster.version}" for cluster in clusters for job in cluster.unfinished()]
        hosts = [f"process {line}" for line in processes(str(venv.parent), "metaflow-nomad.mjs")]
        clients = [f"process {line}" for line in processes(str(venv.parent), "metaflow_nomad/client.py")]
        folders = [f"folder {path}" for path in shared.glob("*/t/mfn-*")]
        return jobs + hosts + clients + folders

    try:
        until("nothing left", lambda: not left(), 15)
    except AssertionError:
        remains = left()
        assert not remains, "left behind: " + "\n".join(remains)
