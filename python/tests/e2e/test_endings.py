"""How a task can end: each ending is one sentence and what to do, and says the same in output, metadata and exit code."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from kit.parts import until
from kit.sleepers import Sleepers
from kit.two_nodes import TwoNodes

METADATA = """
run = Flow('AllEndingsFlow')[RUN]
answer = {step.id: step.task.metadata_dict for step in run}
"""

# By step: outcome, exit code, what the output must say.
ENDINGS = {
    "code": ("failed", "7", ["The task exited with code 7. See its output above."]),
    "own_code": ("failed", "120", ["The task exited with code 120. See its output above."]),
    "sigkill": ("failed", "137", ["The task was ended by signal 9 (SIGKILL).", "more than its 512 MB"]),
    "segv": ("failed", "139", ["The task was ended by signal 11 (SIGSEGV).", "segmentation fault"]),
    "docker_memory": (
        "oom-killed",
        "137",
        ["The task ran out of memory: it had 150 MB. Ask for more, e.g. memory=300"],
    ),
    "exec_memory": ("oom-killed", "137", ["The task ran out of memory: it had 150 MB. Ask for more, e.g. memory=300"]),
    "no_image": (
        "image-pull",
        None,
        ["team/nothing:1 does not exist for this node. Check name, tag", "Not tried again"],
    ),
    "no_registry": ("image-pull", None, ["The registry of the image 127.0.0.1:1/team/nothing:1 cannot be reached"]),
    "no_driver": (
        "unplaced",
        None,
        ["No node can run the task: 1 node lacks driver podman.", "`nomad node status`", "Not tried again"],
    ),
    "no_room": (
        "unplaced",
        None,
        ["memory exhausted on 1 node (needs 900000 MB, the largest node has ", "Ask for less"],
    ),
    "no_match": ("unplaced", None, ["1 node does not meet ${attr.kernel.name} = plan9"]),
    "no_python": (
        "failed",
        "122",
        ["there is no /nowhere/python on this node", "lacks what every step needs", "correct the site's python"],
    ),
    "bad_option": ("driver-failed", None, ["The task driver knows no option flavour. Correct driver_config"]),
    "too_long": ("timed-out", None, ["ran longer than its time limit of 3 s and was stopped. Raise timeout_minutes"]),
    "timeout_too_long": ("timed-out", None, ["ran longer than its time limit of 14 s and was stopped."]),
}


class Registry(BaseHTTPRequestHandler):
    """A container registry that has nothing."""

    def do_GET(self) -> None:
        has_api = self.path.rstrip("/") == "/v2"
        body = (
            b"{}"
            if has_api
            else json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).encode()
        )
        self.send_response(200 if has_api else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


def test_every_ending(submitter, cluster, registry):
    by = submitter()
    raw = by.sites["raw"]["site"]
    by.sites["impatient"] = {
        "site": {**by.sites["docker-shared"]["site"], "driver": "raw_exec", "placementTimeoutMinutes": 0.05},
        "env": {},
    }
    by.sites["pythonless"] = {"site": {**raw, "python": "/nowhere/python"}, "env": {}}
    result = by.run("all_endings", "run", "--max-workers", "20", env={"REGISTRY": registry}).ok()
    metadata: dict[str, dict[str, Any]] = by.client(METADATA.replace("RUN", repr(result.run_id)))
    wrong = []
    for step, (outcome, code, texts) in ENDINGS.items():
        said = "\n".join(result.lines(step))
        wrong += [f"{step}: {text!r} is not in\n{said}" for text in texts if text not in said]
        # What another attempt would only repeat was submitted once.
        jobs = len(cluster.jobs(run_id=result.run_id, step_name=step))
        facts = (metadata[step]["nomad-outcome"], metadata[step].get("nomad-exit-code"), jobs)
        if facts != (outcome, code, 1):
            wrong.append(f"{step}: outcome, exit code, jobs are {facts}")
    assert not wrong, "\n\n".join(wrong)
    assert by.client(f"answer = Flow('AllEndingsFlow')['{result.run_id}'].data.caught") == [True] * len(ENDINGS)


def test_failure_ends_the_run(run_flow):
    """Without @catch: Metaflow's own exit code, its words and ours, and no later step."""
    result = run_flow("no_package", "run", env={"RAISE": "1"}).failed()
    assert result.code == 1
    assert "ValueError: on purpose" in result.lines("start")
    assert "The task exited with code 1. See its output above." in result.lines("start")
    assert "Step failure" in result.output and result.lines("here") == []


