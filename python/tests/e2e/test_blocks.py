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
