"""Files of the submitter that a task's clients of stores and services read: credentials, and certificate authorities.

A variable names such a file; on a node there is no file at that path. So the content travels in a variable of its own,
and the task's script writes it where only the task sees it, and names that place instead.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_PREFIX = "METAFLOW_NOMAD_FILE_"
_SECRET = {"gs": ("GOOGLE_APPLICATION_CREDENTIALS",), "azure": ("AZURE_CLIENT_CERTIFICATE_PATH",)}
_PUBLIC = {"s3": ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")}
_SERVICES = ("REQUESTS_CA_BUNDLE",)
# As a line of Nomad's templates has 64 KiB, and a line's end takes two bytes there. A Linux variable has 128 KiB.
_LARGEST = 60_000


class CarriedFiles(NamedTuple):
    """What travels, by the variable that it travels in."""

    secret: dict[str, str]
    public: dict[str, str]
    warnings: list[str]


def read(datastore: str, metadata: str) -> CarriedFiles:
    """Read the files that tasks with this datastore and metadata need; what cannot travel is warned of."""
    services = _SERVICES if datastore != "local" or metadata == "service" else ()
    warnings: list[str] = []
    secret = _contents(_SECRET.get(datastore, ()), warnings)
    public = _contents(_PUBLIC.get(datastore, services), warnings)
    return CarriedFiles(secret, public, warnings)


def without(env: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """Return `env` without files whose variable the user gives another value."""
    return {name: value for name, value in env.items() if name.replace(_PREFIX, "", 1) not in given}


def script(names: list[str]) -> list[str]:
    """Return the shell lines that write the files; `fail` must be a function of the script."""
    carried = sorted(name[len(_PREFIX) :] for name in names if name.startswith(_PREFIX))
    if not carried:
        return []
    # Nomad keeps this folder in memory, where it can, and serves it to nobody.
    return [
        f"""for name in {" ".join(carried)}; do
  file="${{NOMAD_SECRETS_DIR:-.}}/$name"
  (umask 077 && printenv "{_PREFIX}$name" >"$file") || fail 121 "the file for $name could not be written to $file"
  export "$name=$file"
  unset "{_PREFIX}$name"
done"""
    ]


def _contents(names: tuple[str, ...], warnings: list[str]) -> dict[str, str]:
    found = {}
    for name in names:
        path = os.environ.get(name)
        if not path or Path(path).is_dir():
            continue
        try:
            content = Path(path).read_text()
        except (OSError, UnicodeDecodeError) as error:
            warnings.append(f"{name} names {path}, which cannot be sent along ({error}): tasks go without it.")
            continue
        if len(content.encode()) + content.count("\n") > _LARGEST:
            warnings.append(f"{name} names {path}, which is too large to send along: tasks use what is on their node.")
        else:
            found[_PREFIX + name] = content
    return found
