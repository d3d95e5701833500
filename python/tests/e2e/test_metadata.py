"""What Metaflow records about where a task ran."""

from datetime import datetime

import pytest

FIELDS = ["job-id", "allocation-id", "node-id", "node-name", "datacenter", "driver", "region", "namespace"]
TIMES = ["submitted-at", "placed-at", "started-at", "finished-at"]


@pytest.mark.parametrize("site", ["raw", "docker"])
def test_metadata_of_a_task(submitter, cluster, site):
    """Each attempt's fields are what Nomad says of its job; also where the task's own metadata comes from S3."""
    by = submitter()
    result = by.run("where", site=site).ok()
    (job, _) = cluster.jobs(run_id=result.run_id, step_name="work")
    found = by.client(
        f"task = Task('WhereFlow/{result.run_id}/work/{job['Meta']['metaflow.task_id']}')\n"
        "answer = [[one.name, one.value] for one in task.metadata if one.name.startswith('nomad-')]",
        site=site,
    )
    names = [name for name, _ in found]
    assert len(names) == len(set(names)), f"recorded twice: {sorted(names)}"
    data = {name.removeprefix("nomad-"): value for name, value in found}
    assert not [name for name in (*FIELDS, *TIMES) if not data.get(name)]
    (allocation,) = cluster.allocations(job)
    node = cluster.api(f"/v1/node/{allocation['NodeID']}")
    assert {name: data[name] for name in FIELDS} == {
        "job-id": job["ID"],
        "allocation-id": allocation["ID"],
        "node-id": node["ID"],
        "node-name": node["Name"],
        "datacenter": node["Datacenter"],
        "driver": "raw_exec" if site == "raw" else "docker",
        "region": "global",
        "namespace": "default",
    }
    assert data["outcome"] == "succeeded"
    times = [datetime.fromisoformat(data[name].replace("Z", "+00:00")) for name in TIMES]
    assert times == sorted(times)


def test_show_when_nomad_has_forgotten(submitter, cluster):
    """The verdict, the place and Nomad's events stay with the task."""
    by = submitter()
    result = by.run("branches").ok()
    for job in cluster.jobs(run_id=result.run_id):
        cluster.api(f"/v1/job/{job['ID']}", "DELETE", purge="true")
    said = by.run("branches", "nomad", "show", "right").ok().stdout
    first, second = said[said.index("BranchesFlow/") :].split("attempt 1: ")
    assert f"BranchesFlow/{result.run_id}/right/" in first and ", attempt 0: failed\n" in first
    assert "\n  The task exited with code 1. See its output above.\n" in first
    assert "\n  job BranchesFlow-" in first and ", driver raw_exec, " in first
    assert "Started: Task started by client\n" in first and "Terminated: Exit Code: 1\n" in first
    assert second.startswith("succeeded\n  job ") and "Terminated" not in second
    task = by.client(f"answer = Flow('BranchesFlow')['{result.run_id}']['right'].task.id")
    one = by.run("branches", "nomad", "show", "--run-id", result.run_id, f"right/{task}").ok().stdout
    assert one.endswith(said[said.index("BranchesFlow/") :])
    by.run("branches", "nomad", "show", "--run-id", result.run_id, "nowhere").failed()
    by.run("branches", "nomad", "show", "a/b/c").failed()


def test_each_attempt_has_its_own(submitter, cluster):
    """A failed attempt's job is recorded too, told apart by the attempt it belongs to."""
    by = submitter()
    result = by.run("branches").ok()
    jobs = cluster.jobs(run_id=result.run_id, step_name="right")
    assert [job["Meta"]["metaflow.attempt"] for job in jobs] == ["0", "1"]
    found = by.client(
        f"path = Flow('BranchesFlow')['{result.run_id}']['right'].task.pathspec\n"
        "answer = [Task(path, attempt=attempt).metadata_dict[f'nomad-{name}']"
        " for attempt in (0, 1) for name in ('job-id', 'outcome')]"
    )
    assert found == [jobs[0]["ID"], "failed", jobs[1]["ID"], "succeeded"]
