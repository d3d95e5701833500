"""A foreach of items that do nothing, each a job of its own; the other steps run here."""

from metaflow import FlowSpec, Parameter, nomad, step


class NomadForeachFlow(FlowSpec):
    count = Parameter("count", type=int, default=6)

    @step
    def start(self):
        self.items = list(range(self.count))
        self.next(self.work, foreach="items")

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
    NomadForeachFlow()
