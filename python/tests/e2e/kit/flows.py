"""Running flows: as which submitter, on which site, with what around them."""

from __future__ import annotations

import itertools
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable

FLOWS = Path(__file__).resolve().parents[1] / "flows"
_SECONDS = 180.0
_TERMINAL = (sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])")
_TOOLS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Submitter:
    """One who submits: a Unix user (None: who runs the tests) with a home, a store and a folder for flows."""

    _numbers = itertools.count(1)

    def __init__(self, python: Path, shared: Path, user: pwd.struct_passwd | None, sites: dict[str, Any]):
        self.python, self.user, self.sites = python, user, sites
        self.name = user.pw_name if user else "tester"
        self.place = shared / f"{next(self._numbers)}-{self.name}"
        self.home, self.flows, self.tmp = self.place / "home", self.place / "flows", self.place / "t"
        self._started: list[FlowProcess] = []
        for folder in (self.place, self.home, self.flows, self.tmp):
            folder.mkdir()
            self.give(folder)

    @property
    def store(self) -> Path:
        """Root of Metaflow's local datastore."""
        return self.place / ".metaflow"

    def give(self, path: Path) -> Path:
        if self.user and os.getuid() == 0:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        return path

    def write(self, name: str, text: str) -> Path:
        """Write a file of the submitter's, beside the flows."""
        path = self.flows / name
        path.write_text(text)
        return self.give(path)

    def env(self, site: str, extra: dict[str, str | None] | None = None) -> dict[str, str]:
        """All that a flow or the Client has in its environment; None in `extra` takes a variable away."""
        defaults = {
            "PATH": f"{self.python.parent}:{_TOOLS}",
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self.tmp),
            "METAFLOW_CLIENT_CACHE_PATH": str(self.place / "cache"),
            "METAFLOW_USER": self.name,
            "METAFLOW_DEFAULT_DATASTORE": "local",
            "METAFLOW_DEFAULT_METADATA": "local",
            "METAFLOW_DATASTORE_SYSROOT_LOCAL": str(self.place),
            "METAFLOW_NOMAD_CONFIG": str(self.config(site)),
            **self.sites[site]["env"],
        }
        return {name: value for name, value in {**defaults, **(extra or {})}.items() if value is not None}

    def config(self, site: str) -> Path:
        """The site file, with this site as the default."""
        sites = {name: described["site"] for name, described in self.sites.items()}
        return self.write(f"nomad-{site}.json", json.dumps({"defaultSite": site, "sites": sites}))

    def start(
        self,
        flow: str | Path,
        *args: str,
        site: str = "raw",
        env: dict[str, str | None] | None = None,
        terminal: bool = False,
    ) -> FlowProcess:
        """Start `python FLOW ARGS…`; a name is one of tests/e2e/flows. In a terminal, the process is what holds that."""
        source = Path(flow) if "/" in str(flow) else FLOWS / f"{flow}.py"
        target = self.flows / source.name
        if source != target and not (target.exists() and target.read_bytes() == source.read_bytes()):
            # Not over one that a flow started just now may be about to read: it would find half of it, or nothing.
            self.give(Path(shutil.copyfile(source, target.with_suffix(".new")))).rename(target)
        id_file = self.flows / f"run-id-{next(self._numbers)}"
        ids = ["--run-id-file", str(id_file)] if {"run", "resume"} & set(args) else []
        command = [*(_TERMINAL if terminal else ()), str(self.python), target.name, *args, *ids]
        self._started.append(FlowProcess(self, command, self.env(site, env), id_file))
        return self._started[-1]

    def end_all(self) -> None:
        """End what a failed test left running, lest the next ones stumble over it."""
        for flow in self._started:
            if flow.process.poll() is None:
                flow.signal(signal.SIGTERM)
                flow.wait(20)

    def run(
        self,
        flow: str | Path,
        *args: str,
        site: str = "raw",
        env: dict[str, str | None] | None = None,
        seconds: float = _SECONDS,
    ) -> Result:
        return self.start(flow, *(args or ("run",)), site=site, env=env).wait(seconds)

    def client(self, snippet: str, site: str = "raw", env: dict[str, str | None] | None = None) -> Any:
        """Run Python in the installed environment, and return what it puts into `answer` (as JSON)."""
        program = (
            f"import json\nfrom metaflow import *\nnamespace(None)\n{snippet}\nprint('ANSWER' + json.dumps(answer))"
        )
        done = self.popen([str(self.python), "-c", program], self.env(site, env))
        out, err = done.communicate(timeout=_SECONDS)
        assert done.returncode == 0, f"the snippet failed:\n{snippet}\n{err}"
        return json.loads(out.rpartition("ANSWER")[2])

    def popen(self, command: list[str], env: dict[str, str], **options: Any) -> subprocess.Popen[str]:
        """A process of the submitter's, in the folder of the flows."""
        if self.user and os.getuid() == 0:
            options.update(user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[])
        return subprocess.Popen(
            command,
            cwd=self.flows,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="surrogateescape",
            start_new_session=True,
            umask=0o022,
            **options,
        )


