"""Environments that are made in the task, without a network: uv's, and @pypi's with a stand-in for micromamba."""

import json
from pathlib import Path

import pytest
from kit import wheel
from kit.pypi import Index
from kit.uv import Uv

CONFIG = ["--config", "tool", "tool.json"]
PATH = "/usr/local/bin:/usr/bin:/bin"


@pytest.fixture(scope="module")
def uv():
    return Uv()


@pytest.fixture(scope="module")
def index():
    index = Index({"3.11", wheel.minor(wheel.public_python())})
    yield index
    index.stop()


def with_tool(site, binary, env, *mounts):
    """Attributes of @nomad: a tool on the node's PATH, or mounted into the container."""
    if site == "raw":
        return {"env": {**env, "PATH": f"{binary.parent}:{PATH}"}}
    return {"env": env, "driver_config": {"volumes": [f"{binary}:/usr/local/bin/{binary.name}:ro", *mounts]}}


@pytest.mark.parametrize("site", ["raw", "docker"])
def test_uv(submitter, cluster, uv, site):
    by = submitter()
    for name, text in uv.project().items():
        by.write(name, text)
    by.write("tool.json", json.dumps(with_tool(site, uv.binary, uv.env, f"{uv.cache}:{uv.cache}")))
    result = by.run("own_env", "--environment=uv", *CONFIG, "run", site=site).ok()
    found = by.client(f"answer = Flow('OwnEnvFlow')['{result.run_id}']['join'].task.data.found", site=site)
    assert len(found) == 2
    for package, python in found:
        assert python.endswith("/metaflow/.venv/bin/python")
        assert package.startswith(python.removesuffix("bin/python"))
    assert len(cluster.jobs(run_id=result.run_id)) == 2


@pytest.mark.parametrize("site", ["docker", "raw"])
def test_pypi(submitter, cluster, index, site):
    by = submitter()
    tool = index.micromamba(by.place / "tool")
    env = {"PIP_INDEX_URL": index.url, "PATH": f"{tool.parent}:{by.python.parent}:{PATH}"}
    by.write("tool.json", json.dumps(with_tool(site, tool, {})))
    result = by.run("pypi_orders", "--environment=pypi", *CONFIG, "run", site=site, env=env).ok()
    above, below, off, here = by.client(
        f"data = Flow('PypiOrdersFlow')['{result.run_id}'].data\n"
        "answer = [data.above, data.below, data.off, data.here]",
        site=site,
    )
    made = str(by.home / "micromamba/envs/metaflow/linux-64")
    assert [Path(prefix).parent for prefix, _ in (above, below, here)] == [
        Path(made if site == "raw" else "/local/metaflow/linux-64")
    ] * 2 + [Path(made)]
    for prefix, package in (above, below, here):
        assert package.startswith(f"{prefix}/lib/")
    assert off[1] is None
    assert len(cluster.jobs(run_id=result.run_id)) == 3


def test_pypi_where_the_node_does_not_see_the_environment(submitter, index, tmp_path):
    """On shared storage the environment is the submitter's; a container does not see it, and a sentence says so."""
    by = submitter()
    tool = index.micromamba(by.place / "tool")
    env = {
        "PIP_INDEX_URL": index.url,
        "PATH": f"{tool.parent}:{by.python.parent}:{PATH}",
        "MAMBA_ROOT_PREFIX": str(tmp_path),
    }
    by.write("tool.json", "{}")
    result = by.run("pypi_orders", "--environment=pypi", *CONFIG, "run", site="docker-shared", env=env).failed()
    (said,) = [line for line in result.lines("start") if "on this node" in line]
    assert f"there is no {tmp_path}/envs/metaflow/linux-64/" in said
    assert "MAMBA_ROOT_PREFIX" in said
