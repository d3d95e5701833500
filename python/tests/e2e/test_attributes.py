"""Many attributes of @nomad on real tasks: what they do is seen from inside the task."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from kit.parts import VOLUME

SECRET, PASSWORD = "attributes-secret-of-here", "attributes-password"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def http(work):
    """A server with one page."""
    folder = work / "http"
    folder.mkdir()
    (folder / "page.txt").write_text("a page\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def ran(new_submitter, unprivileged, cluster, shared, http):
    cluster.api("/v1/var/nomad/jobs", "PUT", {"Path": "nomad/jobs", "Items": {"password": PASSWORD}})
    env = {
        "HTTP_SERVER": http,
        "NOMAD_API": cluster.address,
        "SHARED": str(shared),
        "VOLUME": VOLUME,
        "ATTRIBUTES_SECRET": SECRET,
    }
    result = new_submitter(unprivileged).run("attributes", "run", site="exec", env=env).ok()
    yield result
    cluster.api("/v1/var/nomad/jobs", "DELETE")


@pytest.fixture(scope="module")
def seen(ran):
    """What the tasks found, by step."""
    names = "env limits secrets_came fetched rendered before port service sees closed shm resolver".split()
    return ran.by.client(
        f"run = Flow('AttributesFlow')['{ran.run_id}']\n"
        f"answer = {{step.id: {{art.id: art.data for art in step.task if art.id in {names}}} for step in run}}",
        site="exec",
    )


def job_of(cluster, ran, step):
    (job,) = cluster.jobs(run_id=ran.run_id, step_name=step)
    return job


def test_environment_resources_meta_and_raw(seen, ran, cluster):
    files, job = seen["files"], job_of(cluster, ran, "files")
    assert files["env"] == {
        "DC": "dc1",
        "ODD": 'a,b=c "q" ${x}',
        "RENDERED": "in dc1",
        "PATCHED": "yes",
        "NOMAD_META_TEAM": "x",
    }
    assert files["limits"] == ["300", "256"]
    assert (job["Priority"], job["Meta"]["patched"], job["Meta"]["team"]) == (60, "also", "x")
    assert job["TaskGroups"][0]["EphemeralDisk"]["SizeMB"] == 250


def test_files(seen, ran, cluster):
    files = seen["files"]
    assert files["fetched"] == "a page\n"
    assert files["rendered"].startswith("node ")
    assert files["before"] == "before\n"


def test_ports_and_services(seen):
    files = seen["files"]
    (service,) = json.loads(files["service"])
    assert files["port"] > 0
    assert (service["Port"], service["Tags"]) == (files["port"], ["a,b=c"])


def test_secrets(seen, ran, cluster):
    assert seen["files"]["secrets_came"] == [len(SECRET), len(PASSWORD)]
    stored = json.dumps(cluster.jobs(run_id=ran.run_id))
    for value in (SECRET, PASSWORD):
        assert value not in stored
        assert value not in ran.output
        assert not [path for path in ran.by.store.rglob("*") if path.is_file() and value.encode() in path.read_bytes()]


def test_volumes(seen):
    assert seen["mounts"] == {"sees": True, "closed": "Read-only file system"}


def test_shared_memory_of_resources_and_network(seen, ran, cluster):
    assert seen["memory"]["shm"] == 96 * 1024 * 1024
    assert "nameserver 192.0.2.53" in seen["memory"]["resolver"]
    assert job_of(cluster, ran, "memory")["TaskGroups"][0]["EphemeralDisk"]["SizeMB"] == 300


def test_kill_signal_and_kill_timeout(ran):
    lines = ran.lines("ended")
    assert "heard SIGUSR1" in lines
    assert any("longer than its time limit of 24 s and was stopped" in line for line in lines)


def test_blocks_of_the_command_line(run_flow, cluster):
    """JSON in JSON with commas, quotes and references: through --with here, and --with of the task's own process."""
    text = 'A={{ env "node.datacenter" }},b=c "q" \\ ${z}\n'
    given = {
        "templates": [{"data": text, "destination": "local/a,b=c"}],
        "services": [{"name": "typed", "tags": ["a=1,b=2", 'q"q'], "port": 8080}],
        "meta": {"odd": "x,y=z"},
        "cpu": 150,
    }
    spec = ",".join(f"{name}={json.dumps(value)}" for name, value in given.items())
    result = run_flow("plain", "run", "--with", f"nomad:{spec}").ok()
    jobs = cluster.jobs(run_id=result.run_id)
    assert [job["Meta"]["metaflow.step_name"] for job in jobs] == ["start", "end"]
    for job in jobs:
        group = job["TaskGroups"][0]
        (task,) = group["Tasks"]
        (template,) = [one for one in task["Templates"] if one["DestPath"] == "local/a,b=c"]
        assert template["EmbeddedTmpl"] == text
        services = [*(group["Services"] or []), *(task["Services"] or [])]
        assert [one["Tags"] for one in services] == [["a=1,b=2", 'q"q']]
        assert (job["Meta"]["odd"], task["Resources"]["CPU"]) == ("x,y=z", 150)


def test_settings_of_the_environment(run_flow, cluster):
    """METAFLOW_NOMAD_SITE, _DRIVER and _NODE_POOL, for what stands in no step."""
    result = run_flow("plain", "run", "--with", "nomad", env={"METAFLOW_NOMAD_SITE": "exec"}).ok()
    assert {drivers(job) for job in cluster.jobs(run_id=result.run_id)} == {"exec"}
    settings = {"METAFLOW_NOMAD_DRIVER": "raw_exec", "METAFLOW_NOMAD_NODE_POOL": "default"}
    result = run_flow("plain", "run", "--with", "nomad", site="exec", env=settings).ok()
    jobs = cluster.jobs(run_id=result.run_id)
    assert {(drivers(job), job["NodePool"]) for job in jobs} == {("raw_exec", "default")}
    refused = run_flow("plain", "run", "--with", "nomad", env={"METAFLOW_NOMAD_SITE": "rwa"}).failed()
    assert "[NOMAD_E_CONFIG_UNKNOWN_SITE]" in refused.output
    refused = run_flow("plain", "run", "--with", "nomad", env={"METAFLOW_NOMAD_NODE_POOL": "nowhere"}).failed()
    assert "nowhere" in refused.output
    assert "Task is starting" not in refused.output


def drivers(job):
    (task,) = job["TaskGroups"][0]["Tasks"]
    return task["Driver"]