class Result:
    """How a flow's command ended."""

    def __init__(self, by: Submitter, code: int, stdout: str, stderr: str, seconds: float, run_id: str):
        self.by, self.code, self.stdout, self.stderr = by, code, stdout, stderr
        self.seconds, self.run_id = seconds, run_id

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def ok(self) -> Result:
        """The same, once it is clear that the command succeeded."""
        assert self.code == 0, f"exit code {self.code}\n{self.output[-8000:]}"
        return self

    def failed(self) -> Result:
        assert self.code != 0, f"it succeeded\n{self.output[-8000:]}"
        return self

    def lines(self, step: str | None = None) -> list[str]:
        """What tasks (of a step) printed, without Metaflow's time and pathspec before it."""
        found = []
        for line in self.output.splitlines():
            match = re.match(r"\S+ \S+ \[[^/\]]+/([^/\]]+)/[^\]]*\] (.*)", line)
            if match and step in (None, match[1]):
                found.append(match[2])
        return found


class FlowProcess:
    """A flow's command while it runs. Its output is taken in all the time."""

    def __init__(self, by: Submitter, command: list[str], env: dict[str, str], id_file: Path):
        self.by, self._id_file, self._began = by, id_file, time.monotonic()
        self.process = by.popen(command, env)
        self._changed = threading.Condition()
        self._lines: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._readers = [
            threading.Thread(target=self._read, args=(name, getattr(self.process, name)), daemon=True)
            for name in self._lines
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def run_id(self) -> str:
        return self._id_file.read_text().strip() if self._id_file.exists() else ""

    def text(self, stream: str | None = None) -> str:
        with self._changed:
            return "".join(itertools.chain(*(lines for name, lines in self._lines.items() if stream in (None, name))))

    def until(self, what: str | Callable[[str], Any], seconds: float = 60.0) -> str:
        """Wait until the output so far contains a text, or a check of it says yes; returns the output."""
        check = what if callable(what) else lambda text: what in text
        deadline = time.monotonic() + seconds
        while not check(self.text()):
            assert self.process.poll() is None or any(reader.is_alive() for reader in self._readers), (
                f"the flow ended ({self.process.poll()}) without {what!r}:\n{self.text()[-8000:]}"
            )
            assert time.monotonic() < deadline, f"no {what!r} within {seconds:g} s:\n{self.text()[-8000:]}"
            with self._changed:
                self._changed.wait(0.2)
        return self.text()

    def signal(self, number: int, group: bool = False) -> None:
        """Send a signal to the runtime; or to its whole process group, as a terminal's Ctrl-C does."""
        (os.killpg if group else os.kill)(self.process.pid, number)

    def wait(self, seconds: float = _SECONDS) -> Result:
        """Wait for the end; a flow that does not end in time is killed, and the test fails."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            raise AssertionError(f"the flow did not end within {seconds:g} s:\n{self.text()[-8000:]}") from None
        for reader in self._readers:
            reader.join(30)
        seconds_taken = time.monotonic() - self._began
        return Result(self.by, code, self.text("stdout"), self.text("stderr"), seconds_taken, self.run_id)

    def _read(self, name: str, pipe: Any) -> None:
        for line in pipe:
            with self._changed:
                self._lines[name].append(line)
                self._changed.notify_all()
        pipe.close()
