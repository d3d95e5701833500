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
    return ".".join(
        map(str, json.loads(wheel.run([installed, "-c", "import sys; print(list(sys.version_info[:2]))"], "?")))
    )


@pytest.fixture(scope="module")
def agent(cluster, work, minor):
    """`nomad agent -dev`, and the images it would pull."""
    folder = work / "dev"
    folder.mkdir()
    tags = {f"python:{minor}", "python:3.11"}
    with documents.tagged(*tags), documents.quick_agent(AGENT, cluster.nomad, folder) as address:
        yield address


@pytest.fixture(scope="module")
def cloned(work, installed):
    """The clone, and an environment that has what `pip install` would download."""
    folder = work / "seed"
    folder.mkdir()
    clone = documents.clone(folder)
    wheel.run([wheel.public_python(), "-m", "venv", folder / "venv"], "the virtual environment")
    dependencies = wheel._dependencies(wheel.public_python())
    target = wheel.site_packages(folder / "venv")
    for path in wheel.site_packages(dependencies).iterdir():
        if not (target / path.name).exists():
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, target / path.name)
    return clone


def test_getting_started(agent, cloned, new_submitter, minor):
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
    [task] = jobs["compute"]["TaskGroups"][0]["Tasks"]
    assert (task["Driver"], task["Config"]["image"]) == ("docker", f"python:{minor}")


def test_train_flow_as_written(run_flow):
    """Deviation: the indentation, which the document lost. Metaflow itself refuses the rest: no start step."""
    result = run_flow(documents.HERE / "000" / "train_flow.py", env=NOTHING).failed()
    assert "Add *exactly* one *start* step" in result.output or "start" in result.output, result.output


@pytest.fixture
def python_with_numpy(agent):
    """`python:3.11` with numpy, which the flow imports and the image on Docker Hub lacks as well."""
    image = "python:3.11"
    packages = f"{documents.numpy_folder('3.11')}/."
    made = subprocess.run(["docker", "create", image], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run(["docker", "cp", packages, f"{made}:/usr/local/lib/python3.11/dist-packages/"], check=True)
    subprocess.run(["docker", "commit", made, image], capture_output=True, check=True)
    subprocess.run(["docker", "rm", made], capture_output=True, check=True)
    yield
    subprocess.run(["docker", "rmi", image], capture_output=True, check=True)
    subprocess.run(["docker", "tag", IMAGE, image], check=True)


def test_train_flow(agent, submitter, minor, python_with_numpy):
    """Deviation: a start step, without which Metaflow refuses it, and numpy in the image and here."""
    start = "class TrainFlow(FlowSpec):\n    @step\n    def start(self):\n        self.next(self.train)\n"
    by = submitter()
    flow = by.write(
        "train_flow.py", documents.piece("000/train_flow.py").replace("class TrainFlow(FlowSpec):\n", start)
    )
    result = by.run(flow, env={**NOTHING, "PYTHONPATH": str(documents.numpy_folder(minor))}).ok()
    assert 0 < float(re.search(r"Result: (0\.\d+)", result.output)[1]) < 1
    [task] = documents.jobs_of(result.run_id)["train"]["TaskGroups"][0]["Tasks"]
    assert task["Config"]["image"] == "python:3.11"
    assert (task["Resources"]["CPU"], task["Resources"]["MemoryMB"]) == (500, 1024)


def defaults():
    """Of the table: parameter to default."""
    cells = [cell.strip() for cell in documents.piece("000/parameters.md").replace("\n", " ").split("|")]
    names = ["address", "image", "cpu", "memory", "datacenter", "namespace", "token", "timeout_minutes"]
    return {name: cells[cells.index(name) + 1] for name in names}


def test_parameters(agent, submitter, minor):
    """Deviation: `image`, "required" there, has a default, as the other document (001) wants."""
    by = submitter()
    wanted = defaults()
    assert wanted.pop("image") == "required" and wanted.pop("token") == "None"
    result = by.run("plain", "run", "--with", "nomad", env=NOTHING).ok()
    job = documents.jobs_of(result.run_id)["start"]
    [task] = job["TaskGroups"][0]["Tasks"]
    assert task["Config"]["image"] == f"python:{minor}"
    command = [str(by.python.parent / "metaflow-nomad"), "config", "show", "--json"]
    shown = json.loads(by.popen(command, by.env("raw", NOTHING)).communicate(timeout=60)[0])
    values = {one["path"]: one["value"] for one in shown["values"]}
    assert {
        "address": values["sites.localhost.address"],
        "cpu": str(task["Resources"]["CPU"]),
        "memory": str(task["Resources"]["MemoryMB"]),
        "datacenter": ",".join(job["Datacenters"]),
        "namespace": job["Namespace"],
        "timeout_minutes": str(values["sites.localhost.defaults.timeoutMinutes"]),
    } == wanted
    assert "sites.localhost.auth.token" not in values


def test_each_parameter_is_an_attribute(agent, submitter):
    """Every name of the table, given in the decorator."""
    given = {**defaults(), "image": "python:3.11", "token": "env:NOMAD_SEED_TOKEN"}
    for name in ("cpu", "memory", "timeout_minutes"):
        given[name] = int(given[name])
    env = {
        **NOTHING,
        "NOMAD_SEED_TOKEN": "",
        "ATTRIBUTES": json.dumps({key: value for key, value in given.items() if key != "token"}),
    }
    assert "in start" in submitter().run("one_step", env=env).ok().lines("start")
    refused = submitter().run("one_step", env={**env, "ATTRIBUTES": json.dumps(given)}).failed()
    assert "NOMAD_SEED_TOKEN" in refused.output
