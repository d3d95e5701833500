"""Fails in its second step until the file MARK is there."""

import os
import sys

from metaflow import FlowSpec, environment, nomad, step


class FragileFlow(FlowSpec):
    @nomad
    @step
    def start(self):
        print("start says\nthis")
        print("and this as an error", file=sys.stderr)
        self.value = os.urandom(8).hex()
        self.next(self.work)

    @environment(vars={"MARK": os.environ.get("MARK", "")})
    @nomad
    @step
    def work(self):
        if not os.path.exists(os.environ["MARK"]):
            raise RuntimeError("the mark is not there")
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    FragileFlow()
