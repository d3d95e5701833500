"""What the scripts of tasks have in common."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple

from .exits import MARKER, NODE

FAIL = f'fail() {{ echo "{MARKER} $2" >&2; exit "$1"; }}'
TASK_DIR = 'cd "${NOMAD_TASK_DIR:-.}" && rm -rf metaflow'
# The agent's own environment reaches raw_exec tasks; this one would move the local datastore.
CLEAN = "unset METAFLOW_DATASTORE_SYSROOT_LOCAL"
# Logs are taken from Nomad: no interpreter that uploads them.
NO_FLUSH = "flush_mflogs(){ :; }"
# Nomad's collector of docker logs loses and repeats lines of a burst; its own log pipe, seen in the task, does neither.
DIRECT_LOGS = """logs="${NOMAD_ALLOC_DIR:-}/logs/.${NOMAD_TASK_NAME:-}"
if [ -p "$logs.stdout.fifo" ] && [ -w "$logs.stdout.fifo" ] && [ -w "$logs.stderr.fifo" ]; then
  exec >"$logs.stdout.fifo" 2>"$logs.stderr.fifo"
fi"""
NO_ENVIRONMENT = "the environment of the step could not be made"
PYTHON = '"$python"'


class Bootstrap(NamedTuple):
    """What Metaflow's environment (plain, @conda, @pypi, uv) wants done in the task."""

    package: list[str]
    """Commands that fetch and unpack the code package; for object stores."""
    install: str
    """The one of them that installs the datastore's client."""
    environment: list[str]
    """Commands that make the step's environment."""
    executable: str
    """Interpreter of that environment, with variables of the shell in it."""
    made: str = ""
    """Interpreter of an environment that was made where the flow is run, and has to be on the node too."""
    download: str = ""
    """What in `package` downloads the code package."""
    fetch: str = ""
    """What does so instead."""
    files: Sequence[str] = ()
    """Lines that write the files that travel with the task."""


def interpreter(pythons: list[str], why: str = "") -> list[str]:
    words = " ".join(shlex.quote(python) for python in pythons)
    missing = shlex.quote(f"there is no {' or '.join(pythons)} on this node{why}")
    return [
        f"for python in {words} ''; do command -v {PYTHON} >/dev/null 2>&1 && break; done",
        f"[ -n {PYTHON} ] || fail {NODE} {missing}",
    ]


def unquote(commands: list[str]) -> str:
    """Join commands of Metaflow's into one for a shell that stops at the first failure."""
    # In braces, because some hold a `;`, after which a failure before it would be forgotten.
    joined = " && ".join("{ " + command.rstrip("; ") + "; }" for command in commands)
    # Metaflow writes these commands for a double-quoted word; this takes that quoting off.
    return shlex.split(f'bash -c "{joined}"')[-1]


def package_exports(package: Any, metadata: str) -> dict[str, str]:
    """Return what a task exports once the package is there, as get_package_commands does."""
    found = {}
    for name, value in package.get_post_extract_env_vars(metadata, dest_dir="$(pwd)").items():
        # A colon at the end says that the value replaces what is there.
        plain = name.rstrip(":")
        found[plain] = f'"{value}"' if name.endswith(":") else f'"{value}:$(printenv {name})"'
    return found
