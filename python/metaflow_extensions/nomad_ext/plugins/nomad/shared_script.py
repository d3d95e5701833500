"""The script of a task on storage that node and submitter share."""

from __future__ import annotations

import shlex

from .exits import BOOTSTRAP, NODE, PACKAGE
from .script_words import (
    CLEAN,
    DIRECT_LOGS,
    FAIL,
    NO_ENVIRONMENT,
    NO_FLUSH,
    PYTHON,
    TASK_DIR,
    Bootstrap,
    interpreter,
    unquote,
)
from .step_command import StepCommand

_NOT_MADE = (
    "; on shared storage, @conda and @pypi use the environment made by the submitter: "
    "put it on storage that the node sees (MAMBA_ROOT_PREFIX), or use an object store"
)


def script(
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
        DIRECT_LOGS,
        FAIL,
        CLEAN,
        *bootstrap.files,
        *_shared_path(root),
        *(interpreter([bootstrap.made], _NOT_MADE) if bootstrap.made else interpreter(pythons)),
        f'{TASK_DIR} && mkdir metaflow && cd metaflow || fail {PACKAGE} "the task folder $(pwd) is not writable"',
        *_shared_package(root, package),
        *(f"export {name}={value}" for name, value in exports.items()),
        *_environment(bootstrap),
        *command.before,
        f"exec {bootstrap.executable if bootstrap.environment else PYTHON} -u {command.words}",
    ]
    return "\n".join(lines)


def _shared_path(root: str) -> list[str]:
    where = shlex.quote(root)
    missing = shlex.quote(f"the shared path {root} is not there on this node")
    closed = shlex.quote(f"the shared path {root} is not writable for this user: ")
    return [f"[ -d {where} ] || fail {NODE} {missing}", f'[ -w {where} ] || fail {NODE} {closed}"$(id)"']


def _shared_package(root: str, package: str) -> list[str]:
    code = shlex.quote(package)
    failed = shlex.quote(f"the code package at {package} could not be copied")
    # Metaflow looks for files beside .mf_code, so that one is a folder here, and what is in it is linked.
    copy = f"cp -R {code}/user/. . && mkdir -p .mf_code && ln -s {code}/.mf_code/* .mf_code/"
    return [f"ln -s {shlex.quote(root)} .metaflow && {copy} || fail {PACKAGE} {failed}"]


def _environment(bootstrap: Bootstrap) -> list[str]:
    if not bootstrap.environment:
        return []
    helpers = f'{NO_FLUSH}; mflog() {{ echo "$1"; }}; python() {{ command {PYTHON} "$@"; }}'
    return [helpers, f"{unquote(bootstrap.environment)} || fail {BOOTSTRAP} {shlex.quote(NO_ENVIRONMENT)}"]
