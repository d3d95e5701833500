"""Prints a line, and the next one only when the test has seen it: the file ack-N says so."""

import os
import sys
import time

from metaflow import FlowSpec, environment, nomad, step


class LiveFlow(FlowSpec):
    @environment(vars={"ACKS": os.environ.get("ACKS", "")})
    @nomad
    @step
    def start(self):
        for number in range(4):
            print(f"live {number}", file=sys.stderr if number % 2 else sys.stdout)
            self.wait_for(f"{os.environ['ACKS']}/ack-{number}")
        sys.stdout.write("the last words have no newline")
        self.next(self.end)

    def wait_for(self, path):
        deadline = time.monotonic() + 60
        while not os.path.exists(path):
            if time.monotonic() > deadline:
                raise TimeoutError(path)
            time.sleep(0.02)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    LiveFlow()
