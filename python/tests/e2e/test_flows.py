"""Metaflow's features on Nomad, and how the registered jobs look."""

import json

import pytest

ODD = "a $b ${c} %{d} \\ \" ' \n ü"


@pytest.fixture(scope="module")
def tour(new_submitter, cluster):
    """One run of the flow that has it all; most tests here look at it."""
    cluster.api("/v1/namespace/e2e", "PUT", {"Name": "e2e"})
    by = new_submitter()
    return by.run(
        "tour",
        "run",
        *("--tag", "tour:1", "--tag", "ünd zwei", "--width", "2", "--text", 'it\'s "$HOME"'),
        *("--max-workers", "6"),
    ).ok()


@pytest.fixture(scope="module")
def tour_data(tour):
    """Its artifacts, as the Client reads them."""
    names = ("names", "attempt", "above", "died", "timed_out", "now", "env", "text")
    return tour.by.client(
        f"data = Flow('TourFlow')['{tour.run_id}'].data\nanswer = {{name: getattr(data, name) for name in {names}}}"
    )


def jobs_of(cluster, result, step):
    return cluster.jobs(run_id=result.run_id, step_name=step)


def task_of(job):
    return job["TaskGroups"][0]["Tasks"][0]


def test_branches_and_nested_foreach_meet_again(tour_data):
    assert tour_data["names"] == ["a0", "a1", "b0", "b1"]


def test_parameters_arrive_byte_for_byte(tour, tour_data):
    assert tour_data["text"] == 'it\'s "$HOME"'
    assert 'the text is it\'s "$HOME"' in tour.lines("end")


def test_every_step_with_nomad_was_a_job_and_no_other(tour, cluster):
    steps = [job["Meta"]["metaflow.step_name"] for job in cluster.jobs(run_id=tour.run_id)]
    wanted = {"start": 1, "number": 4, "numbers_join": 2, "flaky": 3, "dying": 2, "late": 1, "end": 1}
    assert {step: steps.count(step) for step in steps} == wanted


def test_retry_makes_each_attempt_a_job_of_its_own(tour, tour_data, cluster):
    jobs = jobs_of(cluster, tour, "flaky")
    assert tour_data["attempt"] == 2
    assert [job["Meta"]["metaflow.attempt"] for job in jobs] == ["0", "1", "2"]
    assert len({job["ID"] for job in jobs}) == 3
    assert [len(cluster.allocations(job)) for job in jobs] == [1, 1, 1]
    assert [line for line in tour.lines("flaky") if line.startswith("flaky attempt")] == [
        f"flaky attempt {attempt}" for attempt in range(3)
    ]


def test_only_the_client_waits_between_retries(tour, cluster):
    """The wait is said, and the job of the next attempt is registered when it is over, not before."""
    assert tour.lines("flaky").count("Waiting 0.6 seconds before the next attempt.") == 2
    first, second, third = jobs_of(cluster, tour, "flaky")
    for before, after in ((first, second), (second, third)):
        (allocation,) = cluster.allocations(before)
        ended = allocation["TaskStates"]["main"]["FinishedAt"]
        assert after["SubmitTime"] - _nanoseconds(ended) >= 0.6e9


def test_catch_falls_back_on_this_machine(tour, tour_data, cluster):
    attempts = [job["Meta"]["metaflow.attempt"] for job in jobs_of(cluster, tour, "dying")]
    assert attempts == ["0", "1"]  # the fallback, attempt 2, is no job
    assert "kept failing over 2 attempts" in tour_data["died"]
    assert tour.lines("dying").count("The task exited with code 9. See its output above.") == 2


def test_timeout_is_an_exception_in_the_step(tour, tour_data, cluster):
    """As it is locally: `finally` runs, and @catch has the exception; the host's own limit comes later."""
    (job,) = jobs_of(cluster, tour, "late")
    (allocation,) = cluster.allocations(job)
    assert allocation["ClientStatus"] == "complete"
    assert "cleaned up" in tour.lines("late")
    assert "Step late timed out after 0 hours, 0 minutes, 1 seconds" in tour_data["timed_out"]
    assert not any("time limit" in line for line in tour.lines("late"))


