"""Whatever ends a run, 10 seconds later none of it is left: no job, no host, no client, no folder."""

from __future__ import annotations

import os
import signal
import time

import pytest
from kit import leftovers
from kit.parts import until
from kit.sleepers import STEPS, Sleepers, marks_folder, read_mark

BOUND = 10.0
SIGNALS = {
    "ctrl-c": lambda flow: flow.signal(signal.SIGINT, group=True),
    "sigint": lambda flow: flow.signal(signal.SIGINT),
    "sigterm": lambda flow: flow.signal(signal.SIGTERM),
    "sigkill": lambda flow: flow.signal(signal.SIGKILL),
}


@pytest.fixture
def sleepers(submitter, cluster):
    return lambda *args, **options: Sleepers(submitter(), cluster, *args, **options)


def host(run: Sleepers) -> int:
    [pid] = hosts(run)
    return pid


def hosts(run: Sleepers) -> list[int]:
    """More than one for a moment, when several clients start one at once: the first to listen stays."""
    return [int(line.split()[0]) for line in leftovers.processes("metaflow-nomad.mjs", str(run.by.tmp))]


def client(run: Sleepers, step: str) -> int:
    """The stand-in of a step; those of others say another request."""
    [line] = leftovers.processes("client.py", str(run.by.tmp), f"/tasks/{step}-")
    return int(line.split()[0])


@pytest.mark.parametrize("kind", SIGNALS)
def test_end_of_the_runtime(sleepers, kind):
    run = sleepers().asleep()
    since = time.monotonic()
    SIGNALS[kind](run.flow)
    run.gone(since, BOUND)
    run.flow.wait(BOUND).failed()
    # The steps got the signal, and had time to clean up.
    assert run.marks() == {step: ["ran", "cleaned"] for step in STEPS}


def test_end_of_runtime_and_host(sleepers):
    """Nobody is left who knows of the run but the clients: one of them starts a host, which finds no runtime."""
    run = sleepers().asleep()
    first = host(run)
    since = time.monotonic()
    run.flow.signal(signal.SIGKILL)
    os.kill(first, signal.SIGKILL)
    run.gone(since, 2 * BOUND)
    assert run.marks() == {step: ["ran", "cleaned"] for step in STEPS}


def test_end_of_everything_at_once(sleepers):
    """As when the machine is switched off: the jobs go on, until `gc` or the next run finds that nobody is left."""
    run = sleepers(steps=("raw",)).asleep()
    all_of_it = processes_of(run)
    live = sleepers(steps=("raw",)).asleep()
    for pid in all_of_it:
        os.kill(pid, signal.SIGKILL)
    job = run.job("raw")["ID"]
    assert gc(run, "--dry-run").startswith(f"Would stop {job} on ")
    assert run.job("raw")["Status"] == "running"
    said = gc(run)
    assert f"Stopped {job} on " in said and f"Removed {run.by.tmp}/mfn-" in said
    assert live.job("raw")["ID"] not in said
    until("the end of the job", lambda: run.job("raw")["Status"] == "dead")
    assert gc(run) == "Nothing of a dead run is left.\n"
    live.touch("release")
    live.flow.wait().ok()


def test_the_next_run_sweeps(sleepers):
    run = sleepers(steps=("raw",)).asleep()
    for pid in processes_of(run):
        os.kill(pid, signal.SIGKILL)
    after = sleepers(steps=("raw",)).asleep()
    until("the end of the job", lambda: run.job("raw")["Status"] == "dead")
    after.touch("release")
    after.flow.wait().ok()
    assert gc(run) == "Nothing of a dead run is left.\n"


def processes_of(run: Sleepers) -> list[int]:
    return [host(run), client(run, "raw"), run.flow.pid]


def gc(run: Sleepers, *words: str) -> str:
    """What `metaflow-nomad gc` says."""
    command = [str(run.by.python.parent / "metaflow-nomad"), "gc", *words]
    process = run.by.popen(command, run.by.env("raw"))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return str(out)