def test_code_package_is_gone(run_flow):
    result = run_flow("no_package", "run").failed()
    said = "\n".join(result.lines("away"))
    assert "[metaflow-nomad] bootstrap failed: the code package at " in said
    assert (
        "The code package could not be fetched or unpacked on the node. The lines above say why; check that the datastore"
        in said
    )


def test_stopped_by_an_operator(submitter, cluster):
    """A job, and two allocations: the code ran once, and what Nomad would put in their place does not run."""
    run = Sleepers(submitter(), cluster, env={"CAUGHT": "1"}).asleep()
    cluster.api(f"/v1/job/{run.job('raw')['ID']}", "DELETE")
    for step in ("chroot", "container"):
        [allocation] = cluster.allocations(run.job(step))
        cluster.api(f"/v1/allocation/{allocation['ID']}/stop", "POST")
    result = run.flow.wait().ok()
    for step in run.steps:
        said = "\n".join(result.lines(step))
        assert "The task was stopped by an operator (job or allocation stop). Find out who stopped it" in said, said
        assert run.marks()[step] == ["ran", "cleaned"]
        assert outcome(run, step) == "stopped"
        assert cluster.job(run.job(step)["ID"])["Status"] == "dead"


def test_drain(submitter, cluster):
    """The node's tasks end as drained, and do not come back with the node."""
    run = Sleepers(submitter(), cluster, env={"CAUGHT": "1"}).asleep()
    drain = f"/v1/node/{cluster.node_id}/drain"
    cluster.api(drain, "POST", {"DrainSpec": {"Deadline": -1, "IgnoreSystemJobs": False}})
    try:
        result = run.flow.wait().ok()
    finally:
        cluster.api(drain, "POST", {"DrainSpec": None, "MarkEligible": True})
    for step in run.steps:
        assert any("The task was stopped because node " in line for line in result.lines(step)), result.lines(step)
        assert "is being drained. Retry: the next attempt goes to another node." in "\n".join(result.lines(step))
        assert outcome(run, step) == "drained"
    node = f"/v1/node/{cluster.node_id}"
    until("an eligible node", lambda: cluster.api(node)["SchedulingEligibility"] == "eligible")
    assert run.marks() == {step: ["ran", "cleaned"] for step in run.steps}


def outcome(run: Sleepers, step: str) -> str:
    metadata = run.by.client(f"answer = Flow('SleepersFlow')['{run.flow.run_id}']['{step}'].task.metadata_dict")
    return str(metadata["nomad-outcome"])


@pytest.fixture(params=["1.11.0", "1.7.7"])
def two_nodes(shared, clusters, request):
    """They differ in how a job says that it must not be replaced."""
    with TwoNodes(shared, request.param) as nodes:
        clusters.append(nodes.cluster)
        yield nodes
        clusters.remove(nodes.cluster)


def test_death_of_agents_and_nodes(submitter, two_nodes):
    """What dies and comes back is waited for, and no line is lost; with a node that stays away the task is lost."""
    by = submitter(on=two_nodes.cluster)
    by.sites["raw"]["site"]["lostAfterMinutes"] = 0.2
    two_nodes.eligible(first=False)
    run = Sleepers(by, two_nodes.cluster, steps=("raw",), env={"ATTEMPTS": "2"}).asleep()
    two_nodes.eligible(first=True)
    run.touch("talk")
    run.flow.until(more_lines(run))
    two_nodes.kill("agent")
    two_nodes.start_agent()
    run.flow.until(more_lines(run))
    two_nodes.kill("second")
    run.flow.until("Warning: node second does not answer; it is waited for, at most 12 s.")
    two_nodes.start_second()
    run.flow.until("Warning: node second answers again.")
    run.flow.until(more_lines(run))
    assert run.marks(1) == {"raw": []}
    two_nodes.kill_second_node()
    until("the second attempt", lambda: run.marks(1)["raw"] == ["ran"])
    run.touch("release")
    result = run.flow.wait().ok()
    said = result.lines("raw")
    assert "Nomad lost contact with node second while the task was on it. Retry; if it repeats, ask" in "\n".join(said)
    numbers = [int(line.split()[1]) for line in said if line.startswith("line ")]
    assert numbers[:100] == list(range(numbers[0], numbers[0] + 100))
    # The user's code ran once in each attempt: Nomad replaced nothing.
    assert (run.marks(), run.marks(1)) == ({"raw": ["ran"]}, {"raw": ["ran", "released"]})
    assert len(two_nodes.cluster.allocations(run.job("raw"))) == 1


def more_lines(run: Sleepers, wanted: int = 20):
    seen = run.flow.text().count("] line ")
    return lambda text: text.count("] line ") > seen + wanted
