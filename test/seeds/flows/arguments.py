"""One step for each argument of the decorator, with the example that document 001 gives for it."""

import os

from metaflow import FlowSpec, nomad, resources, step


class ArgumentsFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.placed, self.sized, self.asked, self.plain)

    @nomad(
        region=os.environ.get("THE_REGION"),
        datacenters=["dc1", "east-2a"],
        constraints=[{"attribute": "${attr.kernel.name}", "operator": "=", "value": "linux"}],
    )
    @step
    def placed(self):
        self.next(self.join)

    @nomad(cpu=1000, memory=4096, disk=10240)
    @resources(cpu=2, memory=500, disk=200)
    @step
    def sized(self):
        self.next(self.join)

    @nomad
    @resources(cpu=1, memory=500, disk=200)
    @step
    def asked(self):
        self.next(self.join)

    @nomad
    @step
    def plain(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ArgumentsFlow()
