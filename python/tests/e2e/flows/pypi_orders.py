"""@pypi above and below @nomad, switched off, and without @nomad."""

import importlib.util
import sys

from metaflow import Config, FlowSpec, nomad, pypi, step

PACKAGES = {"iniconfig": "2.0.0"}


def where():
    found = importlib.util.find_spec("iniconfig")
    return [sys.prefix, found and found.origin]


class PypiOrdersFlow(FlowSpec):
    tool = Config("tool")

    @pypi(packages=PACKAGES)
    @nomad(**tool)
    @step
    def start(self):
        self.above = where()
        self.next(self.under)

    @nomad(**tool)
    @pypi(packages=PACKAGES)
    @step
    def under(self):
        self.below = where()
        self.next(self.without)

    @nomad(**tool)
    @pypi(disabled=True)
    @step
    def without(self):
        self.off = where()
        self.next(self.end)

    @pypi(packages=PACKAGES)
    @step
    def end(self):
        self.here = where()


if __name__ == "__main__":
    PypiOrdersFlow()
