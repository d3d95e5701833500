"""A foreach of items that do nothing, each a job as a Metaflow backend of today makes them."""

from metaflow import FlowSpec, Parameter, step
from remote import remote


class RemoteForeachFlow(FlowSpec):
    count = Parameter("count", type=int, default=24)

    @step
    def start(self):
        self.items = list(range(self.count))
        self.next(self.work, foreach="items")

    @remote
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
    RemoteForeachFlow()
