"""The flow that document 001 calls your_flow.py, with a step called step_name; it waits where --until says so."""

import time
from pathlib import Path

from metaflow import FlowSpec, Parameter, step


class YourFlow(FlowSpec):
    until = Parameter("until", default="")

    @step
    def start(self):
        self.items = [1, 2]
        self.next(self.step_name, foreach="items")

    @step
    def step_name(self):
        print("in step_name", flush=True)
        while self.until and not Path(self.until).exists():
            time.sleep(0.05)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    YourFlow()