def test_end_of_a_runtime_that_waits_for_a_node(submitter, cluster):
    """A job that was never placed is stopped, too, and does not start when there is room."""
    by = submitter()
    by.sites["raw"]["site"]["placementTimeoutMinutes"] = 10
    run = Sleepers(by, cluster, steps=("raw",), env={"METAFLOW_NOMAD_MEMORY": "100000000"})
    run.flow.until("waits for a node")
    since = time.monotonic()
    run.flow.signal(signal.SIGTERM)
    run.gone(since, BOUND)
    assert run.job("raw")["Stop"] is True
    assert run.marks() == {"raw": []}


def test_failing_sibling(sleepers):
    run = sleepers("--failing", "true").asleep()
    since = time.monotonic()
    run.touch("fail")
    run.gone(since, BOUND)
    result = run.flow.wait(BOUND).failed()
    assert any("The task exited with code 9." in line for line in result.lines("sibling"))
    assert run.marks() == {step: ["ran", "cleaned"] for step in STEPS}


RUNNER = """
import asyncio, os
async def main():
    async with Runner("sleepers.py", show_output=False) as runner:
        running = await runner.async_run(marks=MARKS)
        while not all(os.path.exists(f"{MARKS}/{step}-0") for step in STEPS):
            assert running.status == "running", running.stdout + running.stderr
            await asyncio.sleep(0.1)
        running.command_obj.kill()
        return running.run.id
answer = asyncio.run(main())
"""


def test_runner_api(submitter, cluster):
    """Its kill() is `pkill -P` and `kill` of the runtime; both with SIGTERM, and 2 seconds later with SIGKILL."""
    by = submitter()
    by.run("sleepers", "show").ok()  # brings the file
    marks = marks_folder(by)
    run_id = by.client(f"MARKS, STEPS = {str(marks)!r}, {STEPS!r}\n{RUNNER}")
    until("the end of all jobs", lambda: all(job["Status"] == "dead" for job in cluster.jobs(run_id=run_id)), BOUND)
    until("cleaning up", lambda: [read_mark(marks, step) for step in STEPS] == [["ran", "cleaned"]] * 3, BOUND)


def test_death_of_the_host(sleepers):
    """The clients bring it back: the run succeeds, and no line is lost or shown twice."""
    run = sleepers().asleep()
    run.touch("talk")
    run.flow.until(lambda text: text.count("] line ") > 20)
    first = host(run)
    os.kill(first, signal.SIGKILL)
    until("another host", lambda: any(pid != first for pid in hosts(run)))
    seen = run.flow.text().count("] line ")
    run.flow.until(lambda text: text.count("] line ") > seen + 20)
    run.touch("release")
    result = run.flow.wait().ok()
    stored = run.by.client(f"answer = {{s.id: s.task.stdout for s in Flow('SleepersFlow')['{result.run_id}']}}")
    for step in STEPS:
        shown = [line for line in result.lines(step) if line.startswith("line ")]
        first_number = int(shown[0].split()[1])
        assert shown == [f"line {first_number + number}" for number in range(len(shown))], step
        assert [line for line in stored[step].splitlines() if line.startswith("line ")] == shown
        assert sum("Nomad job " in line for line in result.lines(step)) == 1
    assert run.marks() == {step: ["ran", "released"] for step in STEPS}


def test_death_of_a_client(sleepers):
    """Its job is stopped, and Metaflow tries again; the others do not notice."""
    run = sleepers(env={"ATTEMPTS": "2"}).asleep()
    os.kill(client(run, "raw"), signal.SIGKILL)
    until("the second attempt", lambda: run.marks(1)["raw"] == ["ran"])
    assert run.job("raw")["Status"] == "dead"
    run.touch("release")
    run.flow.wait().ok()
    assert run.marks()["raw"] == ["ran", "cleaned"]
    assert run.marks(1) == {"raw": ["ran", "released"], "chroot": [], "container": []}


def test_no_host_can_be_started(sleepers):
    """The client of a task launches it itself then, and says so."""
    run = sleepers(steps=("raw",)).asleep()
    [socket] = run.by.tmp.glob("mfn-*/host.sock")
    socket.unlink()
    (socket / "taken").mkdir(parents=True)  # no other host can listen there
    os.kill(host(run), signal.SIGKILL)
    run.flow.until("no launch host could be started")
    run.touch("release")
    result = run.flow.wait().ok()
    assert [line for line in result.lines("raw") if "sleeping" in line] == ["sleeping raw"]
    assert run.marks() == {"raw": ["ran", "released"]}
