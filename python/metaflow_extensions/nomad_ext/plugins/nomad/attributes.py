"""What `@nomad` takes, and what each attribute must look like."""

from __future__ import annotations

import difflib
from typing import Any

from . import checks
from .attribute_table import ATTRIBUTES
from .exceptions import NomadException

CHECKS: dict[str, checks.Check] = {name: attribute.check for name, attribute in ATTRIBUTES.items()}
# Of other backends, of Nomad's HCL and of habit, where the spelling is too far from ours.
_CALLED_HERE = {
    "node_selector": "constraints",
    "labels": "meta",
    "annotations": "meta",
    "persistent_volume_claims": "volumes",
    "host_volumes": "volumes",
    "queue": "node_pool",
    "ephemeral_disk": "disk",
    "shm_size": "shared_memory",
    "environment": "env",
    "config": "driver_config",
    "timeout": "timeout_minutes",
}
_EXCLUDE = (
    ("cpu", "cores", "cpu is a share in MHz, cores are whole reserved cores. Give one of the two."),
    ("datacenter", "datacenters", "Give one of the two."),
    ("site", "address", "A site has its own address. Give one of the two."),
    ("site", "token", "A site has its own token. Give one of the two."),
)


def unknown_attribute(name: str) -> NomadException:
    """Return the error for an attribute that `@nomad` does not have."""
    plain = name.lower().replace("-", "_")
    near = _CALLED_HERE.get(plain) or next(iter(difflib.get_close_matches(plain, CHECKS, n=1)), None)
    meant = f"Did you mean {near}? " if near else ""
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
        shown = "…" if name in ("token", "secrets") else _short(value)
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
