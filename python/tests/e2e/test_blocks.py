"""Blocks of Nomad's job specification in `@nomad`, through the whole of Metaflow."""

from __future__ import annotations


def test_a_step_that_nomad_restarts_goes_on_in_the_same_attempt(run_flow, cluster):
    result = run_flow("stubborn", "run").ok()
    assert "Nomad itself may run it more than once in one attempt (restart)" in result.output
    assert "Nomad starts the task again on node" in result.output
    assert result.output.count("try of attempt 0 dc1") == 2
    answer = result.by.client(
        f"task = Flow('StubbornFlow')['{result.run_id}']['start'].task\n"
        "facts = task.metadata_dict\n"
        "answer = [task.data.said, task.current_attempt, task.stdout.count('try of attempt'), facts['nomad-outcome']]"
    )
    assert answer == ["the second try went well", 0, 2, "succeeded"]
    (job,) = cluster.jobs(run_id=result.run_id, step_name="start")
    group = job["TaskGroups"][0]
    assert group["RestartPolicy"]["Attempts"] == 1
    assert group["Tasks"][0]["LogConfig"]["MaxFiles"] == 3
    assert [affinity["RTarget"] for affinity in job["Affinities"]] == ["linux"]


def test_secrets_ports_and_tasks_around_a_step(run_flow, cluster):
    result = run_flow("wired", "run", env={"WIRED_SECRET": "open sesame 42"}).ok()
    answer = result.by.client(
        f"data = Flow('WiredFlow')['{result.run_id}']['start'].task.data\n"
        "answer = [data.secret_size, data.word, data.port > 0, data.has_token, data.attempt]"
    )
    assert answer == [14, "fetched", True, True, 0]
    (job,) = cluster.jobs(run_id=result.run_id, step_name="start")
    assert [task["Name"] for task in job["TaskGroups"][0]["Tasks"]] == ["main", "prestart", "monitor"]
    assert job["TaskGroups"][0]["Tasks"][0]["ShutdownDelay"] == 100_000_000
    assert "open sesame" not in str(job) + result.output


def test_a_secret_that_is_not_here_is_refused_before_anything_runs(run_flow, cluster):
    before = len(cluster.jobs())
    result = run_flow("wired", "run").failed()
    assert "secrets.FROM_HERE: the environment variable WIRED_SECRET is not set here" in result.output
    assert len(cluster.jobs()) == before
