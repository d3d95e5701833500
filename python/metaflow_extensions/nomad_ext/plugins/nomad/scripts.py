"""The shell script that a task runs. It always ends in `exec`, so that signals and exit codes are the step's own."""

from __future__ import annotations

import shlex
from typing import Any, Optional

from .step_command import StepCommand

PACKAGE, BOOTSTRAP, NODE = 120, 121, 122
MARKER = "[metaflow-nomad] bootstrap failed:"

_FAIL = f'fail() {{ echo "{MARKER} $2" >&2; exit "$1"; }}'
_TRAP = f"""what=setup code={BOOTSTRAP}
trap 'c=$?; echo "{MARKER} $what (exit code $c)" >&2; exit $code' EXIT
trap 'trap - EXIT; exit 130' INT; trap 'trap - EXIT; exit 143' TERM"""
_TASK_DIR = 'cd "${NOMAD_TASK_DIR:-.}" && rm -rf metaflow'
# The agent's own environment reaches raw_exec tasks; this one would move the local datastore.
_CLEAN = "unset METAFLOW_DATASTORE_SYSROOT_LOCAL"


def shared_script(root: str, package: str, exports: dict[str, str], pythons: list[str], command: StepCommand) -> str:
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
        Interpreters, the first that exists on the node is used.
    command : StepCommand
        The step.
    """
    where, code = shlex.quote(root), shlex.quote(package)
    names = shlex.quote(" or ".join(pythons))
    lines = [
        _FAIL,
        _CLEAN,
        f'[ -d {where} ] || fail {NODE} {shlex.quote(f"the shared path {root} is not there on this node")}',
        f'[ -w {where} ] || fail {NODE} {shlex.quote(f"the shared path {root} is not writable for this user")}" ($(id))"',
        f"for python in {' '.join(map(shlex.quote, pythons))} ''; do command -v \"$python\" >/dev/null 2>&1 && break; done",
        f'[ -n "$python" ] || fail {NODE} "there is no "{names}" on this node"',
        f'{_TASK_DIR} && mkdir metaflow && cd metaflow || fail {PACKAGE} "the task folder $(pwd) is not writable"',
        # Metaflow looks for files beside .mf_code, so that one is a folder here, and what is in it is linked.
        f"ln -s {where} .metaflow && cp -R {code}/user/. . && mkdir -p .mf_code && ln -s {code}/.mf_code/* .mf_code/"
        f' || fail {PACKAGE} {shlex.quote(f"the code package at {package} could not be copied")}',
        *(f"export {name}={value}" for name, value in exports.items()),
        *command.before,
        f'exec "$python" -u {command.words}',
    ]
    return "\n".join(lines)


def store_script(commands: list[str], install: str, bootstrap: list[str], executable: str, python: Optional[str], command: StepCommand) -> str:
    """Script for an object store, around Metaflow's own commands for package and environment.

    Parameters
    ----------
    commands, bootstrap : list of str
        `environment.get_package_commands()` and `environment.bootstrap_commands()`.
    install : str
        The one of `commands` that installs the datastore's client.
    executable : str
        Interpreter that the environment wants, possibly with variables of the shell in it.
    python : str or None
        Interpreter of the site, where it is not called `python`.
    command : StepCommand
        The step.
    """
    phases = [_phase(text, install) for text in commands] + [f"{_what(BOOTSTRAP, 'environment')} && {text}" for text in bootstrap]
    # Metaflow writes these commands for a double-quoted word; this takes that quoting off again.
    chain = shlex.split('bash -c "%s"' % " && ".join(phases))[-1]
    lines = [
        _TRAP,
        _CLEAN,
        "export MFLOG_STDOUT=/dev/null MFLOG_STDERR=/dev/null",
        *([f'python() {{ command {shlex.quote(python)} "$@"; }}'] if python and python != "python" else []),
        f"command -v {shlex.quote(python or 'python')} >/dev/null || {{ what='there is no {python or 'python'} in the image'; code={NODE}; exit 1; }}",
        f"{_TASK_DIR} && {chain} || exit",
        *command.before,
        "what='the step could not be started'",
        f"exec {executable} -u {command.words}",
    ]
    return "\n".join(lines)


def _phase(text: str, install: str) -> str:
    if text == install:
        return f"{_what(BOOTSTRAP, 'the client of the datastore could not be installed')} && {text} && {_what(PACKAGE, _NO_PACKAGE)}"
    # Logs are taken from Nomad: no interpreter that uploads them.
    return "flush_mflogs(){ :; }" if text.startswith("flush_mflogs()") else text


_NO_PACKAGE = "the code package could not be fetched and unpacked"


def _what(code: int, what: str) -> str:
    return f"code={code} && what='{what}'"


def package_exports(package: Any, metadata: str) -> dict[str, str]:
    """Return what a task exports once the package is there, as get_package_commands does."""
    found = {}
    for name, value in package.get_post_extract_env_vars(metadata, dest_dir="$(pwd)").items():
        # A colon at the end says that the value replaces what is there.
        plain = name.rstrip(":")
        found[plain] = f'"{value}"' if name.endswith(":") else f'"{value}:$(printenv {name})"'
    return found
