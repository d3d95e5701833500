"""The shell script that a task runs. It always ends in `exec`, so that signals and exit codes are the step's own."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any, NamedTuple

from . import fetch
from .step_command import StepCommand

PACKAGE, BOOTSTRAP, NODE = fetch.PACKAGE, 121, fetch.NODE
MARKER = "[metaflow-nomad] bootstrap failed:"

EXIT_MEANINGS = {
    str(PACKAGE): {
        "sentence": "The code package could not be fetched or unpacked on the node.",
        "advice": "The lines above say why; check that the datastore still has it.",
        "retriable": True,
    },
    str(BOOTSTRAP): {
        "sentence": "The environment of the step could not be set up on the node.",
        "advice": "The lines above say why; an image that brings what the step needs avoids the set-up.",
        "retriable": True,
    },
    str(NODE): {
        "sentence": "The node or image lacks what every step needs.",
        "advice": "The line above names it; correct the site's python or shared path, or use another image.",
        "retriable": False,
    },
}
"""What the host tells a user of these exit codes."""

_FAIL = f'fail() {{ echo "{MARKER} $2" >&2; exit "$1"; }}'
_TRAP = f"""what=setup code={BOOTSTRAP}
trap 'c=$?; [ $c = 1 ] || what="$what (exit code $c)"; echo "{MARKER} $what" >&2; exit $code' EXIT
trap 'trap - EXIT; exit 130' INT; trap 'trap - EXIT; exit 143' TERM"""
_TASK_DIR = 'cd "${NOMAD_TASK_DIR:-.}" && rm -rf metaflow'
# The agent's own environment reaches raw_exec tasks; this one would move the local datastore.
_CLEAN = "unset METAFLOW_DATASTORE_SYSROOT_LOCAL"
# Logs are taken from Nomad: no interpreter that uploads them.
_NO_FLUSH = "flush_mflogs(){ :; }"
# Nomad's collector of docker logs loses and repeats lines of a burst; its own log pipe, seen in the task, does neither.
_DIRECT_LOGS = """logs="${NOMAD_ALLOC_DIR:-}/logs/.${NOMAD_TASK_NAME:-}"
if [ -p "$logs.stdout.fifo" ] && [ -w "$logs.stdout.fifo" ] && [ -w "$logs.stderr.fifo" ]; then
  exec >"$logs.stdout.fifo" 2>"$logs.stderr.fifo"
fi"""
_NO_CLIENT = "the client of the datastore could not be installed"
_NO_PACKAGE = "the code package could not be fetched and unpacked"
_NO_ENVIRONMENT = "the environment of the step could not be made"
_NOT_MADE = (
    "; on shared storage, @conda and @pypi use the environment made by the submitter: "
    "put it on storage that the node sees (MAMBA_ROOT_PREFIX), or use an object store"
)


# The log pipe is root's: it is opened first, and stays open for whoever the task becomes.
_BECOME = f"""import os, sys
uid, gid, *command = sys.argv[1:]
try:
    os.setgroups([]); os.setgid(int(gid)); os.setuid(int(uid))
except OSError as error:
    os.write(2, f"{MARKER} the task could not become the submitter {{uid}}:{{gid}}: {{error}}\\n".encode())
    os._exit({NODE})
if os.environ.get("HOME") == "/root":
    os.environ["HOME"] = os.environ.get("NOMAD_TASK_DIR", "/")
