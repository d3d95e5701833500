"""Whatever ends a run, 10 seconds later none of it is left: no job, no host, no client, no folder."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Callable

import pytest
from kit import leftovers
from kit.flows import FlowProcess
from kit.parts import until

STEPS = ("raw", "chroot", "container")
BOUND = 10.0


class Sleepers:
    """A run whose steps sleep on three drivers, and what they left behind in their folder of marks."""

    def __init__(self, by: Any, cluster: Any, *args: str, env: dict[str, str | None] | None = None):
        self.by, self.cluster = by, cluster
        self.folder = by.place / "marks"
        self.folder.mkdir()
        self.folder.chmod(0o777)
        self.flow: FlowProcess = by.start("sleepers", "run", "--marks", str(self.folder), *args, env=env)

    def asleep(self) -> Sleepers:
        self.flow.until(lambda text: all(f"sleeping {step}" in text for step in STEPS))
        return self

    def marks(self, attempt: int = 0) -> dict[str, list[str]]:
        found = {}
        for step in STEPS:
            mark = self.folder / f"{step}-{attempt}"
            found[step] = mark.read_text().split() if mark.exists() else []
        return found

    def touch(self, name: str) -> None:
        (self.folder / name).touch()

    def left(self) -> list[str]:
        """What there still is of the run."""
        jobs = [f"job {job['ID']}" for job in self.cluster.jobs(run_id=self.flow.run_id) if job["Status"] != "dead"]
        folder = str(self.by.tmp)
        processes = leftovers.processes("metaflow-nomad.mjs", folder) + leftovers.processes("client.py", folder)
        return jobs + processes + [str(path) for path in self.by.tmp.glob("mfn-*")]

    def gone(self, since: float) -> None:
        """Fail unless all is gone within the bound, counted from `since`."""
        while left := self.left():
            assert time.monotonic() - since < BOUND, "left: " + ", ".join(left)
            time.sleep(0.1)


@pytest.fixture
def sleepers(submitter: Any, cluster: Any) -> Callable[..., Sleepers]:
    def start(*args: str, **options: Any) -> Sleepers:
        return Sleepers(submitter(), cluster, *args, **options)

    return start


def children(pid: int, word: str) -> list[int]:
    found = [int(line.split()[0]) for line in leftovers.processes(word)]
    return [child for child in found if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1] == str(pid)]


def host(run: Sleepers) -> int:
    [line] = leftovers.processes("metaflow-nomad.mjs", str(run.by.tmp))
    return int(line.split()[0])


SIGNALS = {
    "ctrl-c": lambda flow: flow.signal(signal.SIGINT, group=True),
    "sigint": lambda flow: flow.signal(signal.SIGINT),
    "sigterm": lambda flow: flow.signal(signal.SIGTERM),
    "sighup": lambda flow: flow.signal(signal.SIGHUP, group=True),
    "sigkill": lambda flow: flow.signal(signal.SIGKILL),
    # What the Runner API does to end a run.
    "pkill": lambda flow: (subprocess.run(["pkill", "-P", str(flow.pid)], check=False), flow.signal(signal.SIGTERM)),
}


@pytest.mark.parametrize("kind", SIGNALS)
def test_end_of_the_runtime(sleepers, kind):
    run = sleepers().asleep()
    since = time.monotonic()
    SIGNALS[kind](run.flow)
    run.gone(since)
    run.flow.wait(BOUND).failed()
    # The steps got the signal, and had time to clean up.
    assert run.marks() == {step: ["ran", "cleaned"] for step in STEPS}


def test_failing_sibling(sleepers):
    run = sleepers("--failing", "true").asleep()
    since = time.monotonic()
    run.touch("fail")
    run.gone(since)
    result = run.flow.wait(BOUND).failed()
    assert any("The task exited with code 9." in line for line in result.lines("sibling"))
    assert run.marks() == {step: ["ran", "cleaned"] for step in STEPS}


def test_death_of_the_host(sleepers):
    """The clients bring it back: the run succeeds, and no line is lost or shown twice."""
    run = sleepers().asleep()
    run.touch("talk")
    run.flow.until(lambda text: text.count("] line ") > 20)
    first = host(run)
    os.kill(first, signal.SIGKILL)
    until("another host", lambda: leftovers.processes("metaflow-nomad.mjs", str(run.by.tmp)) and host(run) != first)
    seen = run.flow.text().count("] line ")
    run.flow.until(lambda text: text.count("] line ") > seen + 20)
    run.touch("release")
    result = run.flow.wait().ok()
    for step in STEPS:
        numbers = [int(line.removeprefix("line ")) for line in result.lines(step) if line.startswith("line ")]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), step
        assert sum("Nomad job " in line for line in result.lines(step)) == 1
        kept = run.by.client(f"answer = Flow('SleepersFlow')['{result.run_id}']['{step}'].task.stdout")
        assert [line for line in kept.splitlines() if line.startswith("line ")] == [f"line {n}" for n in numbers]
    assert run.marks() == {step: ["ran", "released"] for step in STEPS}


def test_death_of_a_client(sleepers):
    """Its job is stopped, and Metaflow tries again."""
    run = sleepers(env={"ATTEMPTS": "2"}).asleep()
    [client] = [pid for pid in children(run.flow.pid, "client.py") if b"raw-" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(client, signal.SIGKILL)
    until("the second attempt", lambda: run.marks(1)["raw"] == ["ran"])
    run.touch("release")
    run.flow.wait().ok()
    assert run.marks()["raw"] == ["ran", "cleaned"]
    assert run.marks(1) == {"raw": ["ran", "released"], "chroot": [], "container": []}


