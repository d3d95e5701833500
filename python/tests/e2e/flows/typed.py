"""Every attribute of @nomad in the forms the documentation shows; a type checker must find nothing to say."""

from metaflow import FlowSpec, nomad, step


class TypedFlow(FlowSpec):
    @nomad
    @step
    def start(self):
        self.next(self.place)

    @nomad(
        datacenters=["dc1"],
        region="global",
        namespace="default",
        node_pool="default",
        priority=50,
        constraints=[{"attribute": "${attr.kernel.name}", "operator": "=", "value": "linux"}],
        affinities=[{"attribute": "${node.class}", "value": "fast", "weight": 80}],
        spreads=["${node.datacenter}", {"attribute": "${meta.rack}", "targets": {"r1": 70}}],
        timeout_minutes=0.5,
        address="http://127.0.0.1:4646",
        token="env:TOKEN",
        site="lab",
    )
    @step
    def place(self):
        self.next(self.task)

    @nomad(
        image="python:3.12",
        driver="docker",
        driver_config={"privileged": True},
        cpu=500,
        cores=1,
        memory=512,
        memory_max=1024,
        disk=300,
        gpu={"count": 1, "device": "nvidia/gpu"},
        shared_memory=64,
        user="me",
        datacenter="dc1",
        env={"A": "b", "N": 1},
        secrets={"KEY": "env:KEY"},
        meta={"team": "x"},
        volumes={"data": "/data:ro", "out": {"source": "o", "destination": "/out"}},
        artifacts=["https://example.com/x"],
        templates=[{"data": "x", "destination": "local/x"}],
        logs={"max_files": 2},
    )
    @step
    def task(self):
        self.next(self.around)

    @nomad(
        gpu=1,
        vault="role",
        consul=True,
        identity=[{"name": "a", "aud": ["b"]}],
        network="bridge",
        ports={"http": {"to": 8080}},
        services=[{"name": "web", "port": "http"}],
        kill_timeout=5,
        kill_signal="SIGTERM",
        max_run_duration="2h",
        prestart={"command": ["true"]},
        poststart=[{"command": ["true"]}],
        poststop={"command": ["true"]},
        sidecars=[{"command": ["sleep", "1"]}],
        restart=1,
        reschedule={"attempts": 1},
        disconnect={"lost_after": "1h"},
        raw={"task": {"KillSignal": None}},
    )
    @step
    def around(self):
        self.next(self.end)

    @nomad(vault=True, ports=["http"], kill_timeout="90s", artifacts={"source": "https://example.com/x"})
    @step
    def end(self):
        pass


if __name__ == "__main__":
    TypedFlow()
