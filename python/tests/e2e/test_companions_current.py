"""`current` and @project: what a task on Nomad is told is what a local one is told."""

import pytest

OPTIONS = {"branch": ["--branch", "mine"], "production": ["--production"], "user": []}
BRANCHES = {"user": "user.tester", "branch": "test.mine", "production": "prod"}


def told(by, site, options, *args):
    """The values of one run, with what differs from run to run taken out and checked."""
    command = [*options, *(args or ("run",)), "--tag", "a:1", "--tag", "ünd zwei"]
    result = by.run("moment", *command, site=site).ok()
    now, system_tags = by.client(
        f"run = Flow('MomentFlow')['{result.run_id}']\nanswer = [run['start'].task.data.now, sorted(run.system_tags)]",
        site=site,
    )
    run = f"MomentFlow/{result.run_id}"
    assert now.pop("run_id") == result.run_id
    assert now.pop("run") == run
    task = f"{run}/start/{now.pop('task_id')}"
    assert (now.pop("pathspec"), now.pop("task")) == (task, task)
    return result, now, system_tags


@pytest.mark.parametrize(("site", "kind"), [("raw", "user"), ("raw", "branch"), ("docker", "production")])
def test_as_a_local_run(submitter, cluster, site, kind):
    by = submitter()
    _, local, _ = told(by, site, OPTIONS[kind])
    result, remote, system_tags = told(by, site, OPTIONS[kind], "run", "--with", "nomad")
    assert (local.pop("here"), remote.pop("here")) == (None, "main")
    assert remote == local
    assert {"a:1", "ünd zwei"} <= set(remote["tags"])
    assert remote["branch_name"] == BRANCHES[kind]
    assert f"project_branch:{BRANCHES[kind]}" in system_tags
    jobs = cluster.jobs(run_id=result.run_id)
    assert len(jobs) == 2
    for name in ("project_name", "branch_name", "project_flow_name"):
        assert [job["Meta"].get(f"metaflow.{name}") for job in jobs] == [remote[name]] * 2


def test_a_resumed_run_knows_its_origin(submitter):
    by = submitter()
    first, *_ = told(by, "raw", [], "run", "--with", "nomad")
    second, now, _ = told(by, "raw", [], "resume", "start", "--origin-run-id", first.run_id, "--with", "nomad")
    assert second.run_id != first.run_id
    assert now["here"] == "main"
    assert now["origin_run_id"] == first.run_id
