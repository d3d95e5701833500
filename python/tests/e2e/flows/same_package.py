"""A foreach of tasks with one code package, a join that reads them all, and many artifacts."""

from metaflow import FlowSpec, Parameter, nomad, step


class SamePackageFlow(FlowSpec):
    count = Parameter("count", type=int, default=8)

    @step
    def start(self):
        self.items = list(range(self.count))
        self.next(self.work, foreach="items")

    @nomad(memory=256)
    @step
    def work(self):
        for number in range(12):
            setattr(self, f"artifact_{number}", (self.input, number))
        self.next(self.join)

    @step
    def join(self, inputs):
        self.found = [[getattr(one, f"artifact_{number}") for number in range(12)] for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        assert self.found == [[(item, number) for number in range(12)] for item in range(self.count)]


if __name__ == "__main__":
    SamePackageFlow()
