"""A package index on this machine, filled once from PyPI, and a stand-in for micromamba beside it."""

from __future__ import annotations

import functools
import http.server
import re
import shutil
import sys
import threading
from pathlib import Path

from . import wheel

# The last two are what Metaflow adds for the datastore.
_PACKAGES = ["pip", "iniconfig==2.0.0", "requests", "boto3"]


class Index:
    """Wheels at `url`, for interpreters of these versions."""

    def __init__(self, versions: set[str]):
        self.folder = wheel.cache() / "simple"
        with wheel.lock():
            for version in versions:
                self._fill(version)
        handler = functools.partial(_Quiet, directory=str(self.folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def micromamba(self, folder: Path) -> Path:
        """The stand-in, in a folder of its own with the pip that it gives to its environments."""
        folder.mkdir()
        shutil.copy(next(self.folder.glob("pip/pip-*.whl")), folder / "pip.whl")
        return Path(shutil.copy(Path(__file__).with_name("micromamba"), folder))

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _fill(self, version: str) -> None:
        ready = self.folder / f".ready-{version}"
        if ready.exists():
            return
        work = self.folder / ".work"
        words = ["-m", "pip", "download", "-q", "-d", work, "--only-binary=:all:", "--python-version", version]
        wheel.run([sys.executable, *words, *_PACKAGES], "the download of packages")
        for path in work.glob("*.whl"):
            name = re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower()
            (self.folder / name).mkdir(exist_ok=True)
            path.rename(self.folder / name / path.name)
        work.rmdir()
        ready.touch()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
