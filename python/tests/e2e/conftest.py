"""End to end: real flows on a real agent, with the installed wheel.

`scripts/test.mjs` starts the agent and sets METAFLOW_NOMAD_E2E_ADDRESS (and METAFLOW_NOMAD_E2E_S3 for an S3 server).
"""

import os
from pathlib import Path

import pytest

FLOWS = Path(__file__).resolve().parent / "flows"


@pytest.fixture(scope="session")
def address() -> str:
    found = os.environ.get("METAFLOW_NOMAD_E2E_ADDRESS")
    if not found:
        pytest.fail(
            "METAFLOW_NOMAD_E2E_ADDRESS is not set: run these tests by `npm run test:e2e`, which starts an agent."
        )
    return found
