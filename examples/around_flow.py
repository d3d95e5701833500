"""
Tasks around a step, on its node: one prepares before it starts, one runs beside it, one cleans up after it.

    python examples/around_flow.py run

They share the folder NOMAD_ALLOC_DIR with the step. A prestart task could fetch data, a sidecar be a proxy.
"""

import os
import time
from pathlib import Path

from metaflow import FlowSpec, nomad, step

PREPARE = {"name": "prepare", "command": ["sh", "-c", 'echo 42 > "$NOMAD_ALLOC_DIR/answer"']}
# A sidecar runs until the step ends; one that ends earlier has failed.
BESIDE = {
    "name": "clock",
    "command": ["sh", "-c", 'while true; do date > "$NOMAD_ALLOC_DIR/clock"; sleep 1; done'],
    "cpu": 50,
    "memory": 32,
}
CLEAN = {"name": "clean", "command": ["sh", "-c", 'rm -f "$NOMAD_ALLOC_DIR/answer"']}


class AroundFlow(FlowSpec):
    """Reads what the tasks around the step have written."""

    @nomad(cpu=200, memory=256, prestart=PREPARE, sidecars=BESIDE, poststop=CLEAN)
    @step
    def start(self):
        shared = Path(os.environ["NOMAD_ALLOC_DIR"])
        self.answer = int((shared / "answer").read_text())
        while not (shared / "clock").exists():
            time.sleep(0.1)
        print("the clock beside says", (shared / "clock").read_text().strip())
        self.next(self.end)

    @step
    def end(self):
        print(f"prepared: {self.answer}")


if __name__ == "__main__":
    AroundFlow()
