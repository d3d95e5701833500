"""Code packages that nodes keep, and tasks with little memory on S3, on the real thing."""

import json

import pytest
from kit.parts import IMAGE

FETCHED, FOUND = "Downloading code package...", "Code package found on this node."


@pytest.fixture
def on_node(submitter, cluster, s3, tmp_path_factory):
    """A submitter whose tasks keep packages in a folder of the node; how each came to its package."""
    by, env = submitter(), {**s3["env"], "METAFLOW_SKIP_INSTALL_DEPENDENCIES": "1"}
    folder = tmp_path_factory.mktemp("packages")

    def add(path):
        drivers = {"docker": {"network_mode": "host"}}
        site = {"address": cluster.address, "driver": "docker", "defaults": {"image": IMAGE}, "drivers": drivers}
        by.sites["cached"] = {"site": {**site, "packageCache": {"path": str(path)}}, "env": env}

    def run(count, *more):
        words = ["run", "--max-workers", "8", "--count", str(count), *more]
        result = by.run("same_package", *words, site="cached").ok()
        return [sum(text in line for line in result.lines("work")) for text in (FETCHED, FOUND)]

    add(folder)
    return run, folder, add


def test_the_node_keeps_the_package(on_node):
    """Eight tasks at once fetch once; the next run fetches nothing; a damaged package is fetched anew, once."""
    run, folder, add = on_node
    assert run(8) == [1, 7]
    [kept] = folder.iterdir()
    # A join of few inputs, too, has enough of 256 MB: by Metaflow's own processes it takes 700.
    assert run(2, "--with", "nomad:memory=256") == [0, 2]
    content = kept.read_bytes()
    kept.write_bytes(content[:-1000])
    assert run(2) == [1, 1]
    assert kept.read_bytes() == content
    # Docker makes a folder that is not there, so this one stands for a node that cannot keep anything.
    file = folder / "file"
    file.touch()
    add(file)
    assert run(2) == [2, 0]


def test_a_folder_of_the_node_for_processes(submitter, cluster, s3, tmp_path_factory):
    """raw_exec sees the node's own folder."""
    folder = tmp_path_factory.mktemp("packages")
    by = submitter()
    site = {"address": cluster.address, "driver": "raw_exec", "packageCache": {"path": str(folder)}}
    python = str(by.python)
    by.sites["cached"] = {
        "site": {**site, "python": python},
        "env": {**s3["env"], "METAFLOW_SKIP_INSTALL_DEPENDENCIES": "1"},
    }
    path = f"{by.python.parent}:/usr/local/bin:/usr/bin:/bin"
    given = {"ATTRIBUTES": json.dumps({"env": {"PATH": path}})}
    said = [by.run("one_step", "run", site="cached", env=given).ok().lines("start") for _ in range(2)]
    assert [[text in line for line in lines].count(True) for lines, text in zip(said, (FETCHED, FOUND))] == [1, 1]
