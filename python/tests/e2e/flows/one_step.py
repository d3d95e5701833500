"""One step on Nomad, with the attributes that ATTRIBUTES says (JSON), and what the test wants it to do."""

import json
import os
import time
from pathlib import Path

from metaflow import FlowSpec, Parameter, nomad, step


class OneStepFlow(FlowSpec):
    until = Parameter("until", default="")

    @nomad(**json.loads(os.environ.get("ATTRIBUTES", "{}")))
    @step
    def start(self):
        print("in start", flush=True)
        while self.until and not Path(self.until).exists():
            time.sleep(0.05)
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    OneStepFlow()
