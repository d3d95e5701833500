"""On an object store: a foreach, artifacts, output, and what the task sees of the files that travelled with it."""

import os
import stat
from pathlib import Path

from metaflow import FlowSpec, nomad, step

FILES = ("GOOGLE_APPLICATION_CREDENTIALS", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE")


class StoresFlow(FlowSpec):
    @step
    def start(self):
        self.items = ["x", "y"]
        self.big = bytes(300_000)
        self.next(self.work, foreach="items")

    @nomad
    @step
    def work(self):
        print("out of", self.input)
        files = {name: Path(os.environ[name]) for name in FILES if name in os.environ}
        self.fact = {
            "item": self.input,
            "size": len(self.big),
            "alloc": os.environ["NOMAD_ALLOC_ID"],
            "files": {name: [str(path.parent), stat.S_IMODE(path.stat().st_mode)] for name, path in files.items()},
            "left": [name for name in os.environ if name.startswith("METAFLOW_NOMAD_FILE_")],
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
    StoresFlow()
