"""Every flow of examples/, run for real."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from kit.parts import ROOT, start_agent

EXAMPLES = ROOT / "examples"


def steps(cluster, result):
    return sorted(job["Meta"]["metaflow.step_name"] for job in cluster.jobs(run_id=result.run_id))


def test_every_example_is_run_here():
    source = (ROOT / "python/tests/e2e/test_examples.py").read_text()
    names = {path.name for path in EXAMPLES.glob("*.py")}
    assert len(names) >= 8
    assert {name for name in names if f'"{name}"' not in source} == set()
    assert {name for name in names if f"({name})" not in (EXAMPLES / "README.md").read_text()} == set()


def test_basic(run_flow, cluster):
    result = run_flow(EXAMPLES / "basic_flow.py").ok()
    assert "The sum of the first 1000 squares is 332833500" in result.lines("end")
    assert steps(cluster, result) == ["compute"]


def test_demo(run_flow, cluster):
    result = run_flow(EXAMPLES / "demo_flow.py", "run", "--samples", "1000").ok()
    assert any(line.startswith("17,984 primes below 200,000") for line in result.lines("end"))
    assert len(steps(cluster, result)) == 8


def test_fan_out(run_flow, cluster):
    result = run_flow(EXAMPLES / "fan_out_flow.py").ok()
    total = sum(range(6000)) - sum(range(2000, 3000))
    assert f"total {total}, without shards [2]" in result.lines("end")
    assert steps(cluster, result) == ["work"] * 8


def test_gpu(submitter, shared, cluster, tmp_path):
    """On Nomad's example device plugin, whose devices are files."""
    (tmp_path / "gpu-0").touch()
    parts, agent = start_agent(shared, cluster.version, exec=False, docker=False, devices={"dir": str(tmp_path)})
    try:
        by = submitter(on=agent)
        by.sites["raw"]["site"]["gpu"] = {"device": "nomad/file/mock"}
        result = by.run(EXAMPLES / "gpu_flow.py").ok()
        [job] = agent.jobs(run_id=result.run_id)
        [allocation] = agent.allocations(job)
        resources = agent.api(f"/v1/allocation/{allocation['ID']}")["AllocatedResources"]
        [device] = resources["Tasks"]["main"]["Devices"]
        assert (device["Vendor"], device["Type"], device["Name"]) == ("nomad", "file", "mock")
        assert device["DeviceIDs"]
    finally:
        parts.stop()


@pytest.fixture
def served(tmp_path):
    """A folder over HTTP."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_files(run_flow, served):
    folder, address = served
    (folder / "data.csv").write_text("a,b\n1,2\n3,4\n")
    result = run_flow(EXAMPLES / "files_flow.py", "run", env={"DATA_URL": f"{address}/data.csv"}).ok()
    assert "3 lines of data" in result.lines("end")
    assert "datacenter = dc1" in result.lines("start")


def test_secrets(run_flow, cluster):
    cluster.api("/v1/var/nomad/jobs", "PUT", {"Items": {"db_password": "open sesame"}})
    try:
        result = run_flow(EXAMPLES / "secrets_flow.py", "run", env={"API_KEY": "key of the test"}).ok()
    finally:
        cluster.api("/v1/var/nomad/jobs", "DELETE")
    marks = [hashlib.sha256(text.encode()).hexdigest()[:8] for text in ("key of the test", "open sesame")]
    assert f"the step had {dict(zip(('API_KEY', 'DB_PASSWORD'), marks))}" in result.lines("end")
    assert "key of the test" not in result.output and "open sesame" not in result.output


def test_card(submitter):
    by = submitter()
    result = by.run(EXAMPLES / "card_flow.py").ok()
    assert "the last loss was 0.2" in result.lines("end")
    card = f"get_cards('CardFlow/{result.run_id}/start/1')[0]"
    html = by.client(f"from metaflow.cards import get_cards\nanswer = {card}.get()")
    [data] = [base64.b64decode(part) for part in re.findall(r'__MF_DATA__\[[^]]*\] *= *"([^"]+)"', html)]
    assert b"Training on CardFlow" in data and b"epoch" in data


def test_around(run_flow):
    result = run_flow(EXAMPLES / "around_flow.py").ok()
    assert "prepared: 42" in result.lines("end")
    assert any(line.startswith("the clock beside says") for line in result.lines("start"))


def test_parallel(run_flow, cluster):
    result = run_flow(EXAMPLES / "parallel_flow.py").ok()
    assert f"together: {sum(range(1000))}" in result.lines("end")
    # The others' output is in Metaflow's log store.
    assert any(re.match(r"member 0 of 2; the main one is at \S+$", line) for line in result.lines("train"))
    assert set(steps(cluster, result)) == {"train"}


def test_s3(run_flow, s3):
    where = f"s3://{s3['bucket']}/demo"
    result = run_flow(EXAMPLES / "s3_flow.py", "run", "--at", where, site="docker").ok()
    assert f"{where}/greeting: hello from one node" in result.lines("end")
