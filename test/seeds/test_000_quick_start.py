"""000: "Start Nomad dev agent … Run example flow", TrainFlow and the table of parameters, with nothing configured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import documents
import pytest
from kit import wheel
from kit.parts import IMAGE, ROOT

LINES = [line for line in documents.piece("000/getting_started.sh").splitlines() if not line.startswith("#")]
AGENT, CURL, CLONE, CHANGE, INSTALL, RUN = LINES
# What a submitter has in the environment and Metaflow needs to know: who submits. Nothing of Nomad.
NOTHING = {"METAFLOW_NOMAD_CONFIG": None}


@pytest.fixture(scope="module")
def minor(installed):
    return wheel.minor(str(installed))


@pytest.fixture(scope="module")
def agent(cluster, work):
    """`nomad agent -dev`."""
    folder = work / "dev"
    folder.mkdir()
    with documents.quick_agent(AGENT, cluster.nomad, folder) as address:
        yield address


@pytest.fixture(scope="module")
def cloned(work, installed):
    """The clone, and an environment that has what `pip install` would download."""
    folder = work / "seed"
    folder.mkdir()
    clone = documents.clone(folder)
    wheel.run([wheel.public_python(), "-m", "venv", folder / "venv"], "the virtual environment")
    dependencies = wheel.environment(wheel.public_python(), wheel.PACKAGES)
    target = wheel.site_packages(folder / "venv")
    for path in wheel.site_packages(dependencies).iterdir():
        if not (target / path.name).exists():
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, target / path.name)
    return clone


def test_getting_started(agent, cloned, new_submitter):
    """The six commands. Deviation: `git clone` of GitHub is a copy of this tree, for the clone is what is tested."""
    assert CLONE.startswith("git clone ") and CHANGE == f"cd {cloned.name}"
    by = new_submitter()
    env = {name: value for name, value in by.env("raw").items() if not name.startswith("METAFLOW_NOMAD")}
    env["PATH"] = f"{cloned.parent}/venv/bin:{Path(sys.executable).parent}:{env['PATH']}"
    assert json.loads(documents.shell(f"{CURL} --silent --fail", cloned, env))["config"]["Client"]["Enabled"] is True

    node = f"{ROOT}/node_modules/.bin"
    documents.shell(
        INSTALL, cloned, {**env, "PATH": f"{cloned.parent}/venv/bin:{node}:/usr/local/bin:/usr/bin:/bin"}, 300
    )
    said = documents.shell(RUN, cloned, env)
    assert "No cluster is configured: the agent at http://localhost:4646 is used." in said
    assert "The sum of the first 1000 squares is 332833500" in said
    [run_id] = re.findall(r"Workflow starting \(run-id (\d+)\)", said)
    jobs = documents.jobs_of(run_id)
    assert list(jobs) == ["compute"]


def test_train_flow_as_written(run_flow):
    """Deviation: the indentation, which the document lost. Metaflow itself refuses the rest: no start step."""
    result = run_flow(documents.HERE / "000" / "train_flow.py", env=NOTHING).failed()
    assert "Add *exactly* one *start* step" in result.output or "start" in result.output, result.output


@pytest.fixture
def python_with_numpy():
    """`python:3.11` with numpy, which the flow imports and the image on Docker Hub lacks as well."""
    image = "python:3.11"
    with documents.tagged(image):
        _add_numpy(image)
        yield


def _add_numpy(image):
    packages = f"{documents.numpy_folder('3.11')}/."
    made = subprocess.run(["docker", "create", image], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run(["docker", "cp", packages, f"{made}:/usr/local/lib/python3.11/dist-packages/"], check=True)
    subprocess.run(["docker", "commit", made, image], capture_output=True, check=True)
    subprocess.run(["docker", "rm", made], capture_output=True, check=True)


def test_train_flow(agent, submitter, cluster, minor, python_with_numpy):
    """Deviation: a start step, without which Metaflow refuses it, and numpy in the image and here.

    Nomad refuses one thing: with `nomad agent -dev`, docker mounts no folder of the machine, so not Metaflow's. It runs
    where that is allowed (or with an object store).
    """
    start = "class TrainFlow(FlowSpec):\n    @step\n    def start(self):\n        self.next(self.train)\n"
    by = submitter()
    flow = by.write(
        "train_flow.py", documents.piece("000/train_flow.py").replace("class TrainFlow(FlowSpec):\n", start)
    )
    env = {**NOTHING, "PYTHONPATH": str(documents.numpy_folder(minor))}
    refused = "\n".join(by.run(flow, env=env).failed().lines("train"))
    assert "The node's docker driver mounts no paths of the host. Set volumes { enabled = true }" in refused

    result = by.run(flow, env={**env, "METAFLOW_NOMAD_ADDRESS": cluster.address}).ok()
    assert 0 < float(re.search(r"Result: (0\.\d+)", result.output)[1]) < 1
    [job] = cluster.jobs(run_id=result.run_id)
    [task] = job["TaskGroups"][0]["Tasks"]
    assert (task["Driver"], task["Config"]["image"]) == ("docker", "python:3.11")
    assert (task["Resources"]["CPU"], task["Resources"]["MemoryMB"]) == (500, 1024)


def defaults():
    """Of the table: parameter to default."""
    cells = [cell.strip() for cell in documents.piece("000/parameters.md").replace("\n", " ").split("|")]
    names = ["address", "image", "cpu", "memory", "datacenter", "namespace", "token", "timeout_minutes"]
    return {name: cells[cells.index(name) + 1] for name in names}


def test_parameters(agent, submitter):
    """Deviation: `image`, "required" there, may be left out, as the other document (001) wants."""
    by = submitter()
    wanted = defaults()
    assert wanted.pop("image") == "required" and wanted.pop("token") == "None"
    result = by.run("plain", "run", "--with", "nomad", env=NOTHING).ok()
    job = documents.jobs_of(result.run_id)["start"]
    resources = job["TaskGroups"][0]["Tasks"][0]["Resources"]
    command = [str(by.python.parent / "metaflow-nomad"), "config", "show", "--json"]
    shown = json.loads(by.popen(command, by.env("raw", NOTHING)).communicate(timeout=60)[0])
    values = {one["path"]: one["value"] for one in shown["values"]}
    assert {
        "address": values["sites.localhost.address"],
        "cpu": str(resources["CPU"]),
        "memory": str(resources["MemoryMB"]),
        "datacenter": ",".join(job["Datacenters"]),
        "namespace": job["Namespace"],
        "timeout_minutes": str(values["sites.localhost.defaults.timeoutMinutes"]),
    } == wanted
    assert "sites.localhost.auth.token" not in values


def test_each_parameter_is_an_attribute(submitter, cluster):
    """Every name of the table, given in the decorator."""
    given = {**defaults(), "address": cluster.address, "image": IMAGE, "token": "env:SEED_TOKEN"}
    for name in ("cpu", "memory", "timeout_minutes"):
        given[name] = int(given[name])
    env = {**NOTHING, "SEED_TOKEN": "6f4ae1b0-0000-4000-8000-000000000000", "ATTRIBUTES": json.dumps(given)}
    result = submitter().run("one_step", env=env).ok()
    [job] = cluster.jobs(run_id=result.run_id)
    assert job["TaskGroups"][0]["Tasks"][0]["Config"]["image"] == IMAGE
    assert (job["Datacenters"], job["Namespace"]) == (["dc1"], "default")
