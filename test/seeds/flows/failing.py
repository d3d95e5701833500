"""Steps that fail at once, each for a reason of its own."""

import os

from metaflow import FlowSpec, catch, nomad, step


class FailingFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.image, self.command)

    @catch(var="error", print_exception=False)
    @nomad(image="localhost:1/no/such:1")
    @step
    def image(self):
        self.next(self.join)

    @catch(var="error", print_exception=False)
    @nomad(image=os.environ["THE_IMAGE"], driver_config={"entrypoint": ["/no/such/command"]})
    @step
    def command(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    FailingFlow()
