"""`python flow.py nomad list|kill`, `metaflow-nomad launch`, `metaflow-nomad dev`: as a user types them."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
from kit.flows import Result
from kit.leftovers import processes
from kit.parts import Cluster, until
from kit.secure import start_secure
from kit.sleepers import marks_folder


class Running:
    """Two runs of one flow, by two submitters, each waiting in its step."""

    def __init__(self, submitter: Any, cluster: Cluster):
        self.by, self.cluster = submitter(), cluster
        self.release = marks_folder(self.by) / "release"
        self.flows = [self.start(name) for name in ("ada", "ada", "bob")]
        for flow in self.flows:
            flow.until("in start")
        self.jobs = [self.job(flow.run_id) for flow in self.flows]

    def start(self, user: str) -> Any:
        return self.by.start("one_step", "run", "--until", str(self.release), env={"METAFLOW_USER": user})

    def job(self, run_id: str) -> str:
        [job] = self.cluster.jobs(run_id=run_id)
        return str(job["ID"])

    def nomad(self, *args: str, user: str = "ada") -> Result:
        return self.by.run("one_step", "nomad", *args, env={"METAFLOW_USER": user})

    def listed(self, *args: str, user: str = "ada") -> list[str]:
        lines = self.nomad("list", *args, user=user).ok().stdout.splitlines()
        return sorted(line.split()[0] for line in lines if line.startswith("OneStepFlow-"))

    def status(self, number: int) -> str:
        return str(self.cluster.job(self.jobs[number])["Status"])


def test_list_and_kill(submitter, cluster):
    running = Running(submitter, cluster)
    first, second, third = running.jobs
    run_ids = [flow.run_id for flow in running.flows]
    latest = (running.by.store / "OneStepFlow" / "latest_run").read_text().strip()
    assert running.listed() == [running.jobs[run_ids.index(latest)]]
    assert running.listed("--my-runs") == sorted([first, second])
    assert running.listed("--user", "bob") == [third]
    assert running.listed("--run-id", run_ids[0]) == [first]
    assert running.listed("--prefix", "OneStepFlow-") == sorted(running.jobs)
    assert running.listed("--user", "nobody") == []
    assert "No unfinished Nomad jobs of flow OneStepFlow." in running.nomad("list", "--user", "nobody").output
    shown = running.nomad("list", "--run-id", run_ids[0]).ok().stdout
    assert f"{first}  running  {run_ids[0]}/start/1 attempt 0, by ada, submitted " in shown
    assert "mutually exclusive" in running.nomad("list", "--my-runs", "--user", "bob").failed().output

    running.nomad("kill", "--user", "nobody").ok()
    assert [running.status(number) for number in range(3)] == ["running"] * 3
    missing = running.nomad("kill", "--job-id", "OneStepFlow-no-such").failed()
    assert "There is no unfinished job OneStepFlow-no-such of flow OneStepFlow." in missing.stderr

    # Two by their IDs; one of them is another's.
    said = running.nomad("kill", "--job-id", first, "--job-id", third).ok().stdout
    assert f"Stopped {first}." in said and f"Stopped {third}." in said
    for number in (0, 2):
        result = running.flows[number].wait(60).failed()
        assert "The task was stopped by an operator" in result.output
    assert [running.status(number) for number in range(3)] == ["dead", "running", "dead"]

    said = running.nomad("kill", "--my-runs", "--purge").ok().stdout
    assert f"Stopped {second} and purged it." in said
    running.flows[1].wait(60).failed()
    until("the purge", lambda: second not in [job["ID"] for job in cluster.api("/v1/jobs")])


def test_kill_of_a_job_that_waits(submitter, cluster):
    """It has no allocation: nothing but an evaluation tells its end."""
    by = submitter()
    by.sites["raw"]["site"]["placementTimeoutMinutes"] = 10
    flow = by.start("one_step", "run", env={"ATTRIBUTES": json.dumps({"memory": 900_000})})
    flow.until("waits for a node")
    assert "Stopped OneStepFlow-" in by.run("one_step", "nomad", "kill").ok().stdout
    assert "The job was stopped by an operator before it was placed." in flow.wait(30).failed().output


def test_kill_the_latest_run(submitter, cluster):
    """Without options; only this flow's jobs, though another flow runs, too."""
    by = submitter()
    release = marks_folder(by) / "release"
    flow = by.start("one_step", "run", "--until", str(release))
    flow.until("in start")
    assert "A previous run id was not found" in by.run("plain", "nomad", "kill").failed().output
    assert (
        "No unfinished Nomad jobs of flow PlainFlow to stop."
        in by.run("plain", "nomad", "kill", "--my-runs").ok().output
    )
    assert flow.process.poll() is None
    assert "Stopped OneStepFlow-" in by.run("one_step", "nomad", "kill").ok().stdout
    flow.wait(60).failed()


