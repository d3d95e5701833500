"""Real flows on Azure Blob Storage, Google Cloud Storage and S3 with a private certificate authority; and where a node
cannot reach its store, or is not let in."""

import json

import pytest
from kit import wheel
from kit.parts import CLOUD_IMAGE, IMAGE, Parts
from kit.secure import start_secure

NO_PIP = {"METAFLOW_SKIP_INSTALL_DEPENDENCIES": "1"}
SECRETS = "/secrets"


@pytest.fixture(scope="module")
def cloud_python(built_wheel, venvs):
    """The submitter's interpreter, with the clients of all stores."""
    return wheel.install(built_wheel, venvs / "cloud", wheel.public_python(), wheel.CLOUD_PACKAGES)


@pytest.fixture(scope="module")
def stores():
    """Azure's, Google's and an https S3 server: env, secret…"""
    parts = Parts({"azure": {}, "gs": {}, "s3": {"tls": True}})
    yield parts.facts
    parts.stop()


@pytest.fixture
def on_docker(submitter, cloud_python, cluster):
    """A submitter whose tasks run in docker containers, in the node's network or in their own."""
    by = submitter(python=cloud_python)

    def add(name, env, image=CLOUD_IMAGE, network="host"):
        site = {"address": cluster.address, "driver": "docker", "defaults": {"image": image}}
        drivers = {"docker": {"network_mode": network}}
        by.sites[name] = {"site": {**site, "drivers": drivers}, "env": {**env, **NO_PIP}}
        return name

    return by, add


def words_of(secret):
    """What to look for: a key's lines are escaped in JSON."""
    return [secret] if "\n" not in secret else secret.splitlines()[1:3]


KINDS = {
    "azure": ({"REQUESTS_CA_BUNDLE"}, "secret"),
    "gs": ({"GOOGLE_APPLICATION_CREDENTIALS", "REQUESTS_CA_BUNDLE"}, "secret"),
    "s3": ({"AWS_CA_BUNDLE"}, "secretKey"),
}


def test_a_foreach_on_every_store(on_docker, stores, cluster):
    """All three at a time. Credentials and certificates of the submitter reach the task; the job shows no secret."""
    by, add = on_docker
    runs = {kind: by.start("stores", "run", site=add(kind, stores[kind]["env"])) for kind in KINDS}
    for kind, run in runs.items():
        files, key = KINDS[kind]
        result = run.wait().ok()
        facts, logs, meta = by.client(
            f"run = Flow('StoresFlow')['{result.run_id}']\n"
            "tasks = list(run['work'])\n"
            "answer = [run.data.facts, sorted(t.stdout for t in tasks), [t.metadata_dict['nomad-node-id'] for t in tasks]]",
            site=kind,
        )
        assert [(fact["item"], fact["size"]) for fact in facts] == [("x", 300_000), ("y", 300_000)]
        assert ["out of x" in logs[0], "out of y" in logs[1]] == [True, True]
        assert meta == [cluster.node_id] * 2
        jobs = cluster.jobs(run_id=result.run_id)
        assert sorted(job["Meta"]["metaflow.step_name"] for job in jobs) == ["gather", "work", "work"]
        assert {fact["alloc"] for fact in facts} <= {one["ID"] for job in jobs for one in cluster.allocations(job)}
        for fact in facts:
            assert fact["files"] == {name: [SECRETS, 0o600] for name in files}
            assert fact["left"] == []
        seen = json.dumps(jobs) + result.output
        assert not [word for word in words_of(stores[kind][key]) if word in seen]
    assert cluster.api("/v1/vars", namespace="*") == []


@pytest.fixture(scope="module")
def guarded(shared, clusters):
    """With ACLs."""
    parts, cluster = start_secure(shared, tls=False)
    clusters.append(cluster)
    yield cluster
    clusters.remove(cluster)
    parts.stop()


def test_a_credentials_file_without_variables(submitter, cloud_python, guarded, stores):
    """Where the token may not write variables, the file's content is readable in the job, and a warning says so."""
    by = submitter(python=cloud_python)
    token = guarded.client_token("least")
    site = {"address": guarded.address, "driver": "raw_exec", "auth": {"token": token}, "python": str(cloud_python)}
    by.sites["gs"] = {"site": site, "env": {**stores["gs"]["env"], **NO_PIP}}
    # A raw_exec task looks for commands where its agent does.
    path = f"{cloud_python.parent}:/usr/local/bin:/usr/bin:/bin"
    result = by.run("one_step", "run", site="gs", env={"ATTRIBUTES": json.dumps({"env": {"PATH": path}})}).ok()
    said = "\n".join(result.lines("start"))
    assert "in start" in said
    assert "Warning: METAFLOW_NOMAD_FILE_GOOGLE_APPLICATION_CREDENTIALS are readable in the job: the token may" in said
    assert not [word for word in words_of(stores["gs"]["secret"]) if word in result.output]


def test_a_node_that_cannot_reach_the_store(on_docker, s3, stores, cluster):
    """A container of its own network has another localhost; a wrong key is refused; a certificate is not known."""
    by, add = on_docker
    [node] = cluster.api("/v1/nodes")
    denied = json.dumps({"AWS_SECRET_ACCESS_KEY": "wrong"})
    unknown = json.dumps({"AWS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt"})
    runs = {
        "unreachable": ("bridge", s3["env"], []),
        "denied": ("host", s3["env"], ["--with", f"environment:vars={denied}"]),
        "unknown": ("host", stores["s3"]["env"], ["--with", f"environment:vars={unknown}"]),
        "azure": ("bridge", stores["azure"]["env"], []),
    }
    flows = {
        name: by.start(
            "one_step", "run", *args, site=add(name, env, CLOUD_IMAGE if "AZURE_CLIENT_ID" in env else IMAGE, network)
        )
        for name, (network, env, args) in runs.items()
    }
    said = {name: flow.wait().failed().lines("start") for name, flow in flows.items()}
    text = {name: "\n".join(lines) for name, lines in said.items()}

    at = f"s3://metaflow/metaflow (endpoint {s3['endpoint']})"
    refused = f"this node does not reach the datastore at {at}: {s3['endpoint'][7:]}: Connection refused"
    assert f"[metaflow-nomad] {refused}; try 2 follows" in text["unreachable"]
    assert f"[metaflow-nomad] bootstrap failed: {refused}" in text["unreachable"]
    assert f"Node {node['Name']} cannot reach the datastore at {at}. The line above says why;" in text["unreachable"]
    assert "use an address that nodes know too" in text["unreachable"]

    assert (
        f"The datastore at {at} did not let the task on node {node['Name']} in. The task had the cred" in text["denied"]
    )
    assert "(403)" in text["denied"]

    at = f"s3://metaflow/metaflow (endpoint {stores['s3']['endpoint']})"
    assert f"Node {node['Name']} cannot reach the datastore at {at}." in text["unknown"]
    assert "its certificate is not accepted" in text["unknown"]

    at = f"azure://metaflow/root (endpoint {stores['azure']['endpoint']})"
    assert f"[metaflow-nomad] waiting for the datastore at {at}, which this node does not reach:" in text["azure"]
    assert f"Node {node['Name']} cannot reach the datastore at {at}." in text["azure"]
    assert "Traceback" not in "".join(text.values())
