"""Prints and is gone, without flushing politely or ending in good order."""

import os
import signal

from metaflow import FlowSpec, Parameter, nomad, step


class BurstFlow(FlowSpec):
    hard = Parameter("hard", default=False)

    @nomad
    @step
    def start(self):
        lines = "".join(f"burst {number}\n" for number in range(200))
        os.write(1, lines.encode())
        os.write(2, b"the last line\n")
        if self.hard:
            os.kill(os.getpid(), signal.SIGKILL)
            b"x" * 2**32  # the first process of a container has no way to kill itself but this
        os._exit(5)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    BurstFlow()
