"""A step that sleeps for longer than its limit, on a node where nobody is left to stop it."""

import time

from metaflow import FlowSpec, nomad, step

from metaflow_extensions.nomad_ext.plugins.nomad import task_side

task_side.GRACE_SECONDS = 2  # instead of a minute


class AbandonedFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.raw)

    @nomad(timeout_minutes=0.15)
    @step
    def raw(self):
        print("sleeping raw", flush=True)
        time.sleep(600)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    AbandonedFlow()
