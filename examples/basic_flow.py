"""
The smallest flow that runs on Nomad: one step there, the others on this machine.

    nomad agent -dev                      # in another terminal; a cluster of your own does as well
    python examples/basic_flow.py run
"""

import platform

from metaflow import FlowSpec, Parameter, nomad, step


class BasicFlow(FlowSpec):
    """Adds up squares, away from home."""

    numbers = Parameter("numbers", default=1000, help="how many squares to add up")

    @step
    def start(self):
        print(f"starting on {platform.node()}")
        self.next(self.compute)

    @nomad(cpu=500, memory=256)  # MHz, MB
    @step
    def compute(self):
        self.result = sum(i * i for i in range(self.numbers))
        print(f"computed on {platform.node()}, Python {platform.python_version()}")
        self.next(self.end)

    @step
    def end(self):
        print(f"The sum of the first {self.numbers} squares is {self.result}")


if __name__ == "__main__":
    BasicFlow()
