"""Nomad agents and object stores, started by test/support/cluster/cli.mjs; they stop when its standard input ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]
NODE = ROOT / "node_modules" / ".bin" / "node"
CLI = ROOT / "test" / "support" / "cluster" / "cli.mjs"
IMAGE = "metaflow-nomad-test:py311"
CLOUD_IMAGE = f"{IMAGE}-cloud"
VOLUME = "metaflow"


class Parts:
    """What one cli.mjs runs."""

    def __init__(self, wanted: dict[str, Any]):
        self._process = subprocess.Popen(
            [str(NODE), str(CLI), json.dumps(wanted)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The parts could not be started: {wanted}. Its own words are on stderr.")
        self.facts: dict[str, Any] = json.loads(line)

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)


class Cluster:
    """A running agent and its HTTP API."""

    def __init__(self, facts: dict[str, Any], shared: Path):
        self.facts, self.shared = facts, shared
        self.address: str = facts["address"]
        self.version: str = facts["version"]
        self.nomad: str = facts["nomadBinary"]
        self.node_id: str = facts["nodeId"]

    def api(self, path: str, method: str = "GET", body: Any = None, **query: Any) -> Any:
        """Parsed body of an answer, e.g. api("/v1/jobs", meta="true"); an answer of 400 or more raises."""
        text = self.text(path, method, body, **query)
        return json.loads(text) if text else None

    def text(self, path: str, method: str = "GET", body: Any = None, **query: Any) -> str:
        """The answer as it is."""
        url = f"{self.address}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return str(reply.read().decode())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {url}: {error.code} {error.read().decode()}") from None

    def jobs(self, **meta: str) -> list[dict[str, Any]]:
        """Registered jobs, as Nomad describes them, whose meta says so: jobs(run_id="17", step_name="work")."""
        found = []
        for stub in self.api("/v1/jobs", meta="true", namespace="*"):
            has = stub.get("Meta") or {}
            if all(has.get(f"metaflow.{key}") == str(value) for key, value in meta.items()):
                found.append(self.job(stub["ID"], stub["Namespace"]))
        return sorted(found, key=lambda job: job["SubmitTime"])

    def job(self, job_id: str, namespace: str = "default") -> dict[str, Any]:
        return self.api(f"/v1/job/{urllib.parse.quote(job_id, safe='')}", namespace=namespace)

    def allocations(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        path = f"/v1/job/{urllib.parse.quote(job['ID'], safe='')}/allocations"
        return self.api(path, namespace=job["Namespace"])

    def unfinished(self) -> list[str]:
        jobs = self.api("/v1/jobs", namespace="*")
        return [job["ID"] for job in jobs if job["Status"] != "dead" and not job["Stop"]]


def start_agent(shared: Path, version: str, **options: Any) -> tuple[Parts, Cluster]:
    """An agent with raw_exec, exec, docker, and `shared` as the host volume."""
    agent = {
        "version": version,
        "exec": True,
        "docker": True,
        "hostVolumes": {VOLUME: str(shared)},
        **options,
    }
    parts = Parts({"agent": agent})
    return parts, Cluster(parts.facts["agent"], shared)


def until(what: str, check: Any, seconds: float = 30.0) -> Any:
    """Wait for a check to say something true, and return it; bounded."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what}: not within {seconds:g} s"
        time.sleep(0.05)


def say(text: str) -> None:
    """Say on the real stderr what takes long."""
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"[e2e] {text}\n".encode())
