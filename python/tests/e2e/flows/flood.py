"""Much output: many lines, one long line, many characters of several bytes, and a task that is over at once."""

import sys

from metaflow import FlowSpec, nomad, step


class FloodFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.many, self.long, self.wide)

    @nomad
    @step
    def many(self):
        sys.stdout.write("".join(f"many {number}\n" for number in range(100_000)))
        self.next(self.join)

    @nomad
    @step
    def long(self):
        print("<" + "0123456789abcdef" * 65_536 + ">")
        print("after the long line")
        self.next(self.join)

    @nomad
    @step
    def wide(self):
        # One, two, three and four bytes: wherever a frame ends, it cuts a character sooner or later.
        for number in range(3_000):
            print(f"wide {number} " + "aé€😀" * (number % 23))
            print(f"wrong {number} é", file=sys.stderr)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    FloodFlow()
