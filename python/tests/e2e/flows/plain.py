"""Two steps, none of which says where it runs."""

from metaflow import FlowSpec, step


class PlainFlow(FlowSpec):
    @step
    def start(self):
        self.value = {"answer": 42}
        print("in start")
        self.next(self.end)

    @step
    def end(self):
        print("in end", self.value["answer"])


if __name__ == "__main__":
    PlainFlow()
