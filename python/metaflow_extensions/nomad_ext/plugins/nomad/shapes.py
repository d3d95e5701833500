"""Checks of attributes that are dictionaries with rules of their own."""

from __future__ import annotations

import re
from typing import Any

from . import checks
from .constraints import constraints

_REFERENCE = re.compile(r"(env|file|nomad|vault):\S+")


def gpu(value: Any) -> dict[str, Any]:
    """Read a number of GPUs, or a device request with `count`, `device` and `constraints`."""
    if not isinstance(value, dict):
        return {"count": checks.whole("gpu", "", 0)(value)}
    unknown = sorted(set(value) - {"count", "device", "constraints"})
    if unknown:
        raise ValueError(f"it has no key {unknown[0]!r}. Its keys are count, device and constraints.")
    found: dict[str, Any] = {"count": checks.whole("count", "", 1)(value.get("count", 1))}
    if value.get("device") is not None:
        found["device"] = checks.text(value["device"])
    if value.get("constraints") is not None:
        found["constraints"] = constraints(value["constraints"])
    return found


def meta(value: Any) -> dict[str, str]:
    """Job meta; `metaflow.` is ours."""
    found = checks.strings(value)
    for key in found:
        if key.startswith("metaflow."):
            raise ValueError(f"{key} is set by metaflow-nomad itself. Use another name than metaflow.*.")
    return found


def env(value: Any) -> dict[str, str]:
    """Environment variables."""
    found = checks.strings(value)
    for key in found:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", key):
            raise ValueError(f"{key!r} is not a name of an environment variable. Use letters, digits and _.")
    return found


def secrets(value: Any) -> dict[str, str]:
    """Environment variables by reference. A value written out is refused here, and never shown."""
    found = env(value)
    for key, reference in found.items():
        if not _REFERENCE.fullmatch(reference):
            raise ValueError(
                f"the value of {key!r} is not a reference. Write env:NAME, file:/path, nomad:path#key or "
                "vault:path#key; a secret that stands in the flow is none."
            )
    return found
