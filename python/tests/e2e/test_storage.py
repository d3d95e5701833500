"""Where tasks run and data lies: every driver and storage, root and not, old and new interpreters, the oldest Nomad."""

import pytest

from kit import wheel
from kit.parts import IMAGE

SITES = ["raw", "exec", "docker", "docker-shared"]


def both(submitter, unprivileged, site, **options):
    """The same flow, at the same time, by who runs the tests and by a user without rights."""
    runs = [submitter(user, **options).start("where", "run", site=site) for user in (None, unprivileged)]
    return [run.wait().ok() for run in runs]


def facts_of(result, site):
    """What the tasks found out: an artifact that a remote task wrote, read by who submitted."""
    return result.by.client(f"answer = Flow('WhereFlow')['{result.run_id}'].data.facts", site=site)


def owners(folder):
    return {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}


@pytest.mark.parametrize("site", SITES)
def test_a_foreach_on_every_site(submitter, unprivileged, cluster, site, s3):
    for result in both(submitter, unprivileged, site):
        facts = facts_of(result, site)
        assert [(fact["item"], fact["size"]) for fact in facts] == [("x", 300_000), ("y", 300_000)]
        jobs = cluster.jobs(run_id=result.run_id)
        assert [job["Meta"]["metaflow.step_name"] for job in jobs].count("work") == 2
        allocations = {allocation["ID"] for job in jobs for allocation in cluster.allocations(job)}
        assert {fact["alloc"] for fact in facts} <= allocations
        check_place(site, result, facts, jobs)
        check_store(site, result, s3)


def check_place(site, result, facts, jobs):
    """The task saw what its driver shows, and nothing else; it ran as whom it should."""
    task = jobs[0]["TaskGroups"][0]["Tasks"][0]
    assert task["Driver"] == {"raw": "raw_exec", "exec": "exec"}.get(site, "docker")
    mounts = [mount["Destination"] for mount in task["VolumeMounts"] or []]
    assert mounts == ([str(result.by.place.parent)] if site in ("exec", "docker-shared") else [])
    inside = facts[0]["root"]
    assert ("work" in inside or "boot" in inside) == (site == "raw" or "boot" in inside)
    user = result.by.user
    if site in ("raw", "exec") and user:
        assert task["User"] == user.pw_name
        assert {fact["uid"] for fact in facts} == {user.pw_uid}
    elif site == "raw":
        assert {fact["uid"] for fact in facts} == {result.by.place.stat().st_uid}
    if site.startswith("docker"):
        assert task["Config"]["image"] == IMAGE


def check_store(site, result, s3):
    """Every file of the store is the submitter's; nothing of the run's scratch folder is left."""
    store = result.by.store
    assert owners(store) == {result.by.place.stat().st_uid}
    assert not (store / ".nomad").exists()
    if site == "docker":
        from pathlib import Path

        assert not list(store.glob("WhereFlow/data"))
        assert list(Path(s3["dir"]).glob("*/metaflow/WhereFlow/data/*/*"))


def test_the_oldest_nomad(submitter, unprivileged, oldest_cluster):
    """Each driver once, all three at a time; raw_exec and exec by a user without rights."""
    assert oldest_cluster.version == "1.7.7"
    who = {"raw": unprivileged, "exec": unprivileged, "docker": None}
    runs = {}
    for site, user in who.items():
        runs[site] = submitter(user, on=oldest_cluster).start("where", "run", site=site)
    for site, run in runs.items():
        result = run.wait().ok()
        assert [fact["item"] for fact in facts_of(result, site)] == ["x", "y"]
        jobs = oldest_cluster.jobs(run_id=result.run_id)
        assert len(jobs) == 3
        check_place(site, result, facts_of(result, site), jobs)


@pytest.fixture(scope="module")
def edges(built_wheel, venvs):
    """The oldest and the newest interpreter of this machine, each with the wheel installed."""
    known = wheel.interpreters()
    chosen = sorted(known, key=lambda version: int(version.split(".")[1]))
    return {
        version: wheel.install(built_wheel, venvs / version, known[version]) for version in {chosen[0], chosen[-1]}
    }


def test_oldest_and_newest_interpreter(submitter, edges, cluster):
    """A submitter's own interpreter runs the tasks too, where the node sees its files."""
    runs = {version: submitter(python=python).start("where", "run") for version, python in edges.items()}
    for version, run in runs.items():
        result = run.wait().ok()
        facts = facts_of(result, "raw")
        assert [(fact["item"], fact["python"]) for fact in facts] == [("x", version), ("y", version)]
        assert len(cluster.jobs(run_id=result.run_id)) == 3
