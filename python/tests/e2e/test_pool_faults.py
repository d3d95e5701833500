"""Worker pools where workers are taken away, and what is left of them is gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable

from kit.flows import FlowProcess, Result
from kit.parts import Cluster, until
from kit.two_nodes import TwoNodes

TOLD = """
answer = []
for task in Flow("PooledSmallFlow")[RUN]["work"]:
    attempts = [Task(task.pathspec, attempt=n).metadata_dict for n in range(int(task.metadata_dict["attempt"]) + 1)]
    answer.append([one.get("nomad-outcome") for one in attempts])
"""


def told(result: Result) -> list[list[str]]:
    """How each attempt of each item ended, the items that were tried most often last."""
    return sorted(result.by.client(TOLD.replace("RUN", repr(result.run_id))), key=len)


def results(result: Result) -> Any:
    return result.by.client(f"answer = Flow('PooledSmallFlow')['{result.run_id}']['join'].task['results'].data")


def expected(count: int) -> list[int]:
    return sorted(10 * item + more for item in range(count) for more in (1, 2))


@contextmanager
def preempting(cluster: Cluster) -> Iterator[None]:
    """Jobs of a higher priority may take the place of others."""
    path = "/v1/operator/scheduler/configuration"
    before = cluster.api(path)["SchedulerConfig"]
    cluster.api(path, "PUT", {**before, "PreemptionConfig": {"BatchSchedulerEnabled": True}})
    try:
        yield
    finally:
        cluster.api(path, "PUT", before)


def free_memory(cluster: Cluster) -> int:
    """What no task has asked for, in MB."""
    node = cluster.api(f"/v1/node/{cluster.node_id}")
    running = [
        one for one in cluster.api(f"/v1/node/{cluster.node_id}/allocations") if one["ClientStatus"] == "running"
    ]
    asked = sum(task["Memory"]["MemoryMB"] for one in running for task in one["AllocatedResources"]["Tasks"].values())
    return int(node["NodeResources"]["Memory"]["MemoryMB"] - node["ReservedResources"]["Memory"]["MemoryMB"] - asked)


def urgent(memory: int) -> dict[str, Any]:
    task = {
        "Name": "t",
        "Driver": "raw_exec",
        "Config": {"command": "/bin/sleep", "args": ["600"]},
        "Resources": {"CPU": 10, "MemoryMB": memory},
    }
    groups = [{"Name": "g", "Tasks": [task]}]
    return {"Job": {"ID": "urgent", "Type": "batch", "Priority": 90, "Datacenters": ["*"], "TaskGroups": groups}}


def test_a_worker_that_is_preempted(submitter: Callable[..., Any], cluster: Cluster) -> None:
    """Its item fails with that verdict and is tried again; the other's goes on; it is replaced when there is room."""
    with preempting(cluster):
        flow = submitter().start("pooled_small", "run", env={"SECONDS": "3", "COUNT": "4"})
        flow.until(lambda text: text.count("begins") == 2)
        workers = {job["ID"] for job in cluster.jobs(run_id=flow.run_id, step_name="work")}
        try:
            cluster.api("/v1/jobs", "PUT", urgent(free_memory(cluster) + 50))
            flow.until("for a job of higher priority")
        finally:
            cluster.api("/v1/job/urgent", "DELETE", purge="true")
        until("another worker", lambda: runs_another(cluster, flow, workers))
        result = flow.wait().ok()
    assert results(result) == expected(4)
    assert told(result) == [["succeeded"]] * 3 + [["preempted", "succeeded"]]


def runs_another(cluster: Cluster, flow: FlowProcess, known: set[str]) -> bool:
    fresh = [job for job in cluster.jobs(run_id=flow.run_id, step_name="work") if job["ID"] not in known]
    return any(one["ClientStatus"] == "running" for job in fresh for one in cluster.allocations(job))


def test_a_node_that_goes_away(submitter: Callable[..., Any], shared: Path, clusters: list[Cluster]) -> None:
    with TwoNodes(shared, "1.11.0") as nodes:
        clusters.append(nodes.cluster)
        by = submitter(on=nodes.cluster)
        by.sites["raw"]["site"]["lostAfterMinutes"] = 0.1
        nodes.eligible(first=False)
        flow = by.start("pooled_small", "run", env={"SECONDS": "2", "COUNT": "3"})
        flow.until(lambda text: text.count("begins") == 2)
        nodes.eligible(first=True)
        nodes.kill_second_node()
        result = flow.wait().ok()
        clusters.remove(nodes.cluster)
    assert results(result) == expected(3)
    assert told(result) == [["succeeded"]] + [["lost", "succeeded"]] * 2


def test_a_run_that_is_resumed_in_the_middle_of_a_pooled_foreach(
    submitter: Callable[..., Any], cluster: Cluster
) -> None:
    """One worker at a time, each for one item, and one item that fails again and again until then."""
    by = submitter()
    gate = by.write("gate", "")
    env = {"SIZE": "1", "MOST": "1", "COUNT": "3", "GATE": str(gate)}
    failed = by.run("pooled_small", "run", "--max-workers", "1", env=env).failed()
    done = by.client(f"answer = [t.index for t in Flow('PooledSmallFlow')['{failed.run_id}']['work'] if t.successful]")
    # An item and a worker of its own for each, and three for the attempts of the one that fails.
    assert len(cluster.jobs(run_id=failed.run_id, step_name="work")) == len(done) + 3
    assert 1 not in done
    gate.unlink()
    result = by.run("pooled_small", "resume", "--origin-run-id", failed.run_id, env={**env, "SIZE": "2"}).ok()
    assert results(result) == expected(3)
    assert len(cluster.jobs(run_id=result.run_id, step_name="work")) == 3 - len(done)


def test_two_pools_at_once(submitter: Callable[..., Any], cluster: Cluster) -> None:
    by = submitter()
    meeting = by.place / "meeting"
    meeting.mkdir()
    result = by.run("pooled_two", "run", env={"MEETING": str(meeting)}).ok()
    answer = by.client(f"answer = Flow('PooledTwoFlow')['{result.run_id}']['join'].task['results'].data")
    assert answer == ["left 0", "left 1", "right 0", "right 1"]
    assert [len(cluster.jobs(run_id=result.run_id, step_name=f"work_{side}")) for side in ("left", "right")] == [2, 2]