def test_where_the_steps_say(submitter, shared, clusters, cluster):
    """A job on an agent that stands in no configuration, and a namespace and region of the step's own."""
    parts, guarded = start_secure(shared, tls=False)
    clusters.append(guarded)
    try:
        by = submitter()
        by.sites["raw"]["site"]["python"] = str(by.python)
        release = marks_folder(by) / "release"
        attributes = {"address": guarded.address, "token": "env:PLACE_TOKEN", "driver": "raw_exec", "region": "global"}
        env = {"ATTRIBUTES": json.dumps(attributes), "PLACE_TOKEN": guarded.client_token("least")}
        flow = by.start("one_step", "run", "--until", str(release), env=env)
        flow.until("in start")
        [job] = guarded.jobs(run_id=flow.run_id)
        shown = by.run("one_step", "nomad", "list", env=env).ok()
        assert shown.stdout.count(job["ID"]) == 1
        assert "No unfinished" in by.run("one_step", "nomad", "list").ok().stdout
        wrong = by.run("one_step", "nomad", "list", env={**env, "PLACE_TOKEN": "6f4ae1b0-0000-4000-8000-000000000000"})
        assert "could not be asked" in wrong.ok().stderr
        assert env["PLACE_TOKEN"] not in shown.output + wrong.output
        assert f"Stopped {job['ID']}." in by.run("one_step", "nomad", "kill", env=env).ok().stdout
        assert "stopped by an operator" in flow.wait(60).failed().output
    finally:
        clusters.remove(guarded)
        parts.stop()


class Launcher:
    """`metaflow-nomad` of the wheel."""

    def __init__(self, by: Any, site: str = "raw"):
        self.by, self.env = by, by.env(site)

    def start(self, *words: str, env: dict[str, str] | None = None) -> Any:
        return self.by.popen([str(self.by.python.parent / "metaflow-nomad"), *words], {**self.env, **(env or {})})

    def run(self, *words: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
        process = self.start(*words, env=env)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def launch(self, job: dict[str, Any] | str, *words: str) -> tuple[int, str, str]:
        text = job if isinstance(job, str) else json.dumps(job)
        return self.run("launch", *words, str(self.by.write("job.yaml", text)))


@pytest.fixture
def launcher(submitter):
    return Launcher(submitter())


def test_launch(launcher):
    """The output, the exit code, both streams apart, the launcher's own words on standard error."""
    code, out, err = launcher.launch("command: [sh, -c, 'echo out; echo err >&2; exit 7']\nname: job with a name\n")
    assert (code, out) == (7, "out\n")
    assert "err\n" in err and "The task exited with code 7. See its output above." in err
    assert err.startswith("Nomad job job-with-a-name-")
    code, out, err = launcher.launch({"command": ["sh", "-c", "kill -9 $$"]})
    assert code == 137 and "was ended by signal 9 (SIGKILL)" in err


def test_launch_on_other_drivers(submitter, cluster):
    for site in ("exec", "docker"):
        code, out, err = Launcher(submitter(), site).launch(
            # Nomad's collector may lose what a container says as it ends: docs/drivers/docker.md
            {"command": ["sh", "-c", "echo in $0; sleep 1", site], "cpu": 100, "memory": 64}
        )
        assert (code, out) == (0, f"in {site}\n"), err


def test_launch_json(launcher):
    code, out, _err = launcher.launch({"command": ["sh", "-c", "echo Žluť; exit 3"]}, "--json")
    events = [json.loads(line) for line in out.splitlines()]
    kinds = [event["kind"] for event in events]
    assert code == 3
    assert [kind for kind in kinds if kind != "output"] == ["submitted", "placed", "started", "ended"]
    assert "".join(event["text"] for event in events if event["kind"] == "output") == "Žluť\n"
    assert events[-1]["outcome"]["kind"] == "failed" and events[-1]["outcome"]["exitCode"] == 3


def test_launch_is_live_and_can_be_interrupted(launcher, cluster):
    file = launcher.by.write("live.json", json.dumps({"command": ["sh", "-c", "echo first; sleep 600"]}))
    process = launcher.start("launch", str(file))
    assert process.stdout.readline() == "first\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode != 0 and "The task was stopped because the run was interrupted." in err, (out, err)
    until("the job's end", lambda: not [job for job in cluster.unfinished() if job.startswith("live-")], 10)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("command: []\n", ["command"]),
        ("comand: [ls]\n", ['unknown key "comand"; did you mean command?']),
        ("command: [ls]\nmemory: lots\n", ["memory"]),
        ("command: [ls]\nmemory: -5\n", ["memory"]),
        ("command: [\n", ["its syntax"]),
        ("command: [ls]\nsite: nowhere\n", ["nowhere", "Known sites"]),
        ("command: [ls]\ndriver: docker\n", ["image"]),
        ("just text\n", ["job.yaml"]),
    ],
)
def test_launch_refuses_bad_files(launcher, cluster, text, words):
    before = len(cluster.api("/v1/jobs"))
    code, out, err = launcher.launch(text)
    assert code == 1 and out == "" and "NOMAD_E_" in err and "at " not in err.split("NOMAD_E_")[0]
    assert all(word in err for word in words), err
    assert len(cluster.api("/v1/jobs")) == before


