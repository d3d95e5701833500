"""A step with secrets, a port, and tasks around it."""

import os
from pathlib import Path

from metaflow import FlowSpec, current, nomad, step


class WiredFlow(FlowSpec):
    @nomad(
        secrets={"FROM_HERE": "env:WIRED_SECRET"},
        ports=["http"],
        identity=True,
        prestart={"command": ["sh", "-c", 'echo "$WORD" > "$NOMAD_ALLOC_DIR/word"'], "env": {"WORD": "fetched"}},
        sidecars={"name": "monitor", "command": ["sleep", "600"], "cpu": 50, "memory": 32},
        raw={"task": {"ShutdownDelay": 100_000_000}},
    )
    @step
    def start(self):
        self.secret_size = len(os.environ["FROM_HERE"])
        self.word = Path(os.environ["NOMAD_ALLOC_DIR"], "word").read_text().strip()
        self.port = int(os.environ["NOMAD_PORT_http"])
        self.has_token = bool(os.environ.get("NOMAD_TOKEN"))
        self.attempt = current.retry_count
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    WiredFlow()
