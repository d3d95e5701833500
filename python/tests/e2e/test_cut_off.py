"""The submitter is cut off: from Nomad, from the terminal, or for good. No job goes on that nobody wants."""

from __future__ import annotations

import os
import signal
import time

import pytest
from kit import leftovers
from kit.network import Network
from kit.parts import until
from kit.sleepers import Sleepers

BOUND = 10.0
GONE_SECONDS = 6.0


@pytest.mark.parametrize("silently", [False, True], ids=["reset", "silent"])
def test_interrupt_while_the_network_is_gone(submitter, cluster, silently):
    """The jobs cannot be stopped then; they are as soon as Nomad can be reached again."""
    by = submitter()
    with Network(cluster.address) as network:
        by.sites["raw"]["site"]["address"] = network.address
        run = Sleepers(by, cluster, steps=("raw",)).asleep()
        network.cut(silently)
        run.flow.signal(signal.SIGINT, group=True)
        time.sleep(GONE_SECONDS)
        assert run.job("raw")["Status"] == "running"
        since = time.monotonic()
        network.heal()
        run.gone(since, BOUND)
        run.flow.wait(BOUND).failed()
    assert run.marks() == {"raw": ["ran", "cleaned"]}


def test_the_network_is_gone_for_a_while(submitter, cluster):
    """The run does not notice but for the time: no line is lost, none shown twice, and it succeeds."""
    by = submitter()
    with Network(cluster.address) as network:
        by.sites["raw"]["site"]["address"] = network.address
        run = Sleepers(by, cluster, steps=("raw",)).asleep()
        run.touch("talk")
        run.flow.until(lambda text: text.count("] line ") > 20)
        network.cut(silently=False)
        time.sleep(GONE_SECONDS)
        shown = run.flow.text().count("] line ")
        network.heal()
        run.flow.until(lambda text: text.count("] line ") > shown + 20)
        run.touch("release")
        result = run.flow.wait().ok()
    numbers = [int(line.split()[1]) for line in result.lines("raw") if line.startswith("line ")]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert run.marks() == {"raw": ["ran", "released"]}


def test_the_terminal_is_closed(submitter, cluster):
    """What holds the terminal dies; the system tells everybody in it to hang up."""
    run = Sleepers(submitter(), cluster, steps=("raw",), terminal=True).asleep()
    since = time.monotonic()
    run.flow.signal(signal.SIGKILL)
    run.gone(since, BOUND)
    run.flow.wait(BOUND).failed()
    assert run.marks() == {"raw": ["ran", "cleaned"]}


def test_the_host_dies_while_a_worker_of_a_pool_runs_a_task(submitter):
    """Nobody can know how such a task went on: its attempt is lost, and the next one does it."""
    by = submitter()
    flow = by.start("pooled_small", "run", env={"SECONDS": "4", "COUNT": "1"})
    flow.until("begins")
    [host] = leftovers.processes("metaflow-nomad.mjs", str(by.tmp))
    os.kill(int(host.split()[0]), signal.SIGKILL)
    result = flow.wait().ok()
    assert "The launch host ended while the task ran on a worker of a pool" in "\n".join(result.lines("work"))
    path = f"Flow('PooledSmallFlow')['{result.run_id}']['work'].task.pathspec"
    known = "[Task(path, attempt=number).metadata_dict['nomad-outcome'] for number in (0, 1)]"
    assert by.client(f"path = {path}\nanswer = {known}") == ["lost", "succeeded"]


def test_nobody_comes_back(submitter, cluster):
    """All that knew of the run is dead, for good: the task ends itself some time after its limit."""
    by = submitter()
    flow = by.start("abandoned", "run")
    flow.until("sleeping raw")
    [job] = cluster.jobs(run_id=flow.run_id, step_name="raw")
    folder = str(by.tmp)
    ours = leftovers.processes("metaflow-nomad.mjs", folder) + leftovers.processes("client.py", folder)
    assert len(ours) == 2
    for pid in [flow.pid, *(int(line.split()[0]) for line in ours)]:
        os.kill(pid, signal.SIGKILL)
    assert cluster.job(job["ID"])["Status"] == "running"
    until("the end of the task", lambda: cluster.job(job["ID"])["Status"] == "dead", 30)
    [allocation] = cluster.allocations(job)
    events = allocation["TaskStates"]["main"]["Events"]
    assert [event["Type"] for event in events if event["Type"] in ("Killing", "Terminated")] == ["Terminated"]
    log = cluster.text(f"/v1/client/fs/logs/{allocation['ID']}", task="main", type="stderr", plain="true")
    assert "Timeout (0:00:11)!" in log and 'abandoned.py", line 21 in raw' in log
    swept = by.popen([str(by.python.parent / "metaflow-nomad"), "gc"], by.env("raw"))
    assert swept.communicate(timeout=60)[0].startswith(f"Removed {folder}/mfn-")
