"""The script of a task that fetches its code package from an object store."""

from __future__ import annotations

import shlex

from .exits import BOOTSTRAP, MARKER, NODE, PACKAGE
from .script_words import CLEAN, DIRECT_LOGS, FAIL, NO_ENVIRONMENT, NO_FLUSH, TASK_DIR, Bootstrap, unquote
from .step_command import StepCommand

_TRAP = f"""what=setup code={BOOTSTRAP}
trap 'c=$?; [ $c = 1 ] || what="$what (exit code $c)"; echo "{MARKER} $what" >&2; exit $code' EXIT
trap 'trap - EXIT; exit 130' INT; trap 'trap - EXIT; exit 143' TERM"""
_NO_CLIENT = "the client of the datastore could not be installed"
_NO_PACKAGE = "the code package could not be fetched and unpacked"


def script(bootstrap: Bootstrap, python: str, command: StepCommand) -> str:
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
    phases += [_what(BOOTSTRAP, NO_ENVIRONMENT), *bootstrap.environment]
    missing = f"{_what(NODE, f'there is no {python} in the image')} && command -v {shlex.quote(python)} >/dev/null"
    lines = [
        DIRECT_LOGS,
        *([FAIL, *bootstrap.files] if bootstrap.files else []),
        _TRAP,
        CLEAN,
        "export MFLOG_STDOUT=/dev/null MFLOG_STDERR=/dev/null",
        f"{missing} || exit",
        *([f'python() {{ command {shlex.quote(python)} "$@"; }}'] if python != "python" else []),
        f"{TASK_DIR} && {unquote(phases)} || exit",
        *command.before,
        f"{_what(BOOTSTRAP, 'the step could not be started')}",
        f"exec {bootstrap.executable} -u {command.words}",
    ]
    return "\n".join(lines)


def _package_phase(text: str, bootstrap: Bootstrap) -> str:
    if bootstrap.download and bootstrap.download in text:
        return bootstrap.fetch
    if text == bootstrap.install:
        return f"{_what(BOOTSTRAP, _NO_CLIENT)} && {text} && {_what(PACKAGE, _NO_PACKAGE)}"
    return NO_FLUSH if text.startswith("flush_mflogs()") else text


def _what(code: int, what: str) -> str:
    return f"code={code} && what={shlex.quote(what)}"
