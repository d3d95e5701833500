"""`@parallel`: the nodes of a step start together, find each other, and end together."""

from __future__ import annotations

import json
import signal

import pytest

SEEN = [(0, 3, True, [1, 2]), (1, 3, True, "welcome"), (2, 3, True, "welcome")]


def tasks(result, step="train"):
    snippet = f"""
run = Flow('GangFlow')['{result.run_id}']
answer = {{t.id: [t.stdout, t.data.number, t.metadata_dict.get('nomad-job-id'), t.metadata_dict.get('parallel-node-index')] for t in run['{step}']}}
"""
    return result.by.client(snippet)


@pytest.mark.parametrize("site", ["raw", "docker-shared"])
def test_gang_of_three(run_flow, cluster, site):
    result = run_flow("gang", "run", "--with", "nomad", site=site).ok()
    assert f"gang {SEEN}" in result.output
    found = tasks(result)
    assert sorted(index for _, index, *_ in found.values()) == [0, 1, 2]
    for task, (stdout, index, job, noted) in found.items():
        assert noted == str(index)
        assert f"node {index} of 3 here" in stdout
        assert job and job in {one["ID"] for one in cluster.jobs(run_id=result.run_id, task_id=task)}
    # The terminal shows the control task's lines; each worker's are in its own log.
    assert [line for line in result.lines("train") if line.endswith("here")] == ["node 0 of 3 here"]
    [worker] = [task for task, (_, index, *_) in found.items() if index == 2]
    logs = result.by.run("gang", "logs", f"{result.run_id}/train/{worker}", site=site).ok()
    assert logs.stdout.splitlines() == ["node 2 of 3 here"]


def test_one_node(run_flow):
    result = run_flow("gang", "run", "--nodes", "1", "--with", "nomad").ok()
    assert "gang [(0, 1, True, [])]" in result.output


def test_a_worker_fails(run_flow, cluster):
    """All are stopped, the sentence names the node, its last lines are shown; the next attempt is a new gang."""
    result = run_flow("gang", "run", "--fails", "2", "--with", "nomad", env={"GANG_RETRIES": "1"}).ok()
    assert f"gang {SEEN}" in result.output
    said = "\n".join(result.lines("train"))
    assert "Node 2 of 3: The task exited with code 7." in said
    assert "node 2 fails" in said
    assert len(cluster.jobs(run_id=result.run_id, step_name="train")) == 6


def test_catch_is_refused(run_flow):
    result = run_flow("gang", "run", "--with", "nomad", env={"GANG_CATCH": "1"}).failed()
    assert "both @parallel and @catch" in result.output


def test_all_or_nothing(submitter, cluster):
    """Where not all find a node in time, those that did are stopped, and the sentence has the numbers."""
    by = submitter()
    half = cluster.api(f"/v1/node/{cluster.node_id}")["NodeResources"]["Memory"]["MemoryMB"] * 6 // 10
    sites = {"raw": {**by.sites["raw"]["site"], "gangTimeoutMinutes": 0.05}}
    config = by.write("gang-sites.json", json.dumps({"sites": sites}))
    result = by.run(
        "gang", "run", "--nodes", "2", "--with", f"nomad:memory={half}", env={"METAFLOW_NOMAD_CONFIG": str(config)}
    ).failed()
    assert "Only 1 of 2 nodes could be placed within 0.1 min (memory exhausted on 1 node" in result.output
    assert "here" not in "".join(result.lines("train"))
    assert len(cluster.jobs(run_id=result.run_id, step_name="train")) == 2


def test_interrupt(submitter):
    flow = submitter().start("gang", "run", "--sleeps", "600", "--with", "nomad")
    flow.until("heard [1, 2]", 90)
    flow.signal(signal.SIGINT, group=True)
    flow.wait(20).failed()


def test_object_store(run_flow):
    result = run_flow("gang", "run", "--with", "nomad", site="docker").ok()
    assert f"gang {SEEN}" in result.output
    outs = result.by.client(f"answer = [t.stdout for t in Flow('GangFlow')['{result.run_id}']['train']]", site="docker")
    assert all(any(f"node {index} of 3 here" in out for out in outs) for index in range(3))
