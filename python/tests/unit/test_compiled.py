"""Compiled files that travel with an unpacked code package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import metaflow

from metaflow_extensions.nomad_ext.plugins.nomad import compiled


def package(folder: Path) -> Path:
    """Unpack what a code package has of Metaflow, as old as it makes all files."""
    source = Path(metaflow.__file__).parent
    shutil.copytree(source, folder / "metaflow", ignore=shutil.ignore_patterns("__pycache__"))
    for file in folder.rglob("*.py"):
        os.utime(file, (1_575_360_000, 1_575_360_000))
    return folder


def test_a_task_has_nothing_to_compile_but_what_differs(tmp_path: Path) -> None:
    code = package(tmp_path)
    (code / "metaflow" / "util.py").write_text("changed = 1\n")
    compiled.bring(code)
    cached = {file.name.split(".")[0] for file in (code / "metaflow" / "__pycache__").glob("*.pyc")}
    assert {"exception", "flowspec"} <= cached
    assert "util" not in cached
    # Python takes them: it says so of every file that it reads.
    done = subprocess.run(
        [sys.executable, "-v", "-c", "import metaflow"],
        env={**os.environ, "PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"matches {code}/metaflow/__init__.py" in done.stderr


def test_a_package_without_metaflow_stays_as_it_is(tmp_path: Path) -> None:
    compiled.bring(tmp_path)
    assert not list(tmp_path.iterdir())
