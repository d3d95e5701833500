"""Every way in which a step can end, side by side. What each needs of its surroundings is in the environment."""

import os
import signal
import time

from metaflow import FlowSpec, catch, nomad, retry, step, timeout

REGISTRY = os.environ.get("REGISTRY", "127.0.0.1:1")
IMAGE = "metaflow-nomad-test:py311"


def caught(function):
    """Let the run go on, so that all of them can be seen in one."""
    return catch(var="error", print_exception=False)(function)


def fill_memory():
    hog = []
    while True:
        hog.append(bytearray(8 << 20))


class AllEndingsFlow(FlowSpec):
    @step
    def start(self):
        self.next(
            self.code, self.own_code, self.sigkill, self.segv, self.docker_memory, self.exec_memory, self.no_image,
            self.no_registry, self.no_driver, self.no_room, self.no_match, self.no_python, self.bad_option,
            self.too_long, self.timeout_too_long,
        )  # fmt: skip

    @caught
    @nomad
    @step
    def own_code(self):
        os._exit(120)  # what the script before the step uses, too
        self.next(self.gather)

    @caught
    @nomad
    @step
    def code(self):
        os._exit(7)
        self.next(self.gather)

    @caught
    @nomad
    @step
    def sigkill(self):
        os.kill(os.getpid(), signal.SIGKILL)
        self.next(self.gather)

    @caught
    @nomad
    @step
    def segv(self):
        os.kill(os.getpid(), signal.SIGSEGV)
        self.next(self.gather)

    @caught
    @nomad(site="docker-shared", memory=150)
    @step
    def docker_memory(self):
        fill_memory()
        self.next(self.gather)

    @caught
    @nomad(site="exec", memory=150)
    @step
    def exec_memory(self):
        fill_memory()
        self.next(self.gather)

    @caught
    @retry(times=2, minutes_between_retries=1)
    @nomad(site="docker-shared", image=f"{REGISTRY}/team/nothing:1")
    @step
    def no_image(self):
        self.next(self.gather)

    @caught
    @nomad(site="docker-shared", image="127.0.0.1:1/team/nothing:1")
    @step
    def no_registry(self):
        self.next(self.gather)

    @caught
    @retry(times=1, minutes_between_retries=1)
    @nomad(site="impatient", driver="podman")
    @step
    def no_driver(self):
        self.next(self.gather)

    @caught
    @nomad(site="impatient", memory=900000)
    @step
    def no_room(self):
        self.next(self.gather)

    @caught
    @nomad(site="impatient", constraints={"attribute": "${attr.kernel.name}", "value": "plan9"})
    @step
    def no_match(self):
        self.next(self.gather)

    @caught
    @retry(times=1, minutes_between_retries=1)
    @nomad(site="pythonless")
    @step
    def no_python(self):
        self.next(self.gather)

    @caught
    @nomad(driver_config={"flavour": "plain"})
    @step
    def bad_option(self):
        self.next(self.gather)

    @caught
    @nomad(timeout_minutes=0.05)
    @step
    def too_long(self):
        time.sleep(600)
        self.next(self.gather)

    @caught
    @timeout(seconds=4)
    @nomad(timeout_minutes=0.05)
    @step
    def timeout_too_long(self):
        # As code does that never lets Python hear a signal.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        time.sleep(600)
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.caught = [bool(one.error) for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    AllEndingsFlow()
