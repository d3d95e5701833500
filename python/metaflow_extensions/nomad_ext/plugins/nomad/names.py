"""Job IDs: unique for one attempt and recognisable, whatever users call their flows."""

from __future__ import annotations

import hashlib
import re

# Nomad allows a job a variable of its own (for secrets) only under such an ID, of these characters.
LONGEST = 117
_HASH = 10


def job_id(flow: str, run: str, step: str, task: str, attempt: int, user: str, host_run: str, room: int = 0) -> str:
    """Return `<flow>-<run>-<step>-<task>-<attempt>-<hash>`, at most 117 characters of [A-Za-z0-9_-], less `room`.

    The hash covers the names as they were, so that two which look alike after cleaning stay apart.
    """
    whole = "\0".join((flow, run, step, task, str(attempt), user, host_run))
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
    tail = f"{clean(run, 30)}-{clean(step, 24)}-{clean(task, 24)}-{attempt}-{digest}"
    return f"{clean(flow, LONGEST - room - len(tail) - 1)}-{tail}"


def clean(name: str, longest: int) -> str:
    """Return the name in characters that are valid in a job ID, in a file name and in a URL."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:longest] or "x"
