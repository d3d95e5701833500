"""A cluster of two nodes of which agents and nodes can die: an agent (server and client) and a second client."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from .parts import Cluster, Parts, until

# A node is lost some 3 seconds after its death, instead of 20.
_SERVER = {"heartbeat_grace": "1s", "min_heartbeat_ttl": "1s"}


class TwoNodes:
    """The agent keeps its state when it is started again; all of it lies in the agent's folder, which the part removes."""

    def __init__(self, shared: Path, version: str):
        self._parts = Parts({"agent": {"version": version, "dev": False, "server": _SERVER}})
        facts = self._parts.facts["agent"]
        self.cluster = Cluster(facts, shared)
        self._folder = Path(facts["dir"])
        self._pids = {"agent": facts["pid"]}
        self.start_second()
        self._ready = until("the second node", lambda: self._nodes().get("second") == "ready")

    def __enter__(self) -> TwoNodes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.stop()

    def start_agent(self) -> None:
        """Start the first agent, again."""
        self._start("agent", self._folder / "agent.json")
        until("a leader", self._leader, 60)

    def start_second(self) -> None:
        """Start the second node's agent, for the first time or again."""
        path = self._folder / "second.json"
        if not path.exists():
            path.write_text(json.dumps(self._second()))
        self._start("second", path)

    def kill(self, name: str) -> None:
        """End an agent as a power cut would; its tasks live on."""
        os.kill(self._pids[name], signal.SIGKILL)
        until("its end", lambda: not _runs(self._pids[name]))

    def kill_second_node(self) -> None:
        """End the second node with all that runs on it."""
        self.kill("second")
        data = str(self._folder / "second-data")
        for folder in Path("/proc").glob("[0-9]*"):
            if _belongs(folder, data):
                os.kill(int(folder.name), signal.SIGKILL)

    def eligible(self, first: bool) -> None:
        """Let the first node take tasks, or not."""
        body = {"Eligibility": "eligible" if first else "ineligible"}
        self.cluster.api(f"/v1/node/{self.cluster.node_id}/eligibility", "POST", body)

    def _start(self, name: str, config: Path) -> None:
        env = {key: value for key, value in os.environ.items() if not key.startswith("NOMAD_")}
        with (self._folder / f"{name}.log").open("a") as log:
            command = [self.cluster.nomad, "agent", "-config", str(config)]
            self._pids[name] = subprocess.Popen(command, stdout=log, stderr=log, env=env, start_new_session=True).pid

    def _second(self) -> dict[str, Any]:
        first = json.loads((self._folder / "agent.json").read_text())
        ports = dict(zip(("http", "rpc", "serf"), _free_ports(3)))
        client = {**first["client"], "servers": [f"127.0.0.1:{first['ports']['rpc']}"], "cgroup_parent": "nomad-second"}
        data = self._folder / "second-data"
        data.mkdir(mode=0o711)
        return {
            **first,
            "name": "second",
            "data_dir": str(data),
            "ports": ports,
            "client": client,
            "server": {"enabled": False},
        }

    def _nodes(self) -> dict[str, str]:
        return {node["Name"]: node["Status"] for node in self.cluster.api("/v1/nodes")}

    def _leader(self) -> bool:
        try:
            return bool(self.cluster.api("/v1/status/leader"))
        except (AssertionError, OSError):
            return False


def _runs(pid: int) -> bool:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _belongs(process: Path, folder: str) -> bool:
    try:
        return os.readlink(process / "cwd").startswith(folder) or folder in (process / "cmdline").read_text()
    except OSError:
        return False


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
