"""Checks of attributes that are dictionaries with rules of their own."""

from __future__ import annotations

import re
from typing import Any

from . import checks
from .constraints import constraints

_REFERENCE = re.compile(r"(env|file|nomad|vault):\S+")


# `nvidia/gpu`, `nvidia/gpu/Tesla T4`; with `:2`, two of it.
_DEVICE = re.compile(r"(?P<device>[^/\s:]+/[^/\s:]+(?:/[^:]*[^:\s])?)(?::(?P<count>[0-9]+))?\Z")


def gpu(value: Any) -> dict[str, Any]:
    """Read a number of GPUs, a device such as `nvidia/gpu/H100:2`, or a request by its parts."""
    if isinstance(value, str) and "/" in value:
        named = _DEVICE.match(value)
        if named is None:
            raise ValueError(
                f"{value!r} is no device. Write it like nvidia/gpu, or nvidia/gpu/H100:2 for two of that model."
            )
        return {"count": checks.whole("count", "", 1)(named["count"] or 1), "device": named["device"]}
    if not isinstance(value, dict):
        return {"count": checks.whole("gpu", "", 0)(value)}
    unknown = sorted(set(value) - {"count", "device", "constraints", "affinities"})
    if unknown:
        raise ValueError(f"it has no key {unknown[0]!r}. Its keys are count, device, constraints and affinities.")
    found: dict[str, Any] = {"count": checks.whole("count", "", 1)(value.get("count", 1))}
    if value.get("device") is not None:
        found["device"] = checks.text(value["device"])
    if value.get("constraints") is not None:
        found["constraints"] = constraints(value["constraints"])
    if value.get("affinities") is not None:
        found["affinities"] = _affinities(value["affinities"])
    return found


def _affinities(value: Any) -> list[dict[str, Any]]:
    """Read preferences: constraints, each with a `weight` (default 50)."""
    listed = value if isinstance(value, (list, tuple)) else [value]
    if not all(isinstance(one, dict) for one in listed):
        raise ValueError(
            'an affinity is a dictionary, e.g. {"attribute": "${device.model}", "value": "H100", "weight": 80}.'
        )
    weights = [checks.whole("weight", "", -100, 100)(one.get("weight", one.get("Weight", 50))) for one in listed]
    plain = [{key: item for key, item in one.items() if key.lower() != "weight"} for one in listed]
    return [{**one, "Weight": weight} for one, weight in zip(constraints(plain), weights)]


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
