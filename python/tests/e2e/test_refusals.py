"""What is refused before anything is submitted: with a code, the name of the thing, and the cure; no job is left."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from kit.parts import ROOT
from kit.secure import start_secure
from kit.sleepers import marks_folder


@pytest.fixture(scope="module", autouse=True)
def before(cluster):
    """Jobs that other tests left in the cluster's list, ended ones."""
    return {job["ID"] for job in cluster.jobs(flow_name="OneStepFlow")}


@pytest.fixture(scope="module")
def refusing(new_submitter):
    """One submitter for all: nothing is ever submitted."""
    return new_submitter()


def refuse(by: Any, code: str, *texts: str, args: tuple[str, ...] = ("run",), **options: Any) -> None:
    result = by.run("one_step", *args, **options).failed()
    said = result.output
    missing = [text for text in (f"[{code}]", *texts) if text not in said]
    assert not missing, f"missing {missing} in\n{said}"
    assert "Traceback" not in said and "Task is starting" not in said, said


ATTRIBUTES = [
    ({"cpu": "2GHz"}, "NOMAD_E_REQUEST_INVALID", ["Step start: @nomad(cpu='2GHz')", "whole number of MHz"]),
    ({"memory": -1}, "NOMAD_E_REQUEST_INVALID", ["@nomad(memory=-1)", "at least 10 of MB"]),
    ({"memory": "1e99"}, "NOMAD_E_REQUEST_INVALID", ["@nomad(memory='1e99')", "whole number of MB"]),
    ({"memory": 900_000}, "NOMAD_E_REQUEST_UNPLACEABLE", ["memory exhausted on 1 node (needs 900000 MB, the largest"]),
    ({"datacenters": ["dc9"]}, "NOMAD_E_REQUEST_UNPLACEABLE", ["no ready node in datacenter dc9", "placementTimeout"]),
    ({"constraints": [{"attribute": "${attr.kernel.name}", "value": "plan9"}]}, "NOMAD_E_REQUEST_UNPLACEABLE", ["of site raw can run it: 1 node does not meet"]),
    ({"memory": 10**12}, "NOMAD_E_REQUEST_INVALID", ["memory: 1000000000000 is not possible", "whole number of MB"]),
    ({"memory": "4GB"}, "NOMAD_E_REQUEST_INVALID", ["memory=4096"]),
    ({"priority": 0}, "NOMAD_E_REQUEST_INVALID", ["between 1 and 100"]),
    ({"timeout_minutes": 0}, "NOMAD_E_REQUEST_INVALID", ["positive number of minutes"]),
    ({"constraints": "{broken"}, "NOMAD_E_REQUEST_INVALID", ["not JSON", '"attribute"']),
    ({"constraints": [{"attribute": "attr.kernel.name", "value": "linux"}]}, "NOMAD_E_REQUEST_INVALID", ["${attr.kernel.name}"]),
    ({"constraints": [{"atribute": "x"}]}, "NOMAD_E_REQUEST_INVALID", ["no key 'atribute'"]),
    ({"constraints": [{"attribute": "${attr.x}", "operator": "~", "value": "y"}]}, "NOMAD_E_REQUEST_INVALID", ["no operator '~'", "regexp"]),
    ({"constraints": [{"attribute": "${attr.nomad.version}", "operator": "version", "value": ">>1"}]}, "NOMAD_E_API_REFUSED", ["Malformed constraint: >>1"]),
    ({"constraints": [{"attribute": "${attr.x}", "operator": "regexp", "value": "("}]}, "NOMAD_E_API_REFUSED", ["missing closing ): `(`"]),
    ({"driver": "docker", "image": "Python:3.12"}, "NOMAD_E_REQUEST_INVALID", ["not an image reference", "lower case"]),
    ({"driver": "docker", "image": "a b"}, "NOMAD_E_REQUEST_INVALID", ["'a b'"]),
    ({"site": "labb"}, "NOMAD_E_CONFIG_UNKNOWN_SITE", ["Site labb", "Known sites:", "raw"]),
    ({"namespace": "nowhere"}, "NOMAD_E_API_NAMESPACE", ["no namespace nowhere", "nomad namespace list"]),
    ({"region": "mars"}, "NOMAD_E_API_REGION", ["no path to region mars", "nomad server members"]),
    ({"token": "x"}, "NOMAD_E_REQUEST_INVALID", ["says nothing about which Nomad"]),
    ({"address": "nomad.example.com"}, "NOMAD_E_REQUEST_INVALID", ["http://nomad.example.com:4646"]),
    ({"env": {"A": "nul\0"}}, "NOMAD_E_REQUEST_INVALID", ["NUL"]),
    ({"env": {"A=B": "x"}}, "NOMAD_E_REQUEST_INVALID", ["not a name of an environment variable"]),
    ({"driver_config": "x"}, "NOMAD_E_REQUEST_INVALID", ["dictionary"]),
    ({"shared_memory": "1GB"}, "NOMAD_E_REQUEST_INVALID", ["Step start: @nomad(shared_memory='1GB')", "shared_memory=1024"]),
    ({"shared_memory": 64}, "NOMAD_E_REQUEST_INVALID", ["Step start: ", "only the driver docker takes it"]),
    ({"kill_timeout": "5 minutes"}, "NOMAD_E_REQUEST_INVALID", ["Step start: kill_timeout", '"90s"']),
    ({"volumes": {"data": {"destinaton": "/x"}}}, "NOMAD_E_REQUEST_INVALID", ["Step start: volumes.data", "Did you mean destination?"]),
    ({"raw": {"tsk": {}}}, "NOMAD_E_REQUEST_INVALID", ["Step start: raw", "task"]),
    ({"templates": "x"}, "NOMAD_E_REQUEST_INVALID", ["Step start: templates"]),
    ({"driver": "docker", "image": "x:1", "volumes": {"d": "dta:/d"}}, "NOMAD_E_REQUEST_INVALID", ["volumes.d: no node has a host volume dta"]),
    ({"max_run_duration": "1h"}, "NOMAD_E_REQUEST_VERSION", ["max_run_duration needs Nomad 2.0.0", "has 1.11.0"]),
    ({"spreads": [{"atribute": "${node.class}"}]}, "NOMAD_E_REQUEST_INVALID", ["spreads[0]", "Did you mean attribute?"]),
    ({"logs": {"max_files": 40}}, "NOMAD_E_REQUEST_INVALID", ["400 MB", "disk=401"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("attributes", "code", "texts"),
    ATTRIBUTES,
    ids=lambda value: json.dumps(value)[:50] if isinstance(value, dict) else "",
)
def test_attributes(refusing, attributes, code, texts):
    refuse(refusing, code, *texts, env={"ATTRIBUTES": json.dumps(attributes)})


def test_with(refusing):
    """Metaflow shows what a decorator in the file refuses under a traceback of its own; here it does not."""
    refuse(
        refusing,
        "NOMAD_E_REQUEST_INVALID",
        "no attribute 'imge'",
        "Did you mean image?",
        args=("run", "--with", "nomad:imge=x"),
    )


def test_a_secret_that_is_written_out(refusing):
    """It is shown to nobody, and kept nowhere."""
    value = "hunter2-and-more"
    attributes = {"secrets": {"KEY": value, "OTHER": "env:OTHER"}}
    result = refusing.run("one_step", "run", env={"ATTRIBUTES": json.dumps(attributes)}).failed()
    assert "Step start: @nomad(secrets=…): the value of 'KEY' is not a reference. Write env:NAME" in result.output
    assert value not in result.output
    with_it = refusing.run("plain", "run", "--with", f'nomad:secrets={{"KEY":"{value}"}}').failed()
    assert "the value of 'KEY' is not a reference" in with_it.output
    assert value not in with_it.output
    stored = [path for path in refusing.store.rglob("*") if path.is_file()]
    assert not [path for path in stored if value.encode() in path.read_bytes()]


def test_environment_variables(refusing):
    refuse(refusing, "NOMAD_E_CONFIG_INVALID", "METAFLOW_NOMAD_CPU='fast'", env={"METAFLOW_NOMAD_CPU": "fast"})


CONFIGS = {
    "syntax": (
        "sites:\n  lab:\n   address: [\n",
        "NOMAD_E_CONFIG_UNREADABLE",
        ["odd.yaml cannot be read: 4:1: ", "Correct the file at 4:1."],
    ),
    "unknown key": (
        "sites:\n  lab:\n    adress: http://127.0.0.1:4646\n",
        "NOMAD_E_CONFIG_INVALID",
        ["odd.yaml, 3:5 (sites.lab.adress)", "unknown key", "did you mean address?"],
    ),
    "wrong type": (
        "sites:\n  lab:\n    address: http://127.0.0.1:4646\n    defaults: { memory: lots }\n",
        "NOMAD_E_CONFIG_INVALID",
        ["odd.yaml, 4:17 (sites.lab.defaults.memory)", "expected number"],
    ),
    "unknown default": (
        "defaultSite: prd\nsites:\n  prod: { address: http://127.0.0.1:4646 }\n",
        "NOMAD_E_CONFIG_INVALID",
        ["odd.yaml, 1:1 (defaultSite): there is no site prd; did you mean prod?"],
    ),
    "no plugin": (
        "plugins: [./nowhere.mjs]\nsites: { lab: { address: http://127.0.0.1:4646 } }\n",
        "NOMAD_E_PLUGIN_LOAD",
        ["Plugin ./nowhere.mjs (", "odd.yaml:1:11) could not be loaded"],
    ),
    "plugin of another version": (
        "plugins: [./plugin.mjs]\nsites: { lab: { address: http://127.0.0.1:4646 } }\n",
        "NOMAD_E_PLUGIN_SHAPE",
        ["Plugin x (./plugin.mjs, ", "odd.yaml:1:11) is not usable: it was written for API version 99", "apiVersion"],
    ),
    "conflicting plugin": (
        "plugins: [./conflict.mjs]\nsites: { lab: { address: http://127.0.0.1:4646 } }\n",
        "NOMAD_E_PLUGIN_CONFLICT",
        ["conflict", "driver docker"],
    ),
    "unreachable": (
        "sites: { lab: { address: http://127.0.0.1:1, driver: raw_exec, shared: { path: / } } }\n",
        "NOMAD_E_TRANSPORT_UNREACHABLE",
        ["Nomad at http://127.0.0.1:1 cannot be reached: nothing listens there", "site lab"],
    ),
    "unknown host": (
        "sites: { lab: { address: http://nomad.invalid:4646, driver: raw_exec, shared: { path: / } } }\n",
        "NOMAD_E_TRANSPORT_UNREACHABLE",
        ["http://nomad.invalid:4646 cannot be reached"],
    ),
    "no shared storage": (
        "sites: { lab: { address: http://127.0.0.1:4646 } }\n",
        "NOMAD_E_REQUEST_SHARED",
        ["The local datastore at ", "Set `shared.path` of the site", "--datastore s3"],
    ),
}
PLUGIN = "export default { name: 'x', apiVersion: 99, setup() {} };\n"
CONFLICT = "export default { name: 'conflict', apiVersion: '1', setup(registrar) { registrar.driver({ name: 'docker', capabilities: { image: 'none', filesystem: 'host', devices: false, nodeUsers: false }, toConfig: () => ({ literal: {} }) }); } };\n"


@pytest.mark.parametrize("kind", CONFIGS)
def test_config(refusing, kind):
    text, code, texts = CONFIGS[kind]
    refusing.write("plugin.mjs", PLUGIN)
    refusing.write("conflict.mjs", CONFLICT)
    file = refusing.write("odd.yaml", text)
    refuse(refusing, code, *texts, env={"METAFLOW_NOMAD_CONFIG": str(file)})


def test_nothing_is_configured(refusing):
    refuse(
        refusing,
        "NOMAD_E_CONFIG_NOT_FOUND",
        "METAFLOW_NOMAD_ADDRESS",
        "`metaflow-nomad dev`",
        env={"METAFLOW_NOMAD_CONFIG": None},
    )


class OldNomad(BaseHTTPRequestHandler):
    """As much of Nomad 1.6 as a preflight asks."""

    def do_GET(self) -> None:
        self.reply({"config": {"Version": {"Version": "1.6.2"}}} if self.path.startswith("/v1/agent/self") else [])

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply({"FailedTGAllocs": None})

    do_POST = do_PUT  # noqa: N815

    def reply(self, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("X-Nomad-Index", "1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        pass


def test_old_nomad(refusing):
    server = ThreadingHTTPServer(("127.0.0.1", 0), OldNomad)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}"
        site = f"sites: {{ old: {{ address: '{address}', driver: raw_exec, shared: {{ path: / }} }} }}\n"
        file = refusing.write("old.yaml", site)
        refuse(
            refusing, "NOMAD_E_API_VERSION", "Nomad 1.6.2", "older than 1.7.7", env={"METAFLOW_NOMAD_CONFIG": str(file)}
        )
    finally:
        server.shutdown()


def test_no_job_was_left(before, cluster):
    """After all of the above."""
    assert {job["ID"] for job in cluster.jobs(flow_name="OneStepFlow")} == before


@pytest.fixture(scope="module")
def secure(shared, clusters):
    """With ACLs and mutual TLS."""
    yield from start(shared, clusters, tls=True)


@pytest.fixture(scope="module")
def guarded(shared, clusters):
    """With ACLs."""
    yield from start(shared, clusters, tls=False)


def start(shared, clusters, tls):
    parts, cluster = start_secure(shared, tls)
    clusters.append(cluster)
    yield cluster
    clusters.remove(cluster)
    parts.stop()


def secure_site(by: Any, secure: Any, **site: Any) -> dict[str, str]:
    described = {"address": secure.address, "driver": "raw_exec", "shared": {"path": str(by.place)}, **site}
    file = by.write("secure.json", json.dumps({"sites": {"secure": described}}))
    return {"METAFLOW_NOMAD_CONFIG": str(file)}


def test_tls_and_tokens(refusing, secure):
    by, tls = refusing, secure.site_tls
    plain = secure.address.replace("https:", "http:")

    def check(code: str, *texts: str, **site: Any) -> None:
        refuse(by, code, *texts, env=secure_site(by, secure, **site))

    check("NOMAD_E_TRANSPORT_PLAIN_TO_TLS", f"{plain} speaks TLS", "Use https://", address=plain)
    check("NOMAD_E_TRANSPORT_TLS", "set tls.ca", "site secure")
    check(
        "NOMAD_E_TRANSPORT_TLS",
        "client certificate",
        "tls.cert",
        tls={"ca": tls["ca"], "serverName": tls["serverName"]},
    )
    check(
        "NOMAD_E_API_BAD_TOKEN",
        "does not know the ACL token",
        tls=tls,
        auth={"token": "6f4ae1b0-0000-4000-8000-000000000000"},
    )
    check("NOMAD_E_API_BAD_TOKEN", tls=tls, auth={"token": "nonsense"})
    check("NOMAD_E_API_FORBIDDEN", "lacks the right", "namespace default", tls=tls)
    reader = secure.client_token("reader", 'namespace "default" { policy = "read" }')
    check("NOMAD_E_API_FORBIDDEN", "lacks the right", tls=tls, auth={"token": reader})
    missing = str(by.flows / "no-token")
    check("NOMAD_E_CONFIG_UNREADABLE", missing, tls=tls, auth={"tokenFile": missing})
    assert secure.jobs(flow_name="OneStepFlow") == []


def test_least_rights(submitter, secure, s3):
    """Over mutual TLS, with a token file and no right but what running needs; S3's keys then stand in the job, it says."""
    by = submitter()
    file = by.write("token", secure.client_token("least") + "\n")
    env = secure_site(by, secure, tls=secure.site_tls, auth={"tokenFile": str(file)}, python=str(by.python))
    result = by.run("one_step", "run", env=env).ok()
    assert "in start" in result.lines("start")
    result = by.run("one_step", "run", env={**env, **s3["env"], "METAFLOW_SKIP_INSTALL_DEPENDENCIES": "1"}).ok()
    assert "in start" in result.lines("start")
    said = "\n".join(result.lines("start"))
    assert "Warning: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY are readable in the job: the token may not write" in said
    assert s3["secretKey"] not in result.output


def test_no_right_to_run_commands(submitter, secure):
    """No worker can be spoken to: each task is a job of its own then, and one line of each pool says why."""
    by = submitter()
    file = by.write("token", secure.client_token("unpooled") + "\n")
    env = secure_site(by, secure, tls=secure.site_tls, auth={"tokenFile": str(file)}, python=str(by.python))
    result = by.run("pooled_small", "run", env={**env, "COUNT": "2"}).ok()
    said = [line for line in result.output.splitlines() if "No worker pool here:" in line]
    assert len(said) == 2
    assert all("exec" in line and "Each task is a job of its own instead." in line for line in said)


def test_the_documented_rights_for_pools(submitter, secure):
    """With raw_exec, `alloc-node-exec` is what docs/acl.md adds to the policy; without it, there is no pool."""
    by = submitter()
    rules = (ROOT / "config" / "policies" / "pools.hcl").read_text()
    more = rules.replace('"alloc-exec"', '"alloc-exec", "alloc-node-exec"')
    for name, policy, pools in (("pools-raw-exec", more, 0), ("pools", rules, 2)):
        file = by.write("token", secure.client_token(name, policy) + "\n")
        env = secure_site(by, secure, tls=secure.site_tls, auth={"tokenFile": str(file)}, python=str(by.python))
        result = by.run("pooled_small", "run", env={**env, "COUNT": "2"}).ok()
        assert result.output.count("No worker pool here:") == pools
        jobs = secure.jobs(run_id=result.run_id, step_name="work")
        assert all(job["Meta"]["metaflow.task_id"] == "pool" for job in jobs) == (pools == 0)


def test_unknown_attribute_in_the_file(refusing):
    result = refusing.run("one_step", "run", env={"ATTRIBUTES": json.dumps({"memmory": 100})}).failed()
    assert "@nomad has no attribute 'memmory'. Did you mean memory? It takes: image, driver" in result.output
    assert "[NOMAD_E_REQUEST_INVALID]" in result.output


def test_datastore_credentials(submitter, cluster, s3):
    """They are in a variable of the job's own while it runs, never in the job, and gone afterwards."""
    by = submitter()
    release = marks_folder(by) / "release"
    by.sites["docker"]["site"]["drivers"] = {"docker": {"network_mode": "host", "volumes": [f"{by.place}:{by.place}"]}}
    flow = by.start("one_step", "run", "--until", str(release), site="docker")
    flow.until("in start")
    [job] = cluster.jobs(run_id=flow.run_id)
    stored = json.dumps(job)
    assert s3["secretKey"] not in stored and s3["accessKey"] not in stored
    path = f"nomad/jobs/{job['ID']}"
    assert cluster.api(f"/v1/var/{path}")["Items"]["AWS_SECRET_ACCESS_KEY"] == s3["secretKey"]
    assert not [line for line in command_lines() if s3["secretKey"] in line and "rclone" not in line]
    release.touch()
    result = flow.wait().ok()
    assert s3["secretKey"] not in result.output
    assert cluster.api("/v1/vars", prefix=path) == []


def test_literal_token(submitter, guarded, s3):
    """It works, with a warning; and it is nowhere: output, job, command lines, datastore, Metaflow's metadata."""
    by = submitter()
    by.sites["raw"]["site"]["python"] = str(by.python)
    token = guarded.client_token("literal")
    release = marks_folder(by) / "release"
    attributes = {"address": guarded.address, "token": token, "driver": "raw_exec"}
    env = {"ATTRIBUTES": json.dumps(attributes), "METAFLOW_SKIP_INSTALL_DEPENDENCIES": "1", **s3["env"]}
    flow = by.start("one_step", "run", "--until", str(release), env=env)
    flow.until("in start")
    assert "Step start: the token is written out in @nomad(token=…). It was kept out of the run's data" in flow.text()
    assert not [line for line in command_lines() if token in line]
    assert token not in json.dumps(guarded.jobs(run_id=flow.run_id))
    release.touch()
    assert token not in flow.wait().ok().output
    stored = [path for root in (by.store, Path(s3["dir"])) for path in root.rglob("*") if path.is_file()]
    assert stored and not [path for path in stored if token.encode() in path.read_bytes()]


def command_lines() -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found
