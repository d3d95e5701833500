"""How a container that starts as root goes on as the submitter."""

from __future__ import annotations

import shlex

from .exits import MARKER, NODE
from .script_words import DIRECT_LOGS, FAIL, interpreter

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


def command(numbers: str, pythons: list[str], argv: list[str]) -> list[str]:
    """Command for a container that starts as root and runs `argv` as `uid:gid`.

    The submitter owns what it writes to shared storage then, and Nomad's log pipe is open all the same. (With the
    container's own user set, it is not, and docker's collector of logs loses lines of a burst.)
    """
    words = [*numbers.split(":"), *argv]
    run = f'exec "$python" -I -S -c {shlex.quote(_BECOME)} {" ".join(map(shlex.quote, words))}'
    return ["sh", "-c", "\n".join([DIRECT_LOGS, FAIL, *interpreter(pythons), run])]
