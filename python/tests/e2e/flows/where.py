"""What each task knows about the place it runs in."""

import getpass
import os
import sys

from metaflow import FlowSpec, nomad, step


class WhereFlow(FlowSpec):
    @step
    def start(self):
        self.items = ["x", "y"]
        self.big = bytes(300_000)
        self.next(self.work, foreach="items")

    @nomad
    @step
    def work(self):
        print("out of", self.input)
        print("error of", self.input, file=sys.stderr)
        self.fact = {
            "item": self.input,
            "size": len(self.big),
            "python": "%d.%d" % sys.version_info[:2],
            "user": getpass.getuser() if "USER" in os.environ else os.popen("id -un").read().strip(),
            "uid": os.getuid(),
            "root": sorted(os.listdir("/")),
            "alloc": os.environ["NOMAD_ALLOC_ID"],
            "datacenter": os.environ["NOMAD_DC"],
            "sees_store": os.path.isdir(os.environ.get("STORE", "/nowhere")),
        }
        self.next(self.gather)

    @nomad
    @step
    def gather(self, inputs):
        self.facts = [one.fact for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        print("gathered", [fact["item"] for fact in self.facts])


if __name__ == "__main__":
    WhereFlow()
