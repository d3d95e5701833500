"""001: logs, `nomad alloc logs`, `nomad list` and `nomad kill`, as the document writes them."""

from __future__ import annotations

from pathlib import Path

import documents
import pytest
from kit.parts import until
from kit.sleepers import marks_folder

FLOW = documents.FLOWS / "your_flow.py"


class Waiting:
    """Runs of your_flow.py that wait in step_name, and a terminal in its folder."""

    def __init__(self, submitter, cluster):
        self.by, self.cluster = submitter(), cluster
        self.until = str(marks_folder(self.by) / "release")

    def start(self, user="ada"):
        words = ("run", "--with", "nomad", "--until", self.until)
        return self.by.start(FLOW, *words, env={"METAFLOW_USER": user})

    def jobs(self, flow):
        return [str(job["ID"]) for job in self.cluster.jobs(run_id=flow.run_id, step_name="step_name")]

    def type(self, line, user="ada"):
        """A command line, in the folder of the flow."""
        env = {**self.by.env("raw", {"METAFLOW_USER": user}), "NOMAD_ADDR": self.cluster.address}
        env["PATH"] += f":{self.cluster.nomad.rpartition('/')[0]}"
        return documents.shell(line, self.by.flows, env)


@pytest.fixture
def waiting(submitter, cluster):
    return Waiting(submitter, cluster)


def in_step(flow):
    flow.until(lambda text: text.count("in step_name") == 2)
    return flow


def test_logs(waiting, cluster):
    flow = in_step(waiting.start())
    Path(waiting.until).touch()
    flow.wait().ok()
    shown = waiting.type(documents.command("001/logs.sh", your_run_id=flow.run_id))
    assert shown.count("in step_name") == 2
    for job in cluster.jobs(run_id=flow.run_id, step_name="step_name"):
        [allocation] = cluster.allocations(job)
        line = documents.command("001/alloc_logs.sh", allocation_id=allocation["ID"], task_name="main")
        assert "in step_name" in waiting.type(line)


def test_help(waiting):
    """Every option of the document is in the help, in its words."""
    waiting.by.write("your_flow.py", FLOW.read_text())
    for command in ("list", "kill"):
        shown = waiting.type(documents.command(f"001/{command}_help.sh"))
        wanted = documents.options_of(f"001/{command}_options.md")
        assert len(wanted) >= 4
        assert [option for option in wanted if option not in " ".join(shown.split())] == []


def test_the_examples_as_written(waiting):
    """Nobody has that run, nor that job: it is said, and nothing happens."""
    waiting.by.write("your_flow.py", FLOW.read_text())
    assert "No unfinished Nomad jobs of flow YourFlow." in waiting.type(documents.command("001/list.sh"))
    with pytest.raises(
        AssertionError, match="There is no unfinished job my-flow-1678886400123456-stepname-taskid-abcdef"
    ):
        waiting.type(documents.command("001/kill.sh"))


def test_list_and_kill(waiting, cluster):
    """Each option of `list` finds its jobs; each option of `kill` ends them, and no others."""
    flows = [in_step(waiting.start(user)) for user in ("ada", "ada", "bob")]
    first, second, third = (waiting.jobs(flow) for flow in flows)
    run_ids = [flow.run_id for flow in flows]

    def listed(line, **options):
        said = waiting.type(line, **options)
        return sorted(word for word in said.split() if word.startswith("YourFlow-"))

    by_run = documents.command("001/list.sh", **{"1678886400123456": run_ids[0]})
    assert listed(by_run) == sorted(first)
    nomad = "python your_flow.py nomad"
    assert listed(f"{nomad} list --my-runs") == sorted(first + second)
    assert listed(f"{nomad} list --user bob") == sorted(third)
    assert listed(f"{nomad} list --prefix YourFlow-{run_ids[1]}") == sorted(second)

    by_job = documents.command("001/kill.sh", **{"my-flow-1678886400123456-stepname-taskid-abcdef": first[0]})
    said = waiting.type(f"{by_job} --job-id {first[1]}")
    assert all(f"Stopped {job}." in said for job in first)
    assert "The task was stopped by an operator" in flows[0].wait(60).failed().output
    assert f"Stopped {third[0]}." in waiting.type(f"{nomad} kill --run-id {run_ids[2]}")
    flows[2].wait(60).failed()
    assert {cluster.job(job)["Status"] for job in second} == {"running"}
    assert f"Stopped {second[0]} and purged it." in waiting.type(f"{nomad} kill --my-runs --purge")
    flows[1].wait(60).failed()
    until("the purge", lambda: not {*second} & {job["ID"] for job in cluster.api("/v1/jobs")})


def test_kill_by_user_and_prefix(waiting, cluster):
    flows = [in_step(waiting.start(user)) for user in ("ada", "bob")]
    nomad = "python your_flow.py nomad"
    assert waiting.type(f"{nomad} kill --user bob").count("Stopped ") == 2
    flows[1].wait(60).failed()
    assert {cluster.job(job)["Status"] for job in waiting.jobs(flows[0])} == {"running"}
    assert waiting.type(f"{nomad} kill --prefix YourFlow-{flows[0].run_id}").count("Stopped ") == 2
    flows[0].wait(60).failed()