def test_environment_above_and_below_nomad(tour_data, tour):
    assert tour_data["above"] == ODD
    # The step below asserts it for itself: a wrong value would have ended it otherwise than with code 9.
    assert not any("AssertionError" in line for line in tour.lines("dying"))


def test_env_of_the_decorator(tour_data):
    assert tour_data["env"]["ODD"] == ODD
    assert tour_data["env"]["WHERE"].startswith("test-")
    assert tour_data["env"]["DC"] == "dc1"


def test_current_tells_the_task_where_it_is(tour, tour_data):
    now = tour_data["now"]
    assert now.pop("task")
    assert now.pop("pathspec").startswith(f"TourFlow/{tour.run_id}/start/")
    assert {"tour:1", "ünd zwei"} <= set(now.pop("tags"))
    assert now == {
        "flow": "TourFlow",
        "run": tour.run_id,
        "step": "start",
        "attempt": 0,
        "user": "tester",
        "origin": None,
        "namespace": "user:tester",
        "parameters": ["text", "width"],
    }


def test_tags_are_the_run_s(tour):
    tags = tour.by.client(f"answer = sorted(Flow('TourFlow')['{tour.run_id}'].user_tags)")
    assert tags == ["tour:1", "ünd zwei"]


def test_placement_of_the_job(tour, cluster):
    (job,) = jobs_of(cluster, tour, "start")
    assert job["Namespace"] == "e2e"
    assert job["Datacenters"] == ["dc1", "elsewhere"]
    assert job["NodePool"] == "all"
    assert job["Priority"] == 70
    assert task_of(job)["Resources"]["CPU"] == 310
    assert job["Meta"]["team"] == "a,b=c"
    assert job["Meta"]["metaflow.user"] == "tester"


def test_resources_give_way_to_the_decorator(tour, cluster):
    flaky = task_of(jobs_of(cluster, tour, "flaky")[0])["Resources"]
    assert (flaky["CPU"], flaky["MemoryMB"]) == (300, 300)
    join = task_of(jobs_of(cluster, tour, "numbers_join")[0])["Resources"]
    assert (join["CPU"], join["MemoryMB"]) == (300, 300)
    number = task_of(jobs_of(cluster, tour, "number")[0])["Resources"]
    assert (number["CPU"], number["MemoryMB"]) == (256, 512)


def test_with_on_the_command_line(run_flow, cluster):
    """JSON with commas, quotes and ${} inside; it reaches Nomad unharmed, and the task runs."""
    constraints = [
        {"attribute": "${attr.kernel.name}", "operator": "=", "value": "linux"},
        {"LTarget": "${attr.kernel.name}", "Operand": "regexp", "RTarget": '^(linux|a"b,cpu=1)$'},
    ]
    meta = {"note": "x=1,memory=2 \"'${y}"}
    spec = f"nomad:constraints={json.dumps(constraints)},cpu=321,meta={json.dumps(meta)},memory=333"
    result = run_flow("plain", "run", "--with", spec).ok()
    jobs = cluster.jobs(run_id=result.run_id)
    assert len(jobs) == 2
    for job in jobs:
        asked = [(one["LTarget"], one["Operand"], one["RTarget"]) for one in job["Constraints"] or []]
        asked += [(one["LTarget"], one["Operand"], one["RTarget"]) for one in job["TaskGroups"][0]["Constraints"] or []]
        asked += [(one["LTarget"], one["Operand"], one["RTarget"]) for one in task_of(job)["Constraints"] or []]
        assert ("${attr.kernel.name}", "=", "linux") in asked
        assert ("${attr.kernel.name}", "regexp", '^(linux|a"b,cpu=1)$') in asked
        assert job["Meta"]["note"] == meta["note"]
        assert (task_of(job)["Resources"]["CPU"], task_of(job)["Resources"]["MemoryMB"]) == (321, 333)


