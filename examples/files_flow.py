"""
Files that are there before the step starts: one that the node fetches, one that it renders.

    DATA_URL=https://example.com/data.csv python examples/files_flow.py run

The node does both, so the step's image needs neither credentials nor tools for it. A volume of the cluster would be
`volumes={"models": "/models:ro"}` (docs/attributes/storage.md), for the drivers that mount.
"""

import os
from pathlib import Path

from metaflow import FlowSpec, nomad, step

DATA_URL = os.environ.get("DATA_URL", "https://raw.githubusercontent.com/mwaskom/seaborn-data/master/iris.csv")
SETTINGS = """node = {{ env "node.unique.name" }}
datacenter = {{ env "node.datacenter" }}
"""


class FilesFlow(FlowSpec):
    """Counts the lines of a file that the step never fetched."""

    @nomad(
        cpu=200,
        memory=256,
        artifacts=[{"source": DATA_URL, "destination": "local/data.csv", "mode": "file"}],
        templates=[{"data": SETTINGS, "destination": "local/settings.ini"}],
    )
    @step
    def start(self):
        local = Path(os.environ["NOMAD_TASK_DIR"])  # what destinations below local/ become
        self.lines = len((local / "data.csv").read_text().splitlines())
        self.settings = (local / "settings.ini").read_text()
        print(self.settings)
        self.next(self.end)

    @step
    def end(self):
        print(f"{self.lines} lines of data")


if __name__ == "__main__":
    FilesFlow()
