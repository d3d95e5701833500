"""What each task knows about the place it runs in."""

import os
import sys

from metaflow import FlowSpec, environment, nomad, step


class WhereFlow(FlowSpec):
    @step
    def start(self):
        self.items = ["x", "y"]
        self.big = bytes(300_000)
        self.next(self.work, foreach="items")

    @environment(vars={"HOST_FILE": os.environ.get("HOST_FILE", "")})
    @nomad
    @step
    def work(self):
        print("out of", self.input)
        self.fact = {
            "item": self.input,
            "size": len(self.big),
            "python": ".".join(map(str, sys.version_info[:2])),
            "uid": os.getuid(),
            "alloc": os.environ["NOMAD_ALLOC_ID"],
            "sees_host": os.path.exists(os.environ["HOST_FILE"]),
        }
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.facts = [one.fact for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        print("gathered", [fact["item"] for fact in self.facts])


if __name__ == "__main__":
    WhereFlow()
