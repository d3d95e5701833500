"""Steps in an environment of their own: a package that neither the submitter nor the image has."""

import sys

from metaflow import Config, FlowSpec, nomad, step


class OwnEnvFlow(FlowSpec):
    tool = Config("tool")

    @step
    def start(self):
        self.items = ["a", "b"]
        self.next(self.work, foreach="items")

    @nomad(**tool)
    @step
    def work(self):
        import iniconfig

        self.found = [iniconfig.__file__, sys.executable]
        self.next(self.join)

    @step
    def join(self, inputs):
        self.found = [one.found for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    OwnEnvFlow()
