"""Prints and is gone, without flushing politely or ending in good order."""

import os

from metaflow import FlowSpec, nomad, step


class BurstFlow(FlowSpec):
    @nomad
    @step
    def start(self):
        lines = "".join(f"burst {number}\n" for number in range(200))
        os.write(1, lines.encode())
        os.write(2, b"the last line\n")
        os._exit(5)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    BurstFlow()
