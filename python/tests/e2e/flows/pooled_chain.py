"""Steps in a row: all but one are alike, and share their worker."""

import os

from metaflow import FlowSpec, current, nomad, retry, step, worker_pool


class PooledChainFlow(FlowSpec):
    @worker_pool(size=2)
    @nomad
    @step
    def start(self):
        print(current.step_name, "says so")
        self.next(self.second)

    @retry(times=1, minutes_between_retries=0)
    @worker_pool(size=2)
    @nomad
    @step
    def second(self):
        print(current.step_name, "says so")
        if current.retry_count == 0:
            os._exit(7)
        self.next(self.larger)

    @worker_pool(size=2)
    @nomad(memory=257)
    @step
    def larger(self):
        print(current.step_name, "says so")
        self.next(self.end)

    @worker_pool(size=2)
    @nomad
    @step
    def end(self):
        print(current.step_name, "says so")


if __name__ == "__main__":
    PooledChainFlow()
