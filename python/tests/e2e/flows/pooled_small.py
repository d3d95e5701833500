"""Items of a pool that tell on which worker they ran, and may end it."""

import os
import signal
import time

from metaflow import FlowSpec, current, nomad, retry, step, worker_pool


class PooledSmallFlow(FlowSpec):
    @step
    def start(self):
        self.items = list(range(int(os.environ.get("COUNT", "6"))))
        # The workers do not have the submitter's environment.
        self.ends_worker = [int(item) for item in os.environ.get("ENDS_WORKER", "").split(",") if item]
        self.eats = [int(item) for item in os.environ.get("EATS", "").split(",") if item]
        self.gate = os.environ.get("GATE", "")
        self.seconds = float(os.environ.get("SECONDS", "0"))
        self.next(self.work, foreach="items")

    @retry(times=2, minutes_between_retries=0)
    @worker_pool(
        size=os.environ.get("SIZE", "2"), max_items_per_worker=int(os.environ.get("MOST", "100")), idle_timeout=10
    )
    @nomad
    @step
    def work(self):
        self.worker, self.tries, self.pid = os.getppid(), current.retry_count, os.getpid()
        print("item", self.input, "begins", flush=True)
        if self.input in self.ends_worker and current.retry_count == 0:
            os.kill(os.getppid(), signal.SIGKILL)
        if self.input in self.eats and current.retry_count == 0:
            # More than a worker has: of 300 MB it is the only one that grows.
            print(len(b"x" * (900 << 20)))
        if self.input == 1 and os.path.exists(self.gate):
            raise RuntimeError("as asked")
        time.sleep(self.seconds)
        self.result = self.input * 10
        self.next(self.inner, foreach="pair")

    pair = (1, 2)

    @worker_pool(size=1)
    @nomad
    @step
    def inner(self):
        self.result = self.result + self.input
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.results = sorted(one.result for one in inputs)
        self.merge_artifacts(inputs, include=["worker", "tries"])
        self.next(self.join)

    @step
    def join(self, inputs):
        if os.environ.get("ENDS_JOIN"):
            raise RuntimeError("as asked")
        self.results = sorted(number for one in inputs for number in one.results)
        self.workers = len({one.worker for one in inputs})
        self.tries = sorted(one.tries for one in inputs)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PooledSmallFlow()
