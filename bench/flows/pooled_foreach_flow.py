"""A foreach of items on a pool of four, or of as many as --size says."""

import sys
import time

from metaflow import FlowSpec, Parameter, nomad, step, worker_pool

# Decorators are made before parameters are known.
SIZE = int(sys.argv[sys.argv.index("--size") + 1]) if "--size" in sys.argv else 4


class PooledForeachFlow(FlowSpec):
    count = Parameter("count", type=int, default=50)
    size = Parameter("size", type=int, default=4)
    # What an item waits for; without it, it does nothing.
    seconds = Parameter("seconds", type=float, default=0.0)

    @step
    def start(self):
        self.items = list(range(self.count))
        self.next(self.work, foreach="items")

    @worker_pool(size=SIZE)
    @nomad
    @step
    def work(self):
        if self.seconds:
            time.sleep(self.seconds)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PooledForeachFlow()
