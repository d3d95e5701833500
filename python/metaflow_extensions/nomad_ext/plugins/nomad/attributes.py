"""What `@nomad` takes, and what each attribute must look like."""

from __future__ import annotations

import difflib
import re
from typing import Any

from . import checks
from .constraints import constraints
from .exceptions import NomadException


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


CHECKS: dict[str, checks.Check] = {
    "image": checks.image,
    "driver": checks.text,
    "driver_config": checks.mapping,
    "cpu": checks.whole("cpu", "MHz", 1),
    "cores": checks.whole("cores", "cores", 1),
    "memory": checks.whole("memory", "MB", 10),
    "memory_max": checks.whole("memory_max", "MB", 10),
    "disk": checks.whole("disk", "MB", 10),
    "gpu": gpu,
    "datacenter": checks.text,
    "datacenters": checks.texts,
    "region": checks.text,
    "namespace": checks.text,
    "node_pool": checks.text,
    "priority": checks.whole("priority", "", 1, 100),
    "constraints": constraints,
    "env": env,
    "secrets": checks.strings,
    "meta": meta,
    "user": checks.text,
    "timeout_minutes": checks.minutes,
    "address": checks.address,
    "token": checks.token,
    "site": checks.text,
}
# Blocks of Nomad's job specification. The launch host reads and checks them (src/plugins, one file each).
BLOCKS = (
    "affinities", "spreads", "volumes", "artifacts", "templates", "vault", "consul", "identity", "network", "ports",
    "services", "logs", "kill_timeout", "kill_signal", "max_run_duration", "prestart", "poststart", "poststop",
    "sidecars", "restart", "reschedule", "disconnect", "shared_memory", "raw",
)  # fmt: skip
CHECKS.update(dict.fromkeys(BLOCKS, checks.plain))
_EXCLUDE = (
    ("cpu", "cores", "cpu is a share in MHz, cores are whole reserved cores. Give one of the two."),
    ("datacenter", "datacenters", "Give one of the two."),
    ("site", "address", "A site has its own address. Give one of the two."),
    ("site", "token", "A site has its own token. Give one of the two."),
)


def unknown_attribute(name: str) -> NomadException:
    """Return the error for an attribute that `@nomad` does not have."""
    near = difflib.get_close_matches(name.lower().replace("-", "_"), CHECKS, n=1, cutoff=0.6)
    meant = f"Did you mean {near[0]}? " if near else ""
    return NomadException(f"@nomad has no attribute {name!r}.", f"{meant}It takes: {', '.join(CHECKS)}.")


def check_attributes(step: str, given: dict[str, Any]) -> dict[str, Any]:
    """Check every attribute that has a value, and how they go together.

    Parameters
    ----------
    step : str
        Name of the step, for the messages.
    given : dict
        The attributes as the user wrote them; None stands for not given.

    Returns
    -------
    dict
        The attributes that have a value, in the form a launch request wants.
    """
    found = {name: _check(step, name, value) for name, value in given.items() if value is not None}
    for first, second, cure in _EXCLUDE:
        if first in found and second in found:
            raise NomadException(f"@nomad has both {first}= and {second}=.", cure, step=step)
    if "token" in found and "address" not in found:
        cure = "Say address= too, or set METAFLOW_NOMAD_TOKEN, or name a site= that has a token."
        raise NomadException("@nomad(token=…) says nothing about which Nomad it is for.", cure, step=step)
    ceiling, floor = found.get("memory_max"), found.get("memory")
    if ceiling and floor and ceiling < floor:
        message = f"@nomad(memory={floor}, memory_max={ceiling}): the ceiling is below the reservation."
        raise NomadException(message, f"Write memory_max={floor} or more.", step=step)
    return found


def _check(step: str, name: str, value: Any) -> Any:
    try:
        return CHECKS[name](value)
    except ValueError as error:
        shown = "…" if name == "token" else _short(value)
        raise NomadException(f"@nomad({name}={shown}): {error}", step=step) from None


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 200 else shown[:199] + "…"


def warnings(given: dict[str, Any]) -> list[str]:
    """Say what is allowed but probably not meant."""
    cpu: int | None = given.get("cpu")
    if cpu is not None and cpu < 100:
        return [f"cpu={cpu} asks for {cpu} MHz, a small part of one core. Did you mean cores={cpu}?"]
    return []
