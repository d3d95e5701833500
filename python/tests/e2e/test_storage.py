"""Where tasks run and data lies: every driver and storage, root and not, old and new interpreters, the oldest Nomad."""

import json
import os
import pwd
from pathlib import Path

import pytest
from kit import wheel
from kit.parts import IMAGE

SITES = ["raw", "exec", "docker", "docker-shared"]
DRIVERS = {"raw": "raw_exec", "exec": "exec", "docker": "docker", "docker-shared": "docker"}
NOBODY = pwd.getpwnam("nobody").pw_uid


@pytest.fixture(scope="module")
def host_file(work):
    """A file of the node that lies on no shared storage."""
    path = work / "host-file"
    path.touch()
    return path


def start(by, site, host_file):
    return by.start("where", "run", site=site, env={"HOST_FILE": str(host_file)})


def facts_of(result, site):
    """What the tasks found out: artifacts that remote tasks wrote, read by who submitted; a local task read them too."""
    remote, local = result.by.client(
        f"run = Flow('WhereFlow')['{result.run_id}']\nanswer = [[task.data.fact for task in run['work']], run.data.facts]",
        site=site,
    )
    assert sorted(remote, key=lambda fact: fact["item"]) == local
    return local


def owners(folder):
    return {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}


@pytest.mark.parametrize("site", SITES)
def test_a_foreach_on_every_site(submitter, unprivileged, cluster, site, s3, host_file):
    """The same flow, at the same time, by who runs the tests and by a user without rights."""
    for run in [start(submitter(user), site, host_file) for user in (None, unprivileged)]:
        result = run.wait().ok()
        facts = facts_of(result, site)
        assert [(fact["item"], fact["size"]) for fact in facts] == [("x", 300_000), ("y", 300_000)]
        jobs = cluster.jobs(run_id=result.run_id)
        assert sorted(job["Meta"]["metaflow.step_name"] for job in jobs) == ["work", "work"]
        allocations = {allocation["ID"] for job in jobs for allocation in cluster.allocations(job)}
        assert {fact["alloc"] for fact in facts} == allocations
        check_place(site, result, facts, jobs)
        check_store(site, result)
        if site == "docker":
            check_s3(result, s3, jobs, cluster)


def check_place(site, result, facts, jobs):
    """The task saw what its driver shows, and nothing else; it ran as whom it should."""
    task = jobs[0]["TaskGroups"][0]["Tasks"][0]
    assert task["Driver"] == DRIVERS[site]
    mounts = [mount["Destination"] for mount in task["VolumeMounts"] or []]
    assert mounts == ([str(result.by.place.parent)] if site in ("exec", "docker-shared") else [])
    assert {fact["sees_host"] for fact in facts} == {site == "raw"}
    assert {fact["uid"] for fact in facts} == {uid_in_task(site, result.by.user)}
    if site.startswith("docker"):
        assert task["Config"]["image"] == IMAGE
    if site in ("raw", "exec") and result.by.user:
        assert task["User"] == result.by.user.pw_name


def uid_in_task(site, user):
    if user and site != "docker":
        return user.pw_uid
    # Nomad refuses to run exec tasks as root. On S3 it does not matter who a task runs as: the image decides.
    return NOBODY if site == "exec" else 0 if site == "docker" else os.getuid()


def check_store(site, result):
    """Every file of the store is the submitter's, or of whom Nomad puts in root's place; the run's folder is gone."""
    store, own = result.by.store, result.by.place.stat().st_uid
    assert owners(store) - ({NOBODY} if site == "exec" and own == 0 else set()) == {own}
    assert not (store / ".nomad").exists()


def check_s3(result, s3, jobs, cluster):
    """The data is on S3 and nowhere else; who may read jobs does not read the credentials, and none are left behind."""
    assert not (result.by.store / "WhereFlow" / "data").exists()
    assert list(Path(s3["dir"]).glob(f"*/metaflow/WhereFlow/{result.run_id}/work/*/0.data.json"))
    assert s3["secretKey"] not in json.dumps(jobs)
    assert cluster.api("/v1/vars", namespace="*") == []


def test_the_step_s_own_user_comes_first(submitter, unprivileged, cluster):
    """In a container, where a task would start as root and become the submitter; here it is who it is from the start."""
    by = submitter(unprivileged)
    numbers = f"{unprivileged.pw_uid}:{unprivileged.pw_gid}"
    for given, user in (({"user": numbers}, numbers), ({}, "0:0")):
        result = by.run("one_step", env={"ATTRIBUTES": json.dumps(given)}, site="docker-shared").ok()
        (job,) = cluster.jobs(run_id=result.run_id)
        task = job["TaskGroups"][0]["Tasks"][0]
        assert task["User"] == user
        assert ("os.setuid" in json.dumps(task["Config"])) == (user == "0:0")
        assert owners(by.store) == {unprivileged.pw_uid}


def test_the_oldest_nomad(submitter, unprivileged, oldest_cluster, host_file):
    """Each driver once, all three at a time; raw_exec and exec by a user without rights."""
    assert oldest_cluster.version == "1.7.7"
    who = {"raw": unprivileged, "exec": unprivileged, "docker": None}
    runs = {site: start(submitter(user, on=oldest_cluster), site, host_file) for site, user in who.items()}
    # Two of them have one store: nothing is looked at before all have ended.
    for site, result in {site: run.wait().ok() for site, run in runs.items()}.items():
        facts = facts_of(result, site)
        assert [fact["item"] for fact in facts] == ["x", "y"]
        jobs = oldest_cluster.jobs(run_id=result.run_id)
        assert len(jobs) == 2
        check_place(site, result, facts, jobs)
        check_store(site, result)


@pytest.fixture(scope="module")
def edges(built_wheel, venvs):
    """The oldest and the newest interpreter of this machine, each with the wheel installed."""
    known = wheel.interpreters()
    versions = sorted(known, key=lambda version: int(version.split(".")[1]))
    return {
        version: wheel.install(built_wheel, venvs / version, known[version])
        for version in dict.fromkeys((versions[0], versions[-1]))
    }


def test_oldest_and_newest_interpreter(submitter, edges, cluster, host_file):
    """A submitter's own interpreter runs the tasks too, where the node sees its files."""
    runs = {version: start(submitter(python=python), "raw", host_file) for version, python in edges.items()}
    for version, run in runs.items():
        result = run.wait().ok()
        facts = facts_of(result, "raw")
        assert [(fact["item"], fact["python"]) for fact in facts] == [("x", version), ("y", version)]
        assert len(cluster.jobs(run_id=result.run_id)) == 2
