"""000: its picture of the calls, its comparison with @slurm, its package structure."""

from __future__ import annotations

import re

import documents
import pytest
from kit import wheel
from kit.parts import IMAGE, ROOT
from recorder import Recorder

TOKEN = "6f4ae1b0-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def run(cluster, new_submitter):
    """One run, on docker, all of whose calls to Nomad go through the recorder."""
    recorder = Recorder(cluster.address)
    env = {
        "METAFLOW_NOMAD_CONFIG": None,
        "METAFLOW_NOMAD_ADDRESS": recorder.address,
        "METAFLOW_NOMAD_TOKEN": TOKEN,
        "METAFLOW_NOMAD_DEFAULT_IMAGE": IMAGE,
    }
    result = new_submitter().run(documents.FLOWS / "promises.py", env=env)
    recorder.stop()
    result.calls = recorder.calls
    return result.ok()


def jobs(cluster, run, step):
    return cluster.jobs(run_id=run.run_id, step_name=step)


def test_calls(run, cluster):
    """Deviation: allocations are followed by one event stream for the whole run; polling is the last resort."""
    [first, *_] = jobs(cluster, run, "flaky")
    [allocation] = cluster.allocations(first)
    made = {(method, path) for method, path, _ in run.calls}
    picture = documents.piece("000/calls.txt")
    assert "POST /v1/jobs" in picture
    assert {path for method, path in made if method in ("PUT", "POST")} >= {"/v1/jobs"}
    logs = re.search(r"GET (/v1/client/fs/logs/):alloc_id", picture)[1]
    assert ("GET", logs + allocation["ID"]) in made
    assert {path for _, path in made if path.startswith("/v1/event")} == {"/v1/event/stream"}
    assert not [path for _, path in made if not path.startswith("/v1/")]


def test_token_header(run):
    """ "Auth: ACL Token header", on every call, and never in a path."""
    assert {token for _, _, token in run.calls} == {TOKEN}
    assert not [path for _, path, _ in run.calls if TOKEN in path]


def test_two_phase_logs(run):
    """A task that prints and exits at once loses nothing; both streams, in order, of both attempts."""
    lines = run.lines("flaky")
    assert (lines.count("first words"), lines.count("last words")) == (2, 2)


def test_retry(run, cluster):
    """Deviation: ReschedulePolicy is off unless a step asks for it (docs/decisions/0001).

    Nomad would repeat *any* failure behind Metaflow's back. RestartPolicy is off, as the document says.
    """
    for job in jobs(cluster, run, "flaky"):
        [group] = job["TaskGroups"]
        assert group["RestartPolicy"]["Attempts"] == 0
        assert (group["ReschedulePolicy"]["Attempts"], group["ReschedulePolicy"]["Unlimited"]) == (0, False)
    attempts = [job["Meta"]["metaflow.attempt"] for job in jobs(cluster, run, "flaky")]
    assert attempts == ["0", "1"]
    [moved] = jobs(cluster, run, "moved")
    assert moved["TaskGroups"][0]["ReschedulePolicy"]["Attempts"] == 1
    assert moved["TaskGroups"][0]["RestartPolicy"]["Attempts"] == 0


def test_out_of_memory_by_task_events(run, cluster):
    assert "The task ran out of memory: it had 64 MB." in "\n".join(run.lines("greedy"))
    [job] = jobs(cluster, run, "greedy")
    [allocation] = cluster.allocations(job)
    events = allocation["TaskStates"]["main"]["Events"]
    assert [event for event in events if event["Details"].get("oom_killed") == "true"]


def test_execution(run, cluster):
    """ "Docker task driver"; the job is JSON over HTTP, and no HCL was submitted."""
    found = cluster.jobs(run_id=run.run_id)
    assert {job["TaskGroups"][0]["Tasks"][0]["Driver"] for job in found} == {"docker"}
    assert not [path for _, path, _ in run.calls if path in ("/v1/jobs/parse", "/v1/system/gc")]


def test_structure(installed):
    """Deviation: nomad_client.py and nomad_job.py are TypeScript, in src; setup.py is pyproject.toml."""
    names = re.findall(r"[\w.]+\.py", documents.piece("000/structure.txt"))
    assert names[1:] == [
        "mfextinit_nomad_ext.py",
        "__init__.py",
        "nomad_decorator.py",
        "nomad_client.py",
        "nomad_job.py",
    ]
    extension = wheel.site_packages(installed.parents[1]) / "metaflow_extensions"
    assert not (extension / "__init__.py").exists()
    plugins = extension / "nomad_ext" / "plugins"
    assert "STEP_DECORATORS_DESC" in (plugins / names[1]).read_text()
    assert [name for name in names[2:4] if (plugins / "nomad" / name).is_file()] == names[2:4]
    assert (ROOT / "src" / "transports" / "http-transport.ts").is_file()
    assert (ROOT / "src" / "core" / "launch" / "draft-to-job.ts").is_file()


def test_requirements():
    """ "Nomad 1.7.7+, Python 3.9+"."""
    assert 'requires-python = ">=3.9"' in (ROOT / "python" / "pyproject.toml").read_text()
    assert 'oldestNomad = "1.7.7"' in (ROOT / "src" / "core" / "launch" / "preflight.ts").read_text()