def test_settings_from_a_profile_and_the_environment(submitter, cluster):
    """A profile that names address and settings needs no site file; the environment comes before it."""
    by = submitter()
    folder = by.home / ".metaflowconfig"
    folder.mkdir()
    profile = {
        "METAFLOW_NOMAD_ADDRESS": cluster.address,
        "METAFLOW_NOMAD_DEFAULT_IMAGE": "metaflow-nomad-test:py311",
        "METAFLOW_NOMAD_DEFAULT_DATACENTERS": ["dc1", "dc9"],
        "METAFLOW_NOMAD_CPU": "201",
        "METAFLOW_NOMAD_MEMORY": "202",
    }
    (folder / "config_lab.json").write_text(json.dumps(profile))
    env = {
        **by.sites["docker"]["env"],
        "METAFLOW_PROFILE": "lab",
        "METAFLOW_NOMAD_CONFIG": None,
        "METAFLOW_NOMAD_MEMORY": "303",
        "METAFLOW_NOMAD_DISK": "150",
        "NOMAD_ADDR": "http://127.0.0.1:1",  # the lowest of all: never asked
    }
    spec = 'nomad:driver_config={"network_mode":"host"}'
    result = by.run("plain", "run", "--with", spec, env=env).ok()
    jobs = cluster.jobs(run_id=result.run_id)
    assert len(jobs) == 2
    for job in jobs:
        task = task_of(job)
        assert task["Driver"] == "docker"
        assert task["Config"]["image"] == "metaflow-nomad-test:py311"
        assert task["Config"]["network_mode"] == "host"
        assert job["Datacenters"] == ["dc1", "dc9"]
        assert (task["Resources"]["CPU"], task["Resources"]["MemoryMB"]) == (201, 303)
        assert job["TaskGroups"][0]["EphemeralDisk"]["SizeMB"] == 150


def test_resume_and_the_logs_command(submitter, cluster, work):
    by = submitter()
    mark = by.flows / "mark"
    env = {"MARK": str(mark)}
    first = by.run("fragile", env=env).failed()
    assert any("the mark is not there" in line for line in first.lines("work"))
    mark.touch()
    second = by.run("fragile", "resume", env=env).ok()
    assert second.run_id != first.run_id
    assert [job["Meta"]["metaflow.step_name"] for job in cluster.jobs(run_id=second.run_id)] == ["work"]
    run = "Flow('FragileFlow')"
    before, after = by.client(
        f"answer = [{run}[run]['start'].task.data.value for run in ('{first.run_id}', '{second.run_id}')]"
    )
    assert before == after

    logs = by.run("fragile", "logs", f"{first.run_id}/start", env=env).ok()
    assert "start says\nthis\n" in logs.stdout
    only = by.run("fragile", "logs", "--stderr", f"{first.run_id}/start", env=env).ok()
    assert "and this as an error" in only.stdout
    assert "start says" not in only.stdout


def test_the_client_reads_a_task(submitter, work):
    by = submitter()
    by.run("fragile", env={"MARK": str(work)}).ok()
    found = by.client(
        "task = Flow('FragileFlow').latest_run['start'].task\n"
        "answer = {'out': task.stdout, 'err': task.stderr, 'value': task.data.value, 'finished': task.finished,"
        " 'ok': task.successful, 'artifacts': sorted(a.id for a in task.artifacts), 'code': b'class FragileFlow' in task.code.flowspec,"
        " 'runtime': task.metadata_dict.get('code-package') is not None, 'time': bool(task.finished_at)}"
    )
    lines = [line for line in found["out"].splitlines() if not line.startswith("Nomad job")]
    assert lines == ["start says", "this"]
    assert "and this as an error" in found["err"]
    assert len(found["value"]) == 16
    assert "value" in found["artifacts"]
    assert found["finished"] and found["ok"] and found["code"] and found["runtime"] and found["time"]


def test_the_runner_api(submitter, cluster):
    by = submitter()
    by.start("plain", "check").wait().ok()
    status, run_id, answer, out = by.client(
        "with Runner('plain.py', show_output=False, decospecs=['nomad:cpu=345'], pylint=False).run(tags=['by-runner']) as it:\n"
        "    answer = [it.status, it.run.id, it.run.data.value['answer'], it.stdout]"
    )
    assert (status, answer) == ("successful", 42)
    assert "in end 42" in out
    jobs = cluster.jobs(run_id=run_id)
    assert [task_of(job)["Resources"]["CPU"] for job in jobs] == [345, 345]


def _nanoseconds(stamp):
    """Nomad's time, "2026-01-01T00:00:00.123456789Z", since the epoch."""
    from datetime import datetime, timezone

    whole, _, fraction = stamp.rstrip("Z").partition(".")
    seconds = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp()
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0"))
