"""`metaflow-nomad doctor` of the wheel: Metaflow's datastore from here and from the node, as a user without rights too."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from kit.parts import IMAGE, VOLUME, until


class Doctor:
    """The wheel's command, and its findings by check."""

    def __init__(self, by: Any, site: str, env: dict[str, str] | None = None):
        self.by, self.env = by, {**by.env(site), **(env or {})}

    def run(self, *words: str, python_m: bool = False) -> tuple[int, str, str]:
        command = (
            [str(self.by.python), "-m", "metaflow_nomad"] if python_m else [self.by.python.parent / "metaflow-nomad"]
        )
        process = self.by.popen([*map(str, command), *words], self.env)
        out, err = process.communicate(timeout=180)
        return process.returncode, out, err

    def findings(self, *words: str, **options: Any) -> tuple[int, dict[str, dict[str, str]], str]:
        code, out, err = self.run("doctor", "--json", *words, **options)
        lines = [json.loads(line) for line in out.splitlines()]
        assert not err, err
        return code, {line["check"]: line for line in lines}, out


def minor() -> str:
    return "{}.{}".format(*sys.version_info[:2])


def test_s3_from_here_and_from_a_node(submitter, cluster, s3):
    """Read by Metaflow's own command with a step's credentials; they stand in no job, and no object is left."""
    by = submitter()
    code, found, out = Doctor(by, "docker").findings("--probe")
    assert code == 0, out
    assert found["storage"]["status"] == "ok" and "an object was written and read" in found["storage"]["found"]
    assert found["probe storage"]["found"] == (
        f"a task reads {s3['env']['METAFLOW_DATASTORE_SYSROOT_S3']} (s3) with the credentials of a step"
    )
    assert found["probe python"]["status"] == "ok" and found["image"]["found"].startswith(IMAGE)
    assert s3["secretKey"] not in out and s3["accessKey"] not in out
    assert nothing_left(cluster, s3)


def test_s3_that_refuses(submitter, cluster, s3):
    """Wrong credentials: said from here, and nothing of the secret."""
    env = {"AWS_SECRET_ACCESS_KEY": "not-the-secret-key"}
    code, found, out = Doctor(submitter(), "docker", env).findings()
    assert code == 1
    assert found["storage"]["status"] == "fail", out
    assert found["storage"]["found"].startswith("s3://metaflow/metaflow cannot be used from here: ")
    assert "METAFLOW_DATASTORE_SYSROOT_S3" in found["storage"]["todo"]
    assert "not-the-secret-key" not in out


def test_s3_that_only_the_submitter_reaches(submitter, cluster, s3):
    """Without the host's network, a container does not see what listens on the submitter's loopback."""
    by = submitter()
    by.sites["docker"]["site"]["drivers"] = {"docker": {"network_mode": "bridge"}}
    code, found, out = Doctor(by, "docker").findings("--probe")
    assert code == 1, out
    assert found["storage"]["status"] == "ok"
    assert found["probe storage"]["status"] == "fail"
    assert "a task cannot read" in found["probe storage"]["found"]
    assert nothing_left(cluster, s3)


def test_an_interrupt_leaves_nothing(submitter, cluster, s3):
    """Ctrl-C while the probe waits for a node that does not exist: no job, no object, no stack trace."""
    by = submitter()
    by.sites["docker"]["site"]["defaults"] = {"image": IMAGE, "memory": 900_000}
    doctor = Doctor(by, "docker")
    process = by.popen([str(by.python.parent / "metaflow-nomad"), "doctor", "--probe"], doctor.env)
    said = ""
    while "one small task is run" not in said:
        line = process.stdout.readline()
        assert line, f"it ended early: {said}"
        said += line
    until("the probe's job", lambda: [job for job in cluster.unfinished() if job.startswith("metaflow-nomad-doctor-")])
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "Traceback" not in err and "    at " not in err
    assert nothing_left(cluster, s3)


@pytest.mark.parametrize("site", ["raw", "exec", "docker-shared"])
def test_shared_storage_by_a_user_without_rights(submitter, unprivileged, cluster, shared, site):
    by = submitter(unprivileged)
    code, found, out = Doctor(by, site).findings("--probe", python_m=True)
    assert found["storage"]["status"] == "ok" and str(by.store) in found["storage"]["found"], out
    # The folder itself is not this user's: neither here, nor as whom the task runs.
    assert code == 1 and f"{shared} is not writable for you" in found["shared path"]["found"]
    # exec gives its tasks the capability to write anywhere (CAP_DAC_OVERRIDE), whoever they run as.
    told = f"{shared} is there, and the task may write" if site == "exec" else f"the task may not write to {shared}"
    assert told in found["probe shared path"]["found"], out
    volume = {"volume": VOLUME} if site == "exec" else {}
    by.sites[site]["site"]["shared"] = {"path": str(by.place), **volume}
    code, found, out = Doctor(by, site).findings("--probe")
    assert code == 0 and found["probe shared path"]["status"] == "ok", out
    assert nothing_left(cluster)
    assert not [path for path in [*shared.iterdir(), *by.place.iterdir()] if path.name.startswith(".metaflow-nomad")]


def test_a_local_datastore_that_nodes_do_not_see(submitter, cluster, work):
    env = {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(work / "elsewhere")}
    code, found, _ = Doctor(submitter(), "raw", env).findings()
    assert code == 1 and found["storage"]["status"] == "fail"
    assert "is not on storage shared with the nodes" in found["storage"]["found"]


def test_values_of_metaflows_own_configuration(submitter, cluster):
    """They count for the wheel's command as for a flow, and say where they are from; a token is not shown."""
    by = submitter()
    home = by.home / ".metaflowconfig"
    home.mkdir()
    settings = {
        "METAFLOW_NOMAD_ADDRESS": cluster.address,
        "METAFLOW_NOMAD_MEMORY": "64",
        "METAFLOW_NOMAD_TOKEN": "s3cr3t",
    }
    (home / "config.json").write_text(json.dumps(settings))
    doctor = Doctor(by, "raw")
    del doctor.env["METAFLOW_NOMAD_CONFIG"]
    code, out, err = doctor.run("config", "show", "--json")
    assert code == 0, err
    shown = json.loads(out)
    values = {value["path"]: value for value in shown["values"]}
    assert shown["defaultSite"] == "metaflow" and shown["plugins"] == []
    assert values["sites.metaflow.defaults.memory"]["value"] == 64
    assert values["sites.metaflow.defaults.memory"]["origin"] == f"METAFLOW_NOMAD_MEMORY in {home / 'config.json'}"
    assert values["sites.metaflow.auth.token"]["value"] == "(set)" and "s3cr3t" not in out
    file = by.write("task.yaml", "command: [sh, -c, 'echo ran']\ndriver: raw_exec\n")
    assert doctor.run("launch", str(file))[:2] == (0, "ran\n")


def nothing_left(cluster: Any, s3: dict[str, Any] | None = None) -> bool:
    jobs = [job["ID"] for job in cluster.api("/v1/jobs", namespace="*") if job["ID"].startswith("metaflow-nomad-")]
    objects = list(Path(s3["dir"]).rglob(".metaflow-nomad-doctor/*")) if s3 else []
    return not jobs and not objects and cluster.api("/v1/vars", namespace="*") == []
