"""Fixtures of the end-to-end tests: agents, storage, the installed wheel, submitters.

How to use it in a test::

    def test_it(run_flow, cluster):
        result = run_flow("branches", "run", "--with", "nomad:cpu=500")   # a flow of tests/e2e/flows, its arguments
        result.ok()                                                       # or .failed(); .code .stdout .stderr .lines("step")
        jobs = cluster.jobs(run_id=result.run_id, step_name="start")      # as registered; cluster.api("/v1/…") for the rest
        name = result.by.client(f"answer = Flow('BranchesFlow')['{result.run_id}'].data.name")   # the Client, in the venv

`run_flow(…, site="raw" | "exec" | "docker" | "docker-shared", env={…}, user=unprivileged)`: `docker` is on S3, the others
on shared storage; `user` is who submits. Each test has a submitter of its own: its store is empty, its home too.
For a flow that one talks to while it runs: `flow = submitter().start("endings", "run", env=…)`, `flow.until("text")`,
`flow.signal(signal.SIGINT, group=True)`, `flow.wait()`. After each test nothing of ours may be left: no unfinished job,
no launch host, no client, no folder of a run.
"""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

from . import leftovers, users, wheel
from .flows import Result, Submitter
from .parts import IMAGE, VOLUME, Cluster, Parts, start_agent

OLDEST = "1.7.7"


@pytest.fixture(scope="session")
def work() -> Iterator[Path]:
    """A folder that every user may enter; the path is short, for sockets lie below it."""
    for left in Path(tempfile.gettempdir()).glob("mfe-*-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():  # a test run that was killed
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"mfe-{os.getpid()}-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def shared(work: Path) -> Path:
    """Shared storage: the submitters' stores, and the host volume of the agents."""
    folder = work / "s"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def unprivileged(work: Path) -> Iterator[pwd.struct_passwd]:
    """A Unix user without rights."""
    user = users.create()
    yield user
    users.remove(user)


@pytest.fixture(scope="session")
def clusters() -> list[Cluster]:
    """Every agent that has been started."""
    return []


@pytest.fixture(scope="session")
def cluster(shared: Path, clusters: list[Cluster], unprivileged: object) -> Iterator[Cluster]:
    """The agent, with raw_exec, exec and docker."""
    yield from _agent(shared, clusters, os.environ.get("METAFLOW_NOMAD_E2E_VERSION", "1.11.0"))


@pytest.fixture(scope="session")
def oldest_cluster(shared: Path, clusters: list[Cluster], unprivileged: object) -> Iterator[Cluster]:
    """An agent of the oldest supported Nomad."""
    yield from _agent(shared, clusters, OLDEST)


def _agent(shared: Path, clusters: list[Cluster], version: str) -> Iterator[Cluster]:
    parts, agent = start_agent(shared, version)
    clusters.append(agent)
    yield agent
    clusters.remove(agent)
    parts.stop()


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, Any]]:
    """An S3 server: endpoint, bucket, dir, and `env` for Metaflow."""
    parts = Parts({"s3": {}})
    yield parts.facts["s3"]
    parts.stop()


@pytest.fixture(scope="session")
def built_wheel(work: Path) -> Path:
    """The wheel, built from this tree."""
    folder = work / "wheel"
    folder.mkdir()
    return wheel.build_wheel(folder)


@pytest.fixture(scope="session")
def venvs(work: Path) -> Path:
    """Where the environments with the wheel in them are."""
    folder = work / "v"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def installed(built_wheel: Path, venvs: Path) -> Path:
    """Python of a clean environment with the wheel in it."""
    return wheel.install(built_wheel, venvs / "main", wheel.public_python())


@pytest.fixture(scope="session")
def sites_of(shared: Path, s3: dict[str, Any]) -> Callable[[Cluster], dict[str, Any]]:
    """The sites of an agent, by name: what the site file says, and the environment that goes with it."""

    def sites(agent: Cluster) -> dict[str, Any]:
        storage = {"path": str(shared), "volume": VOLUME}
        # The image has what Metaflow needs of boto3 and requests, and no pip.
        no_pip = {"METAFLOW_SKIP_INSTALL_DEPENDENCIES": "1"}
        docker = {"driver": "docker", "defaults": {"image": IMAGE}, "drivers": {"docker": {"network_mode": "host"}}}
        described: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
            "raw": ({"driver": "raw_exec", "shared": {"path": str(shared)}}, {}),
            "exec": ({"driver": "exec", "shared": storage}, {}),
            "docker": (docker, {**s3["env"], **no_pip}),
            "docker-shared": ({**docker, "shared": storage}, {}),
        }
        return {
            name: {"site": {"address": agent.address, **site}, "env": env} for name, (site, env) in described.items()
        }

    return sites


@pytest.fixture(scope="session")
def new_submitter(
    installed: Path, shared: Path, cluster: Cluster, sites_of: Callable[[Cluster], dict[str, Any]]
) -> Callable[..., Submitter]:
    """One more submitter, with an empty store; for runs that several tests look at."""

    def new(user: pwd.struct_passwd | None = None, on: Cluster | None = None, python: Path | None = None) -> Submitter:
        return Submitter(python or installed, shared, user, sites_of(on or cluster))

    return new


@pytest.fixture
def submitter(new_submitter: Callable[..., Submitter]) -> Iterator[Callable[..., Submitter]]:
    """Submitters of this test: submitter(user=None, on=another cluster, python=another environment's)."""
    known: dict[Any, Submitter] = {}

    def get(user: pwd.struct_passwd | None = None, **options: Any) -> Submitter:
        key = (user and user.pw_name, *sorted(options.items()))
        if key not in known:
            known[key] = new_submitter(user, **options)
        return known[key]

    yield get
    for one in known.values():
        one.end_all()


@pytest.fixture
def run_flow(submitter: Callable[..., Submitter]) -> Callable[..., Result]:
    """Run a flow to its end: run_flow("branches", "run", "--with", "nomad", site="raw", env={}, user=None)."""

    def run(flow: str | Path, *args: str, user: pwd.struct_passwd | None = None, **options: Any) -> Result:
        return submitter(user).run(flow, *args, **options)

    return run


@pytest.fixture
def client(submitter: Callable[..., Submitter]) -> Callable[..., Any]:
    """Run a snippet in the installed environment, and return its `answer`: client("answer = Flow('X').latest_run.id")."""

    def ask(snippet: str, user: pwd.struct_passwd | None = None, **options: Any) -> Any:
        return submitter(user).client(snippet, **options)

    return ask


@pytest.fixture(autouse=True)
def nothing_left(venvs: Path, shared: Path, clusters: list[Cluster]) -> Iterator[None]:
    """After each test: no unfinished job, no launch host, no client, no folder of a run."""
    yield
    leftovers.assert_none(clusters, venvs / "main", shared)
