"""A run whose steps sleep on three drivers (flows/sleepers.py), and what they leave in their folder of marks."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from . import leftovers
from .flows import FlowProcess
from .parts import Cluster

STEPS = ("raw", "chroot", "container")


class Sleepers:
    """The run, started."""

    def __init__(
        self,
        by: Any,
        cluster: Cluster,
        *args: str,
        steps: tuple[str, ...] = STEPS,
        env: dict[str, str | None] | None = None,
        terminal: bool = False,
    ):
        self.by, self.cluster, self.steps = by, cluster, steps
        self.folder = marks_folder(by)
        names = ",".join(steps)
        away = names + ",sibling" if "--failing" in args else names
        words = ("--marks", str(self.folder), "--steps", names, *args)
        env = {"AWAY": away, **(env or {})}
        self.flow: FlowProcess = by.start("sleepers", "run", *words, env=env, terminal=terminal)

    def asleep(self) -> Sleepers:
        """The same, once every step sleeps."""
        self.flow.until(lambda text: all(f"sleeping {step}" in text for step in self.steps))
        return self

    def marks(self, attempt: int = 0) -> dict[str, list[str]]:
        """What each step went through, in an attempt."""
        return {step: read_mark(self.folder, step, attempt) for step in self.steps}

    def touch(self, name: str) -> None:
        """Tell the steps something: `release`, `talk` or `fail`."""
        (self.folder / name).touch()

    def job(self, step: str, attempt: int = 0) -> dict[str, Any]:
        [job] = self.cluster.jobs(run_id=self.flow.run_id, step_name=step, attempt=str(attempt))
        return job

    def left(self) -> list[str]:
        """What there still is of the submitter's runs."""
        # A stopped job that never had an allocation stays "pending" for Nomad.
        jobs = self.cluster.jobs(flow_name="SleepersFlow")
        alive = [f"job {job['ID']}" for job in jobs if job["Status"] != "dead" and not job["Stop"]]
        folder = str(self.by.tmp)
        processes = leftovers.processes("metaflow-nomad.mjs", folder) + leftovers.processes("client.py", folder)
        return alive + processes + [str(path) for path in self.by.tmp.glob("mfn-*")]

    def gone(self, since: float, seconds: float) -> None:
        """Fail unless all is gone within so long, counted from `since`."""
        while left := self.left():
            assert time.monotonic() - since < seconds, "left: " + ", ".join(left)
            time.sleep(0.1)


def marks_folder(by: Any) -> Path:
    """A folder of the submitter's that tasks of every user may write to."""
    folder = Path(tempfile.mkdtemp(prefix="marks-", dir=by.place))
    folder.chmod(0o777)
    return folder


def read_mark(folder: Path, step: str, attempt: int = 0) -> list[str]:
    mark = folder / f"{step}-{attempt}"
    return mark.read_text().split() if mark.exists() else []
