"""Shared by the unit tests: they need neither Node nor Nomad."""

import importlib.util
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve()
if importlib.util.find_spec("metaflow_nomad") is None:
    # Not installed: the tree itself.
    sys.path[:0] = [str(HERE.parents[2])]
# No test reads the developer's own configuration.
os.environ.setdefault("METAFLOW_HOME", "/nonexistent")
os.environ.setdefault("METAFLOW_USER", "tester")

# First, as every flow does: the extension is loaded from within Metaflow.
import metaflow  # noqa: E402, F401
