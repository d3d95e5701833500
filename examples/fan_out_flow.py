"""
Many tasks at once, some of which fail: foreach, with retries, a time limit, and a fallback for what fails all the same.

    python examples/fan_out_flow.py run --max-workers 20

Each attempt is a Nomad job of its own. A shard that fails twice is left out of the result; the run goes on.
"""

from metaflow import FlowSpec, Parameter, catch, current, nomad, retry, step, timeout


class FanOutFlow(FlowSpec):
    """Adds up numbers in shards."""

    shards = Parameter("shards", default=6)

    @step
    def start(self):
        self.numbers = list(range(self.shards))
        self.next(self.work, foreach="numbers")

    @catch(var="failed", print_exception=False)  # what is left when every attempt has failed
    @retry(times=1, minutes_between_retries=0)
    @timeout(minutes=10)  # counted from the task's start, not while it waits for a node
    @nomad(cpu=200, memory=256)
    @step
    def work(self):
        if self.input == 1 and current.retry_count == 0:
            raise RuntimeError("this shard fails once")
        if self.input == 2:
            raise RuntimeError("this one always does")
        self.total = sum(range(self.input * 1000, (self.input + 1) * 1000))
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.total = sum(shard.total for shard in inputs if not shard.failed)
        self.left_out = [shard.input for shard in inputs if shard.failed]
        self.next(self.end)

    @step
    def end(self):
        print(f"total {self.total}, without shards {self.left_out}")


if __name__ == "__main__":
    FanOutFlow()
