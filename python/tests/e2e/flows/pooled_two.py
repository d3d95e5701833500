"""Two pools that must run at once: the items of each wait for those of the other."""

import os
import time

from metaflow import FlowSpec, nomad, step, worker_pool


def meet(folder, own, other):
    """Say that one is here, and wait for the other."""
    open(os.path.join(folder, own), "w").close()
    until = time.monotonic() + 60
    while not os.path.exists(os.path.join(folder, other)):
        if time.monotonic() > until:
            raise RuntimeError(f"{other} did not come")
        time.sleep(0.05)


class PooledTwoFlow(FlowSpec):
    @step
    def start(self):
        # The workers do not have the submitter's environment.
        self.meeting = os.environ["MEETING"]
        self.next(self.left, self.right)

    @step
    def left(self):
        self.items = [0, 1]
        self.next(self.work_left, foreach="items")

    @step
    def right(self):
        self.items = [0, 1]
        self.next(self.work_right, foreach="items")

    # More workers than there are items.
    @worker_pool(size=8)
    @nomad(cpu=100, memory=200)
    @step
    def work_left(self):
        meet(self.meeting, f"left-{self.input}", f"right-{self.input}")
        self.result = f"left {self.input}"
        self.next(self.join_left)

    @worker_pool(size=2)
    @nomad(cpu=110, memory=210)
    @step
    def work_right(self):
        meet(self.meeting, f"right-{self.input}", f"left-{self.input}")
        self.result = f"right {self.input}"
        self.next(self.join_right)

    @step
    def join_left(self, inputs):
        self.results = [one.result for one in inputs]
        self.next(self.join)

    @step
    def join_right(self, inputs):
        self.results = [one.result for one in inputs]
        self.next(self.join)

    @step
    def join(self, inputs):
        self.results = sorted(result for one in inputs for result in one.results)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PooledTwoFlow()
