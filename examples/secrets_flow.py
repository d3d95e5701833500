"""
Secrets by reference: no value stands in the code, in the job, or in the run's data.

    export API_KEY=…                                          # read here, when the run starts
    nomad var put nomad/jobs db_password=…                    # read by the node
    python examples/secrets_flow.py run

More kinds of references, and Vault: docs/attributes/secrets.md.
"""

import hashlib
import os

from metaflow import FlowSpec, nomad, step


def fingerprint(secret):
    """Return what may be shown of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()[:8]


class SecretsFlow(FlowSpec):
    """Uses two secrets, and shows none."""

    @nomad(cpu=200, memory=256, secrets={"API_KEY": "env:API_KEY", "DB_PASSWORD": "nomad:nomad/jobs#db_password"})
    @step
    def start(self):
        self.seen = {name: fingerprint(os.environ[name]) for name in ("API_KEY", "DB_PASSWORD")}
        self.next(self.end)

    @step
    def end(self):
        print(f"the step had {self.seen}")


if __name__ == "__main__":
    SecretsFlow()
