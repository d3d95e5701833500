"""001: each item of its troubleshooting list is answered by a sentence that names the thing."""

from __future__ import annotations

import documents
import pytest
from kit.parts import IMAGE
from kit.secure import start_secure

CONFIGURATION = {"METAFLOW_NOMAD_CONFIG": None, "METAFLOW_NOMAD_DEFAULT_IMAGE": IMAGE}


@pytest.fixture(scope="module")
def pending(new_submitter, cluster):
    by = new_submitter()
    by.sites["raw"]["site"]["placementTimeoutMinutes"] = 0.05
    return by.run(documents.FLOWS / "pending.py").ok()


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ("memory", "memory exhausted on 1 node (needs 900000 MB, the largest node has "),
        ("disk", "disk exhausted on 1 node"),
        ("datacenter", "no ready node in datacenter dc9"),
        ("constraint", "1 node does not meet ${node.class} = gpu"),
    ],
)
def test_stuck_in_pending(pending, step, sentence):
    """ "Check if the requested resources … `datacenters` … `constraints`"."""
    said = "\n".join(pending.lines(step))
    assert "No node can run the task: " in said and sentence in said, said


def test_region(run_flow):
    """ "… and `region` … match your Nomad setup": refused before anything is submitted."""
    result = run_flow("one_step", "run", env={"ATTRIBUTES": '{"region": "mars"}'}).failed()
    assert "no path to region mars" in result.output


def test_nomad_job_status(pending, cluster):
    """ "Use `nomad job status <job_id>`": the ID is in the output, and Nomad knows it."""
    [job] = cluster.jobs(run_id=pending.run_id, step_name="datacenter")
    env = {"NOMAD_ADDR": cluster.address}
    assert f"ID            = {job['ID']}" in documents.shell(
        f"{cluster.nomad} job status {job['ID']}", documents.HERE, env
    )


@pytest.fixture(scope="module")
def failing(new_submitter, cluster):
    env = {**CONFIGURATION, "METAFLOW_NOMAD_ADDRESS": cluster.address, "THE_IMAGE": IMAGE}
    return new_submitter().run(documents.FLOWS / "failing.py", env=env).ok()


def test_image_cannot_be_pulled(failing):
    said = "\n".join(failing.lines("image"))
    assert "localhost:1/no/such:1" in said or "The registry" in said, said


def test_command_is_not_well_formed(failing, cluster):
    """Nomad's own words, by `nomad alloc status`, name it as well."""
    said = "\n".join(failing.lines("command"))
    assert "The command /no/such/command does not exist" in said, said
    [job] = cluster.jobs(run_id=failing.run_id, step_name="command")
    [allocation] = cluster.allocations(job)
    env = {"NOMAD_ADDR": cluster.address}
    assert "/no/such/command" in documents.shell(
        f"{cluster.nomad} alloc status {allocation['ID']}", documents.HERE, env
    )


def test_code_package_cannot_be_fetched(run_flow):
    """It is gone when the node looks for it. (From an object store, Metaflow tries for more than a minute.)"""
    said = "\n".join(run_flow("no_package", "run").failed().lines("away"))
    assert "The code package could not be fetched or unpacked on the node. The lines above say why" in said, said


@pytest.fixture(scope="module")
def secure(shared, clusters):
    """ACLs and mutual TLS."""
    parts, cluster = start_secure(shared, tls=True)
    clusters.append(cluster)
    yield cluster
    clusters.remove(cluster)
    parts.stop()


def settings(secure, **changes):
    """All METAFLOW_NOMAD_* of a connection; a change of None takes one away."""
    tls = secure.tls
    values = {
        "ADDRESS": secure.address,
        "REGION": "global",
        "TOKEN": secure.token,
        "CLIENT_CERT": tls["clientCert"],
        "CLIENT_KEY": tls["clientKey"],
        "CACERT": tls["ca"],
        **changes,
    }
    return {"METAFLOW_NOMAD_CONFIG": None, **{f"METAFLOW_NOMAD_{name}": value for name, value in values.items()}}


def test_connection_by_variables(submitter, secure):
    """`METAFLOW_NOMAD_ADDRESS`, `_REGION`, `_TOKEN`, `_CLIENT_CERT`, `_CLIENT_KEY`, `_CACERT`, and nothing else."""
    by = submitter()
    result = by.run("plain", "run", "--with", "nomad:driver=raw_exec", env=settings(secure)).ok()
    assert [job["Region"] for job in secure.jobs(run_id=result.run_id)] == ["global", "global"]
    assert secure.token not in result.output


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ({"ADDRESS": "https://127.0.0.1:1"}, ["Nomad at https://127.0.0.1:1 cannot be reached: nothing listens there"]),
        ({"TOKEN": None}, ["lacks the right"]),
        ({"TOKEN": "6f4ae1b0-0000-4000-8000-000000000000"}, ["does not know the ACL token", "METAFLOW_NOMAD_TOKEN"]),
        ({"CACERT": None}, ["NOMAD_E_TRANSPORT_TLS", "CA"]),
        ({"CACERT": "/no/such/ca.pem"}, ["/no/such/ca.pem"]),
        ({"CLIENT_CERT": None, "CLIENT_KEY": None}, ["client certificate"]),
        ({"CLIENT_KEY": "/no/such/key.pem"}, ["/no/such/key.pem"]),
    ],
    ids=["address", "no token", "unknown token", "no CA", "CA's path", "no certificate", "key's path"],
)
def test_authentication(submitter, secure, changes, sentences):
    """ "Ensure `METAFLOW_NOMAD_ADDRESS` is correct … `METAFLOW_NOMAD_TOKEN` … paths and contents"."""
    env = settings(secure, **changes)
    said = submitter().run("plain", "run", "--with", "nomad:driver=raw_exec", env=env).failed().output
    assert [sentence for sentence in sentences if sentence not in said] == [], said
    assert "Task is starting" not in said and secure.token not in said
