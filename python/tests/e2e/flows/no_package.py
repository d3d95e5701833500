"""A step whose code package is gone before its job starts: it was unpacked for the first step that needed it."""

import os
import shutil
from pathlib import Path

from metaflow import FlowSpec, nomad, step


class NoPackageFlow(FlowSpec):
    @nomad(env={"RAISE": os.environ.get("RAISE", "")})
    @step
    def start(self):
        if os.environ["RAISE"]:
            raise ValueError("on purpose")
        self.next(self.here)

    @step
    def here(self):
        for folder in Path(os.environ["METAFLOW_DATASTORE_SYSROOT_LOCAL"], ".metaflow", ".nomad").glob("*/*/*"):
            print("removing", folder.name)
            shutil.rmtree(folder)
        self.next(self.away)

    @nomad
    @step
    def away(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    NoPackageFlow()
