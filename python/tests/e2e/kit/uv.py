"""uv and a project of its: the packages are downloaded once, tasks get them from uv's cache, without a network."""

from __future__ import annotations

import os
import shutil
import tempfile

from . import wheel

_PYPROJECT = """
[project]
name = "steps"
version = "0"
requires-python = ">=3.9"
dependencies = ["iniconfig==2.0.0"]
"""
# The bootstrap adds what Metaflow itself needs for the datastore.
_NEEDED = ["iniconfig==2.0.0", "requests", "boto3"]
_IMAGE_PYTHON = "3.11"


class Uv:
    """The binary, its cache, and the two files that Metaflow looks for beside or above the flow."""

    def __init__(self) -> None:
        python = wheel.public_python()
        self.binary = wheel.environment(python, ["uv==0.13.8"]) / "bin" / "uv"
        self.folder = wheel.cache() / "uv-0.13.8-project"
        self.cache = self.folder / "cache"
        self.env = {"UV_CACHE_DIR": str(self.cache), "UV_OFFLINE": "1", "UV_PYTHON_DOWNLOADS": "never"}
        versions = {_IMAGE_PYTHON, wheel.minor(python)}
        with wheel.lock():
            if not (self.folder / f".ready-{'-'.join(sorted(versions))}").exists():
                self._download(versions)

    def project(self) -> dict[str, str]:
        """Names and texts of the project's files."""
        return {name: (self.folder / name).read_text() for name in ("pyproject.toml", "uv.lock")}

    def _download(self, versions: set[str]) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "pyproject.toml").write_text(_PYPROJECT)
        env = {**os.environ, "UV_CACHE_DIR": str(self.cache)}
        wheel.run([self.binary, "lock", "--project", self.folder], "uv lock", env=env)
        for version in versions:
            target = tempfile.mkdtemp()
            words = ["pip", "install", "-q", "--target", target, "--python-version", version, "--only-binary", ":all:"]
            wheel.run([self.binary, *words, *_NEEDED], "the download for uv", env=env)
            shutil.rmtree(target)
        (self.folder / f".ready-{'-'.join(sorted(versions))}").touch()
