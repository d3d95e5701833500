"""Shared by the unit tests: they need neither Node nor Nomad."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2]), str(HERE.parents[1])]
# No test reads the developer's own configuration.
os.environ.setdefault("METAFLOW_HOME", "/nonexistent")
os.environ.setdefault("METAFLOW_USER", "tester")

# First, as every flow does: the extension is loaded from within Metaflow.
import metaflow  # noqa: E402, F401
