"""A foreach of items that do nothing, on a pool of four."""

from metaflow import FlowSpec, Parameter, nomad, step, worker_pool


class PooledForeachFlow(FlowSpec):
    count = Parameter("count", type=int, default=50)

    @step
    def start(self):
        self.items = list(range(self.count))
        self.next(self.work, foreach="items")

    @worker_pool(size=4)
    @nomad
    @step
    def work(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PooledForeachFlow()
