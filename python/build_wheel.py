"""Build the wheel: `python build_wheel.py OUT_DIR [BUNDLE]`, with the bundled JavaScript inside.

It builds from a copy of the sources, so that nothing is left in the tree. pip fetches setuptools for it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUNDLE = HERE.parent / "dist" / "bundle" / "metaflow-nomad.mjs"
SOURCES = ("pyproject.toml", "README.md", "metaflow_extensions", "metaflow_nomad")
UNWANTED = shutil.ignore_patterns("__pycache__", "*.pyc", "*.mjs", "*.egg-info")


def build(out: Path, bundle: Path) -> Path:
    """Build the wheel into `out` and return its path."""
    if not bundle.is_file():
        sys.exit(f"The bundle {bundle} is not there. Run `npm run build` first.")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        _copy(Path(folder), bundle)
        command = [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--wheel-dir",
            str(out.resolve()),
            folder,
        ]
        subprocess.run(command, check=True)
    return max(out.glob("metaflow_nomad-*.whl"), key=lambda path: path.stat().st_mtime)


def _copy(target: Path, bundle: Path) -> None:
    for name in SOURCES:
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=UNWANTED)
        else:
            shutil.copy2(source, target / name)
    if (HERE.parent / "LICENSE").is_file():
        shutil.copy2(HERE.parent / "LICENSE", target / "LICENSE")
    (target / "metaflow_nomad" / "js").mkdir(exist_ok=True)
    shutil.copy2(bundle, target / "metaflow_nomad" / "js" / "metaflow-nomad.mjs")
    # The launcher itself, and what plugins import that find no npm package of that name.
    for name in ("launcher.mjs", "contracts.mjs", "testing.mjs"):
        shutil.copy2(bundle.parent / name, target / "metaflow_nomad" / "js" / name)
    # What the bundle is made of may be passed on only with its licences.
    shutil.copy2(bundle.parent / "THIRD_PARTY_LICENSES", target / "metaflow_nomad" / "js" / "THIRD_PARTY_LICENSES")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    print(build(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else BUNDLE))
