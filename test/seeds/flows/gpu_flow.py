"""The document's GPU snippet stands in the place of @nomad."""

from metaflow import FlowSpec, nomad, step


class GpuFlow(FlowSpec):
    @nomad
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    GpuFlow()
