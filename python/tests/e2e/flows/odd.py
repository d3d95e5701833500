"""Values of every kind that must arrive byte for byte, on each driver."""

import json
import os
from pathlib import Path

from metaflow import FlowSpec, Parameter, current, environment, nomad, step

# Here where it is submitted; in a task there is no such file, and nothing of this matters.
_FILE = Path(os.environ.get("ODD", "/nowhere"))
ODD = json.loads(_FILE.read_text()) if _FILE.is_file() else {"environment": {}, "nomad": {}}


def received():
    """What came of the variables; surrogates as Python reads bytes that are no UTF-8."""
    return {name: value for name, value in os.environ.items() if name.startswith(("ENVIRONMENT_", "NOMAD_ENV_"))}


class OddFlow(FlowSpec):
    text = Parameter("text", default="")

    @step
    def start(self):
        self.next(self.raw, self.chroot, self.container)

    @environment(vars=ODD["environment"])
    @nomad(site="raw", env=ODD["nomad"])
    @step
    def raw(self):
        self.received = received()
        self.next(self.gather)

    @nomad(site="exec", env=ODD["nomad"])
    @environment(vars=ODD["environment"])
    @step
    def chroot(self):
        self.received = received()
        self.next(self.gather)

    @environment(vars=ODD["environment"])
    @nomad(site="docker-shared", env=ODD["nomad"])
    @step
    def container(self):
        self.received = received()
        self.next(self.gather)

    @nomad(site="raw")
    @step
    def gather(self, inputs):
        self.received = {one._current_step: one.received for one in inputs}
        self.tags = sorted(current.tags)
        self.user = os.environ["METAFLOW_USER"]
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    OddFlow()
