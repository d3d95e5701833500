"""A foreach of items that do nothing."""

from metaflow import FlowSpec, Parameter, step


class ForeachFlow(FlowSpec):
    count = Parameter("count", type=int, default=50)

    @step
    def start(self):
        self.items = list(range(self.count))
        self.next(self.work, foreach="items")

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
    ForeachFlow()
