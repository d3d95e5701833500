"""A flow for another backend."""

from metaflow import FlowSpec, kubernetes, step


class ElsewhereFlow(FlowSpec):
    @kubernetes
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    ElsewhereFlow()
