"""How a task can end: each ending is one sentence and what to do, and says the same in output, metadata and exit code."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

METADATA = """
run = Flow('AllEndingsFlow')[RUN]
answer = {step.id: step.task.metadata_dict for step in run}
"""

# By step: outcome, exit code, what the output must say.
ENDINGS = {
    "code": ("failed", "7", ["The task exited with code 7. See its output above."]),
    "sigkill": ("failed", "137", ["The task was ended by signal 9 (SIGKILL).", "more than its 512 MB"]),
    "segv": ("failed", "139", ["The task was ended by signal 11 (SIGSEGV).", "segmentation fault"]),
    "docker_memory": ("oom-killed", "137", ["The task ran out of memory: it had 150 MB. Ask for more, e.g. memory=300"]),
    "exec_memory": ("oom-killed", "137", ["The task ran out of memory: it had 150 MB. Ask for more, e.g. memory=300"]),
    "no_image": ("image-pull", None, ["team/nothing:1 does not exist for this node. Check name, tag", "Not tried again"]),
    "no_registry": ("image-pull", None, ["The registry of the image 127.0.0.1:1/team/nothing:1 cannot be reached"]),
    "no_driver": (
        "unplaced",
        None,
        ["No node can run the task: 1 node lacks driver podman.", "`nomad node status`", "Not tried again"],
    ),
    "no_room": ("unplaced", None, ["memory exhausted on 1 node (needs 900000 MB, the largest node has ", "Ask for less"]),
    "no_match": ("unplaced", None, ["1 node does not meet ${attr.kernel.name} = plan9"]),
    "no_python": (
        "failed",
        "122",
        ["there is no /nowhere/python on this node", "lacks what every step needs", "correct the site's python"],
    ),
    "bad_option": ("driver-failed", None, ["The task driver knows no option comand. Correct driver_config"]),
    "too_long": ("timed-out", None, ["ran longer than its time limit of 3 s and was stopped. Raise timeout_minutes"]),
    "timeout_too_long": ("timed-out", None, ["ran longer than its time limit of 4 s and was stopped."]),
}


class Registry(BaseHTTPRequestHandler):
    """A container registry that has nothing."""

    def do_GET(self) -> None:
        has_api = self.path.rstrip("/") == "/v2"
        body = b"{}" if has_api else json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}).encode()
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
    by.sites["impatient"] = {"site": {**by.sites["docker-shared"]["site"], "driver": "raw_exec", "placementTimeoutMinutes": 0.05}, "env": {}}
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
