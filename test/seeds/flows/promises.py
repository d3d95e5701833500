"""What document 000 says about retries, logs and memory, in one flow."""

import os
import sys

from metaflow import FlowSpec, catch, current, nomad, retry, step


class PromisesFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.flaky, self.greedy, self.moved)

    @retry(times=1, minutes_between_retries=0)
    @nomad
    @step
    def flaky(self):
        print("first words")
        print("last words", file=sys.stderr)
        if current.retry_count == 0:
            os._exit(9)
        self.next(self.join)

    @catch(var="oom", print_exception=False)
    @nomad(memory=64)
    @step
    def greedy(self):
        self.much = bytearray(os.urandom(1 << 20)) * 300
        self.next(self.join)

    @nomad(reschedule={"attempts": 1, "interval": "1h", "delay": "5s", "delay_function": "constant"})
    @step
    def moved(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PromisesFlow()
