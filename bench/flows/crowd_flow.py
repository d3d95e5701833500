"""As many tasks at once as --crowd says, each doing nothing until all of them have done nothing for a while."""

import time

from metaflow import FlowSpec, Parameter, step


class CrowdFlow(FlowSpec):
    crowd = Parameter("crowd", type=int, default=16)
    seconds = Parameter("seconds", type=float, default=20.0)

    @step
    def start(self):
        self.items = list(range(self.crowd))
        self.next(self.wait, foreach="items")

    @step
    def wait(self):
        print("waiting", flush=True)
        time.sleep(self.seconds)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    CrowdFlow()
