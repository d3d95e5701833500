"""Branch, foreach, join: every shape a run takes."""

from metaflow import FlowSpec, Parameter, current, nomad, resources, retry, step


class BranchesFlow(FlowSpec):
    width = Parameter("width", default=3)

    @nomad
    @step
    def start(self):
        print("starting", current.pathspec)
        self.next(self.left, self.right)

    @nomad(cpu=2, memory=1000, disk=500)
    @resources(cpu=1, memory=500)
    @step
    def left(self):
        self.items = list(range(self.width))
        self.next(self.work, foreach="items")

    @nomad(env={"WHO": "a $b ${c} %{d} \\ \" ' \n ü"})
    @step
    def work(self):
        import os

        self.who = os.environ["WHO"]
        self.square = self.input**2
        print("working on", self.input)
        self.next(self.gather)

    @nomad
    @step
    def gather(self, inputs):
        self.squares = [one.square for one in inputs]
        self.whos = {one.who for one in inputs}
        self.next(self.end_join)

    @retry(times=1, minutes_between_retries=0)
    @nomad
    @step
    def right(self):
        if current.retry_count == 0:
            raise ValueError("the first attempt fails")
        self.next(self.end_join)

    @step
    def end_join(self, inputs):
        self.squares = inputs.gather.squares
        self.whos = inputs.gather.whos
        self.next(self.end)

    @nomad
    @step
    def end(self):
        assert self.whos == {"a $b ${c} %{d} \\ \" ' \n ü"}, self.whos
        print("squares", self.squares)


if __name__ == "__main__":
    BranchesFlow()
