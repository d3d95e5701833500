"""A flow whose step ends in the way that MODE says."""

import os
import signal
import sys
import time

from metaflow import FlowSpec, catch, environment, nomad, retry, step

MODE = os.environ.get("MODE", "fine")


class EndingsFlow(FlowSpec):
    @step
    def start(self):
        self.items = [0, 1]
        self.next(self.work, foreach="items")

    @environment(vars={"MODE": MODE, "MARKS": os.environ.get("MARKS", "/tmp"), "ABOVE": "x${y}"})
    @catch(var="error", print_exception=False)
    @retry(times=1, minutes_between_retries=0.01)
    @nomad
    @step
    def work(self):
        assert os.environ["ABOVE"] == "x${y}"
        if MODE == "sleep":
            signal.signal(signal.SIGTERM, self.note)
            print("sleeping", flush=True)
            time.sleep(600)
        if MODE == "exit" and self.input:
            os._exit(7)
        if MODE == "segfault" and self.input:
            os.kill(os.getpid(), signal.SIGSEGV)
        self.next(self.gather)

    def note(self, *_):
        open(f"{os.environ['MARKS']}/signal-{self.input}", "w").close()
        sys.exit(3)

    @step
    def gather(self, inputs):
        print("caught", sum(1 for one in inputs if one.error))
        if "ODD" in os.environ:
            print(repr(os.environ["ODD"]), repr(os.environ["T"]))
        if MODE == "fail-late":
            raise ValueError("late")
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    EndingsFlow()
