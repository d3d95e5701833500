"""001: the decorator, its arguments, resources, GPU constraints, and the configuration it names."""

from __future__ import annotations

import json
import re

import documents
import pytest
from kit.parts import IMAGE


def task_of(job):
    return job["TaskGroups"][0]["Tasks"][0]


def sizes(job):
    """As Nomad calls them: Resources.CPU, Resources.MemoryMB, EphemeralDisk.SizeMB."""
    resources = task_of(job)["Resources"]
    return resources["CPU"], resources["MemoryMB"], job["TaskGroups"][0]["EphemeralDisk"]["SizeMB"]


def test_the_flow_as_written(run_flow, cluster):
    """`cpu=2` is 2 MHz, as the document's list of arguments says; its comment means 2000, hence the warning."""
    result = run_flow(documents.HERE / "001" / "nomad_flow.py").ok()
    assert "This step is running on Nomad!" in result.lines("compute_on_nomad")
    assert "Computation result: 332833500" in result.lines("end")
    assert any("Did you mean cores=2?" in line for line in result.output.splitlines())
    [job] = cluster.jobs(run_id=result.run_id)
    assert sizes(job) == (2, 1000, 500)


@pytest.fixture(scope="module")
def arguments(cluster, new_submitter):
    """Every argument, and METAFLOW_NOMAD_* below them."""
    env = {
        "METAFLOW_NOMAD_CONFIG": None,
        "METAFLOW_NOMAD_ADDRESS": cluster.address,
        "METAFLOW_NOMAD_REGION": "global",
        "METAFLOW_NOMAD_DEFAULT_IMAGE": IMAGE,
        "METAFLOW_NOMAD_DEFAULT_DATACENTERS": "dc1,dc2",
        "METAFLOW_NOMAD_CPU": "301",
        "METAFLOW_NOMAD_MEMORY": "302",
        "METAFLOW_NOMAD_DISK": "303",
        "THE_REGION": "global",
    }
    result = new_submitter().run(documents.FLOWS / "arguments.py", env=env).ok()
    return {job["Meta"]["metaflow.step_name"]: job for job in cluster.jobs(run_id=result.run_id)}


def test_every_argument_is_there():
    names = re.findall(r"^\*   `(\w+)` \(", documents.piece("001/arguments.md"), re.MULTILINE)
    source = (documents.FLOWS / "arguments.py").read_text()
    assert names == ["image", "region", "datacenters", "constraints", "cpu", "memory", "disk"]
    assert [name for name in names if f"{name}=" not in source] == ["image"]
    for example in ("['dc1', 'east-2a']", '{"attribute": "${attr.kernel.name}", "operator": "=", "value": "linux"}'):
        assert example in documents.piece("001/arguments.md") and example.replace("'", '"') in source


def test_region_datacenters_constraints(arguments):
    job = arguments["placed"]
    assert (job["Region"], job["Datacenters"]) == ("global", ["dc1", "east-2a"])
    levels = [job, job["TaskGroups"][0], task_of(job)]
    asked = [(one["LTarget"], one["Operand"], one["RTarget"]) for level in levels for one in level["Constraints"] or []]
    assert ("${attr.kernel.name}", "=", "linux") in asked


def test_sizes(arguments):
    """@nomad, then @resources (its cpu is in cores), then METAFLOW_NOMAD_*."""
    assert sizes(arguments["sized"]) == (1000, 4096, 10240)
    assert sizes(arguments["asked"]) == (1000, 500, 200)
    assert sizes(arguments["plain"]) == (301, 302, 303)
    assert "`TaskGroup.EphemeralDisk.SizeMB`" in documents.piece("001/resources.md")


def test_defaults_of_the_configuration(arguments):
    assert arguments["plain"]["Datacenters"] == ["dc1", "dc2"]
    assert task_of(arguments["plain"])["Config"]["image"] == IMAGE
    assert arguments["plain"]["Region"] == "global"


def with_line():
    return documents.command("001/with.sh").removeprefix("python your_flow.py ").split()


def test_with(submitter, cluster):
    """Deviation: a tag, for docker pulls `latest` again, and this node can pull nothing; as written it says so."""
    by = submitter()
    env = {"METAFLOW_NOMAD_CONFIG": None, "METAFLOW_NOMAD_ADDRESS": cluster.address}
    refused = by.run(documents.FLOWS / "your_flow.py", *with_line(), env=env).failed()
    [job] = cluster.jobs(run_id=refused.run_id)
    assert (task_of(job)["Config"]["image"], task_of(job)["Resources"]["CPU"]) == ("your/custom-image", 4000)
    said = "\n".join(refused.lines("start"))
    assert re.search(r"The (image your/custom-image|registry)", said), said

    with documents.tagged("your/custom-image:1"):
        words = [word.replace("custom-image", "custom-image:1") for word in with_line()]
        result = by.run(documents.FLOWS / "your_flow.py", *words, "--max-workers", "1", env=env).ok()
    found = cluster.jobs(run_id=result.run_id)
    assert {(task_of(job)["Config"]["image"], task_of(job)["Resources"]["CPU"]) for job in found} == {
        ("your/custom-image:1", 4000)
    }
    assert len(found) == 5


def test_gpu_constraint(submitter, cluster):
    """No node here has such a GPU: the constraint reaches Nomad as written, and the sentence names it."""
    by = submitter()
    by.sites["raw"]["site"]["placementTimeoutMinutes"] = 0.02
    given = documents.piece("001/gpu.txt").strip()
    assert given.startswith("@nomad(constraints=[") and given.endswith(")")
    flow = (documents.FLOWS / "gpu_flow.py").read_text().replace("    @nomad\n", f"    {given}\n")
    result = by.run(by.write("gpu_flow.py", flow)).failed()
    [job] = cluster.jobs(run_id=result.run_id)
    asked = [one for level in (job, job["TaskGroups"][0], task_of(job)) for one in level["Constraints"] or []]
    [constraint] = json.loads(given[len("@nomad(constraints=") : -1])
    wanted = (constraint["attribute"], constraint["operator"], constraint["value"])
    assert wanted in [(one["LTarget"], one["Operand"], one["RTarget"]) for one in asked]
    said = "\n".join(result.lines("start"))
    assert "does not meet ${attr.driver.nvidia.compute.capability} >= 6.0" in said, said
