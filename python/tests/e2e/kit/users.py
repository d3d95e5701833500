"""A submitter who is not root."""

from __future__ import annotations

import os
import pwd
import re
import subprocess
from pathlib import Path

_PREFIX = "mfn-e2e-"


def create() -> pwd.struct_passwd:
    """Add an unprivileged user of this test run to the machine; without root, who runs the tests is one already."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid())
    sweep()
    name = f"{_PREFIX}{os.getpid()}"
    subprocess.run(["useradd", "--no-create-home", "--shell", "/bin/sh", name], check=True)
    return pwd.getpwnam(name)


def remove(user: pwd.struct_passwd) -> None:
    if user.pw_name.startswith(_PREFIX):
        subprocess.run(["userdel", user.pw_name], check=True, capture_output=True)


def sweep() -> None:
    """Remove the users of test runs that were killed."""
    for entry in pwd.getpwall():
        owner = re.fullmatch(rf"{_PREFIX}(\d+)", entry.pw_name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            remove(entry)
