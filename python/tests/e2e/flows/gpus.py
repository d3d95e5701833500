"""Steps on GPUs, asked for in three ways; each keeps the variable by which it sees its devices."""

import os
import time
from pathlib import Path

from metaflow import FlowSpec, Parameter, nomad, resources, step


def visible():
    return {name: value for name, value in os.environ.items() if name.endswith("_VISIBLE_DEVICES")}


class GpusFlow(FlowSpec):
    hold = Parameter("hold", default="/", help="a file that those who contend for a device wait for")

    @resources(gpu=1)
    @step
    def start(self):
        self.one = visible()
        self.next(self.pair)

    @nomad(gpu=os.environ.get("PAIR", "nvidia/gpu/H100:2"))
    @step
    def pair(self):
        self.two = visible()
        self.turns = [0, 1]
        self.next(self.contended, foreach="turns")

    @nomad(gpu={"count": 1, "device": "amd/gpu"})
    @step
    def contended(self):
        print("has", visible()["AMD_VISIBLE_DEVICES"], flush=True)
        while not Path(self.hold).exists():
            time.sleep(0.05)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.merge_artifacts(inputs, include=["one", "two"])
        self.next(self.end)

    @step
    def end(self):
        self.none = visible()


if __name__ == "__main__":
    GpusFlow()