os.execvp(command[0], command)"""


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


def shared_script(
    root: str, package: str, exports: dict[str, str], pythons: list[str], bootstrap: Bootstrap, command: StepCommand
) -> str:
    """Script for Metaflow's local datastore on storage that the node sees.

    Parameters
    ----------
    root : str
        The datastore's root; becomes the task's `.metaflow`, so that logs, cards and the Client agree inside the task.
    package : str
        Folder of the unpacked code package: `user` is copied, what is in `.mf_code` (Metaflow itself) is linked.
    exports : dict
        Variables to export, as shell words.
    pythons : list of str
        Interpreters; the first that exists on the node is used.
    bootstrap : Bootstrap
        Only its environment and files count here.
    command : StepCommand
        The step.
    """
    lines = [
        _DIRECT_LOGS,
        _FAIL,
        _CLEAN,
        *bootstrap.files,
        *_shared_path(root),
        *(_interpreter([bootstrap.made], _NOT_MADE) if bootstrap.made else _interpreter(pythons)),
        f'{_TASK_DIR} && mkdir metaflow && cd metaflow || fail {PACKAGE} "the task folder $(pwd) is not writable"',
        *_shared_package(root, package),
        *(f"export {name}={value}" for name, value in exports.items()),
        *_environment(bootstrap),
        *command.before,
        f"exec {bootstrap.executable if bootstrap.environment else _PYTHON} -u {command.words}",
    ]
    return "\n".join(lines)


def store_script(bootstrap: Bootstrap, python: str, command: StepCommand) -> str:
    """Script for an object store, around Metaflow's own commands for package and environment.

    Parameters
    ----------
    bootstrap : Bootstrap
        Metaflow's commands.
    python : str
        Interpreter in the image.
    command : StepCommand
        The step.
    """
    phases = [_package_phase(text, bootstrap) for text in bootstrap.package]
    phases += [_what(BOOTSTRAP, _NO_ENVIRONMENT), *bootstrap.environment]
    missing = f"{_what(NODE, f'there is no {python} in the image')} && command -v {shlex.quote(python)} >/dev/null"
    lines = [
        _DIRECT_LOGS,
        *([_FAIL, *bootstrap.files] if bootstrap.files else []),
        _TRAP,
        _CLEAN,
        "export MFLOG_STDOUT=/dev/null MFLOG_STDERR=/dev/null",
        f"{missing} || exit",
        *([f'python() {{ command {shlex.quote(python)} "$@"; }}'] if python != "python" else []),
        f"{_TASK_DIR} && {unquote(phases)} || exit",
        *command.before,
        f"{_what(BOOTSTRAP, 'the step could not be started')}",
        f"exec {bootstrap.executable} -u {command.words}",
    ]
    return "\n".join(lines)


def become(numbers: str, pythons: list[str], argv: list[str]) -> list[str]:
    """Command for a container that starts as root and runs `argv` as `uid:gid`.

    The submitter owns what it writes to shared storage then, and Nomad's log pipe is open all the same. (With the
    container's own user set, it is not, and docker's collector of logs loses lines of a burst.)
    """
    words = [*numbers.split(":"), *argv]
    run = f'exec "$python" -I -S -c {shlex.quote(_BECOME)} {" ".join(map(shlex.quote, words))}'
    return ["sh", "-c", "\n".join([_DIRECT_LOGS, _FAIL, *_interpreter(pythons), run])]


_PYTHON = '"$python"'


def _shared_path(root: str) -> list[str]:
    where = shlex.quote(root)
    missing = shlex.quote(f"the shared path {root} is not there on this node")
    closed = shlex.quote(f"the shared path {root} is not writable for this user: ")
    return [f"[ -d {where} ] || fail {NODE} {missing}", f'[ -w {where} ] || fail {NODE} {closed}"$(id)"']


def _interpreter(pythons: list[str], why: str = "") -> list[str]:
    words = " ".join(shlex.quote(python) for python in pythons)
    missing = shlex.quote(f"there is no {' or '.join(pythons)} on this node{why}")
    return [
        f"for python in {words} ''; do command -v {_PYTHON} >/dev/null 2>&1 && break; done",
        f"[ -n {_PYTHON} ] || fail {NODE} {missing}",
    ]


def _shared_package(root: str, package: str) -> list[str]:
    code = shlex.quote(package)
    failed = shlex.quote(f"the code package at {package} could not be copied")
    # Metaflow looks for files beside .mf_code, so that one is a folder here, and what is in it is linked.
    copy = f"cp -R {code}/user/. . && mkdir -p .mf_code && ln -s {code}/.mf_code/* .mf_code/"
    return [f"ln -s {shlex.quote(root)} .metaflow && {copy} || fail {PACKAGE} {failed}"]


def _environment(bootstrap: Bootstrap) -> list[str]:
    if not bootstrap.environment:
        return []
    helpers = f'{_NO_FLUSH}; mflog() {{ echo "$1"; }}; python() {{ command {_PYTHON} "$@"; }}'
    return [helpers, f"{unquote(bootstrap.environment)} || fail {BOOTSTRAP} {shlex.quote(_NO_ENVIRONMENT)}"]


def _package_phase(text: str, bootstrap: Bootstrap) -> str:
    if bootstrap.download and bootstrap.download in text:
        return bootstrap.fetch
    if text == bootstrap.install:
        return f"{_what(BOOTSTRAP, _NO_CLIENT)} && {text} && {_what(PACKAGE, _NO_PACKAGE)}"
    return _NO_FLUSH if text.startswith("flush_mflogs()") else text


def _what(code: int, what: str) -> str:
    return f"code={code} && what={shlex.quote(what)}"


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
