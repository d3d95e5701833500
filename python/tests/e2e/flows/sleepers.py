"""Steps that sleep on every driver until they are told to end: by a signal, or by a file `release`.

Each leaves in MARKS what it went through: `<step>-<attempt>` holds `ran`, then `released` or `cleaned`.
"""

import os
import time
from pathlib import Path

from metaflow import FlowSpec, Parameter, catch, current, nomad, retry, step

AWAY = os.environ.get("AWAY", "raw,chroot,container").split(",")
CAUGHT = os.environ.get("CAUGHT")
ATTEMPTS = int(os.environ.get("ATTEMPTS", "1"))


def away(site):
    """Run the step on a site, with @catch and @retry where the test wants them; steps that are not wanted stay here."""

    def decorate(function):
        return decorated(nomad(site=site)(function)) if function.__name__ in AWAY else function

    return decorate


def decorated(function):
    if CAUGHT:
        function = catch(var="error", print_exception=False)(function)
    if ATTEMPTS > 1:
        function = retry(times=ATTEMPTS - 1, minutes_between_retries=0)(function)
    return function


class SleepersFlow(FlowSpec):
    marks = Parameter("marks", required=True)
    steps = Parameter("steps", default="raw,chroot,container")
    failing = Parameter("failing", default=False)

    @step
    def start(self):
        self.next(self.raw, self.chroot, self.container, self.sibling)

    @away("raw")
    @step
    def raw(self):
        self.rest()
        self.next(self.gather)

    @away("exec")
    @step
    def chroot(self):
        self.rest()
        self.next(self.gather)

    @away("docker-shared")
    @step
    def container(self):
        self.rest()
        self.next(self.gather)

    @away("raw")
    @step
    def sibling(self):
        while self.failing:
            if Path(self.marks, "fail").exists():
                os._exit(9)
            time.sleep(0.05)
        self.next(self.gather)

    def rest(self):
        if current.step_name not in self.steps.split(","):
            return
        mark = Path(self.marks, f"{current.step_name}-{current.retry_count}")
        with mark.open("a") as marks:
            print("ran", file=marks, flush=True)
            print("sleeping", current.step_name, flush=True)
            try:
                for number in range(10_000):
                    if Path(self.marks, "release").exists():
                        break
                    if Path(self.marks, "talk").exists():
                        print("line", number, flush=True)
                    time.sleep(0.05)
                print("released", file=marks, flush=True)
            except BaseException:
                print("cleaned", file=marks, flush=True)
                raise

    @step
    def gather(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        print("all rested")


if __name__ == "__main__":
    SleepersFlow()
