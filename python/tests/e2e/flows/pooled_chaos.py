"""Many short items on a pool that somebody takes apart meanwhile; each attempt leaves a mark, which it may leave once."""

import os
import time

from metaflow import FlowSpec, current, nomad, retry, step, worker_pool


class PooledChaosFlow(FlowSpec):
    @step
    def start(self):
        self.items = list(range(int(os.environ["COUNT"])))
        # The workers do not have the submitter's environment.
        self.marks = os.environ["MARKS"]
        self.next(self.work, foreach="items")

    @retry(times=4, minutes_between_retries=0)
    @worker_pool(size=3, max_items_per_worker=40, idle_timeout=10)
    @nomad(memory=200)
    @step
    def work(self):
        with open(f"{self.marks}/{self.input}.{current.retry_count}", "x") as file:
            file.write(f"{os.getppid()} {os.getpid()}")
        for number in range(5):
            print("line", number, flush=True)
            time.sleep(0.03)
        self.result = self.input**2
        self.next(self.join)

    @step
    def join(self, inputs):
        self.results = sorted(one.result for one in inputs)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PooledChaosFlow()
