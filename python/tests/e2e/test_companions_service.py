"""Metaflow's metadata service: who asks it, under which address, with which key."""

import json

import pytest
from kit.service import Service

KEY = "k3y-of-the-service"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    service = Service(tmp_path_factory.mktemp("service"), KEY)
    yield service
    service.stop()


@pytest.mark.parametrize("site", ["raw", "docker"])
def test_a_run_with_the_service(submitter, cluster, service, site):
    by, env = submitter(), service.env(KEY)
    before = len(service.visits())
    result = by.run("moment", "run", "--with", "nomad", "--tag", "a:1", site=site, env=env).ok()
    visits = service.visits()[before:]
    assert visits and all(welcome for *_, welcome in visits)
    task = f"/flows/MomentFlow/runs/{result.run_id}/steps/start/tasks/"
    of_the_task = {(host, path.split("/")[-1]) for host, _, path, _ in visits if path.startswith(task)}
    assert {("127.0.0.1", "heartbeat"), ("127.0.0.1", "metadata"), ("127.0.0.1", "artifact")} <= of_the_task
    assert ("localhost", "POST", f"/flows/MomentFlow/runs/{result.run_id}/heartbeat", True) in map(tuple, visits)

    found, tags, now = by.client(
        f"run = Flow('MomentFlow')['{result.run_id}']\nrun.add_tag('later')\ntask = run['start'].task\n"
        "answer = [task.metadata_dict, sorted(run.tags), task.data.now]",
        site=site,
        env=env,
    )
    jobs = cluster.jobs(run_id=result.run_id)
    assert found["nomad-job-id"] in [job["ID"] for job in jobs]
    assert (found["nomad-outcome"], found["nomad-datacenter"]) == ("succeeded", "dc1")
    assert {"a:1", "later"} <= set(tags)
    assert now["pathspec"].startswith(f"MomentFlow/{result.run_id}/start/")
    assert KEY not in json.dumps(jobs) + result.output
    assert cluster.api("/v1/vars", namespace="*") == []


def test_a_service_that_the_node_does_not_reach(submitter, service):
    env = {
        **service.env(KEY),
        "METAFLOW_SERVICE_INTERNAL_URL": "http://127.0.0.1:9",
        "METAFLOW_SERVICE_RETRY_COUNT": "1",
    }
    result = submitter().run("plain", "run", "--with", "nomad", env=env).failed()
    assert any("The node cannot reach the metadata service at http://127.0.0.1:9" in line for line in result.lines())
    assert any("METAFLOW_SERVICE_INTERNAL_URL" in line for line in result.lines())
    assert not any("Traceback" in line for line in result.lines())
