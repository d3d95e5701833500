"""
A small Metaflow flow whose work runs on Nomad: two branches, one of which fans out, joined at the end.

    python examples/demo_flow.py run                  # the decorated steps run on Nomad
    python examples/demo_flow.py run --samples 1e6    # more of it

Eight of its ten tasks are Nomad jobs; `start` and `end` stay on this machine.
"""

import math
import random
import time

from metaflow import FlowSpec, Parameter, nomad, step


class DemoFlow(FlowSpec):
    """Estimates pi by throwing darts, on several workers, and counts primes beside it."""

    samples = Parameter("samples", default=300_000.0, help="darts per worker")
    limit = Parameter("limit", default=200_000, help="count the primes below this")

    @step
    def start(self):
        self.began = time.time()
        self.next(self.aim, self.sieve)

    @nomad(cpu=200, memory=256)
    @step
    def aim(self):
        self.seeds = [11, 23, 37, 53]
        print(f"handing {self.samples:,.0f} darts to each of {len(self.seeds)} workers")
        self.next(self.throw, foreach="seeds")

    @nomad(cpu=200, memory=256)
    @step
    def throw(self):
        rng = random.Random(self.input)  # noqa: S311 - darts, not secrets
        darts = int(self.samples)
        self.hits = sum(rng.random() ** 2 + rng.random() ** 2 <= 1 for _ in range(darts))
        self.estimate = 4 * self.hits / darts
        print(f"worker with seed {self.input}: pi is about {self.estimate:.5f}")
        self.next(self.pool)

    @nomad(cpu=200, memory=256)
    @step
    def pool(self, inputs):
        self.estimates = [(task.input, task.estimate) for task in inputs]
        self.pi = sum(estimate for _, estimate in self.estimates) / len(self.estimates)
        self.merge_artifacts(inputs, include=["began"])
        self.next(self.gather)

    @nomad(cpu=200, memory=256)
    @step
    def sieve(self):
        is_prime = bytearray([1]) * self.limit
        is_prime[:2] = b"\0\0"
        for n in range(2, math.isqrt(self.limit) + 1):
            if is_prime[n]:
                is_prime[n * n :: n] = bytes(len(range(n * n, self.limit, n)))
        self.primes = sum(is_prime)
        print(f"{self.primes:,} primes below {self.limit:,}")
        self.next(self.gather)

    @nomad(cpu=200, memory=256)
    @step
    def gather(self, inputs):
        self.pi, self.estimates = inputs.pool.pi, inputs.pool.estimates
        self.primes = inputs.sieve.primes
        self.merge_artifacts(inputs, include=["began"])
        self.next(self.end)

    @step
    def end(self):
        print("worker    pi        off by")
        for name, estimate in [*self.estimates, ("all", self.pi)]:
            print(f"{name!s:<8}  {estimate:.5f}   {abs(estimate - math.pi):.5f}")
        print(f"{self.primes:,} primes below {self.limit:,} (expected about {self.limit / math.log(self.limit):,.0f})")
        print(f"done in {time.time() - self.began:.1f} s")


if __name__ == "__main__":
    DemoFlow()