def test_launch_without_a_file_or_a_cluster(launcher):
    code, _, err = launcher.run("launch", "no-such.yaml")
    assert code == 1 and "NOMAD_E_CONFIG_UNREADABLE: The config file no-such.yaml cannot be read" in err
    launcher.env.pop("METAFLOW_NOMAD_CONFIG")
    code, _, err = launcher.launch({"command": ["ls"], "driver": "raw_exec"})
    assert code == 1 and "NOMAD_E_CONFIG_NOT_FOUND" in err and "METAFLOW_NOMAD_ADDRESS" in err
    file = launcher.by.write("job.yaml", "command: [ls]\ndriver: raw_exec\n")
    code, _, err = launcher.run("launch", str(file), env={"METAFLOW_NOMAD_ADDRESS": "http://127.0.0.1:1"})
    assert code == 1 and "Nomad at http://127.0.0.1:1 cannot be reached" in err


def test_dev(launcher, cluster):
    """A dev agent from the `nomad` on PATH; the site it prints works; Ctrl-C ends all of it."""
    port = free_port()
    path = {"PATH": f"{Path(cluster.nomad).parent}:{launcher.env['PATH']}"}
    agent = launcher.start("dev", "--port", str(port), env=path)
    try:
        shown = [agent.stdout.readline() for _ in range(12)]
        assert f"http://127.0.0.1:{port}" in shown[0]
        start = next(number for number, line in enumerate(shown) if line.strip() == "defaultSite: dev")
        site = "".join(line.removeprefix("  ") for line in shown[start : start + 6])
        launcher.env["METAFLOW_NOMAD_CONFIG"] = str(launcher.by.write("dev.yaml", site))
        until("the agent", lambda: launcher.launch({"command": ["true"]})[0] == 0, 60)
        assert launcher.launch({"command": ["echo", "on dev"]})[1] == "on dev\n"
        left = launcher.start("launch", str(launcher.by.write("left.json", '{"command": ["sleep", "4711"]}')))
        until("the sleeping task", lambda: processes("sleep 4711"))
        # As it says: the datastore in the folder it was started in.
        env = {name: launcher.env[name] for name in ("METAFLOW_NOMAD_CONFIG",)}
        env["METAFLOW_DATASTORE_SYSROOT_LOCAL"] = str(launcher.by.flows)
        result = launcher.by.run("plain", "run", "--with", "nomad", env=env)
        assert "in start" in result.ok().lines("start")
    finally:
        os.killpg(agent.pid, signal.SIGINT)  # as a terminal does
        _, err = agent.communicate(timeout=30)
    left.kill()  # it would wait for its Nomad to come back
    left.communicate(timeout=60)
    assert agent.returncode == 0, err
    assert processes("sleep 4711") == []
    assert not list(launcher.by.tmp.glob("metaflow-nomad-dev-*"))
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_dev_without_nomad(launcher):
    code, _, err = launcher.run("dev", env={"PATH": str(launcher.by.tmp)})
    assert code == 1 and "there is no nomad on PATH. Install Nomad 1.7.7 or newer" in err


def test_dev_on_a_port_that_is_taken(launcher, cluster):
    path = {"PATH": f"{Path(cluster.nomad).parent}:{launcher.env['PATH']}"}
    code, _, err = launcher.run("dev", "--port", cluster.address.rpartition(":")[2], env=path)
    assert code != 0 and "address already in use" in err


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
