"""Many attributes at once, each looked at from inside the task. What the node must offer is in the environment."""

import os
import signal
import socket
import time
import urllib.request
from pathlib import Path

from metaflow import FlowSpec, catch, nomad, resources, step

# A task reads this file again: what it wants of this it has in its own environment.
HTTP, NOMAD = os.environ.get("HTTP_SERVER", ""), os.environ.get("NOMAD_API", "")
SHARED, VOLUME = os.environ.get("SHARED", ""), os.environ.get("VOLUME", "")
IMAGE = "metaflow-nomad-test:py311"


class AttributesFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.files, self.mounts, self.memory, self.ended)

    @nomad(
        driver="raw_exec",
        cpu=300,
        memory=256,
        disk=250,
        priority=60,
        meta={"team": "x"},
        env={"NOMAD_API": NOMAD, "DC": "${node.datacenter}", "ODD": 'a,b=c "q" ${x}'},
        affinities={"attribute": "${attr.kernel.name}", "value": "linux"},
        spreads=["${node.datacenter}"],
        secrets={"FROM_HERE": "env:ATTRIBUTES_SECRET", "FROM_NOMAD": "nomad:nomad/jobs#password"},
        artifacts=[{"source": f"{HTTP}/page.txt", "destination": "local/fetched", "mode": "file"}],
        templates=[
            {"data": 'node {{ env "node.unique.name" }}', "destination": "local/rendered"},
            {"data": 'RENDERED=in {{ env "node.datacenter" }}', "env": True},
        ],
        ports=["http"],
        services=[{"name": "attributes-flow", "port": "http", "tags": ["a,b=c"]}],
        prestart={"command": ["sh", "-c", "echo before > $NOMAD_ALLOC_DIR/before"]},
        sidecars={"command": ["sh", "-c", "echo beside > $NOMAD_ALLOC_DIR/beside; exec sleep 600"]},
        logs={"max_files": 2, "max_file_size": 5},
        raw={"task": {"Env": {"PATCHED": "yes"}}, "job": {"Meta": {"patched": "also"}}},
    )
    @step
    def files(self):
        alloc, local = Path(os.environ["NOMAD_ALLOC_DIR"]), Path(os.environ["NOMAD_TASK_DIR"])
        self.env = {name: os.environ.get(name) for name in ("DC", "ODD", "RENDERED", "PATCHED", "NOMAD_META_TEAM")}
        self.limits = os.environ["NOMAD_CPU_LIMIT"], os.environ["NOMAD_MEMORY_LIMIT"]
        self.secrets_came = len(os.environ["FROM_HERE"]), len(os.environ["FROM_NOMAD"])
        self.fetched, self.rendered = (local / "fetched").read_text(), (local / "rendered").read_text()
        self.before = (alloc / "before").read_text()
        while not (alloc / "beside").exists():
            time.sleep(0.05)
        with socket.create_server(("", int(os.environ["NOMAD_PORT_http"]))) as server:
            self.port = server.getsockname()[1]
        with urllib.request.urlopen(f"{NOMAD}/v1/service/attributes-flow") as reply:
            self.service = reply.read().decode()
        self.next(self.gather)

    @nomad(
        driver="exec",
        env={"SHARED": SHARED},
        volumes={"again": {"source": VOLUME, "destination": "/again", "read_only": True}},
        constraints=[{"attribute": "${attr.kernel.name}", "value": "linux"}],
    )
    @step
    def mounts(self):
        self.sees = os.path.samestat(os.stat("/again"), os.stat(SHARED))
        try:
            (Path("/again") / "new").touch()
            self.closed = ""
        except OSError as error:
            self.closed = error.strerror
        self.next(self.gather)

    @resources(shared_memory=96, disk=300)
    @nomad(driver="docker", image=IMAGE, network={"dns": {"servers": ["192.0.2.53"]}})
    @step
    def memory(self):
        found = os.statvfs("/dev/shm")
        self.shm = found.f_blocks * found.f_frsize
        self.resolver = Path("/etc/resolv.conf").read_text()
        self.next(self.gather)

    @catch(var="stopped")
    @nomad(driver="raw_exec", timeout_minutes=0.4, kill_signal="SIGUSR1", kill_timeout=20)
    @step
    def ended(self):
        def say(number, frame):
            time.sleep(3)  # longer than the two seconds a step has otherwise
            print("heard", signal.Signals(number).name, flush=True)
            os._exit(3)

        signal.signal(signal.SIGUSR1, say)
        time.sleep(600)
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    AttributesFlow()
