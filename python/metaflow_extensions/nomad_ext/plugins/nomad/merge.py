"""Whose value counts: `@nomad`, then what the user wrote in `@resources`, then METAFLOW_NOMAD_*, then the site."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from . import attributes
from .exceptions import NomadException

# Seed 001: @resources counts in cores, Nomad in MHz.
MHZ_PER_CORE = 1000
CONF_TASK_KEYS = {
    "CPU": "cpu",
    "MEMORY": "memory",
    "DISK": "disk",
    "DEFAULT_IMAGE": "image",
    "DEFAULT_DATACENTERS": "datacenters",
    "NAMESPACE": "namespace",
    "NODE_POOL": "node_pool",
    "DRIVER": "driver",
}
_RESOURCES = ("cpu", "gpu", "memory", "disk", "shared_memory")
_RIVALS = {"cpu": "cores", "cores": "cpu", "datacenter": "datacenters", "datacenters": "datacenter"}


def written_resources(decorators: Iterable[Any]) -> dict[str, Any]:
    """Return what the user wrote in `@resources`; its class defaults (1 CPU, 4096 MB) do not count."""
    for deco in decorators:
        if deco.name == "resources":
            return {
                key: deco.attributes[key]
                for key in deco._user_defined_attributes
                if deco.attributes.get(key) is not None
            }
    return {}


def from_resources(step: str, written: Mapping[str, Any]) -> dict[str, Any]:
    """Turn `@resources` into attributes of `@nomad`."""
    found: dict[str, Any] = {}
    for key, value in written.items():
        # What an extension may have added there is its own business, as it is for Metaflow's other backends.
        number = _number(step, key, value) if key in _RESOURCES else 0
        if number > 0:
            found[key] = round(number * MHZ_PER_CORE) if key == "cpu" else round(number)
    return _checked(step, found, "@resources")


def from_conf(conf: Mapping[str, str]) -> dict[str, Any]:
    """Turn METAFLOW_NOMAD_* into attributes of `@nomad`."""
    found: dict[str, Any] = {}
    for key, name in CONF_TASK_KEYS.items():
        value: Any = conf.get(key)
        if value in (None, ""):
            continue
        if name == "datacenters" and isinstance(value, str) and value.lstrip().startswith("["):
            value = _list(key, value)
        found[name] = _conf_value(key, name, value)
    return found


def merge(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the layers over each other, the first on top; `cpu` in one hides `cores` in those below."""
    found: dict[str, Any] = {}
    for layer in layers:
        new = {key: value for key, value in layer.items() if key not in found and _RIVALS.get(key) not in found}
        found.update(new)
    ceiling, floor = found.get("memory_max"), found.get("memory")
    if ceiling and floor and ceiling < floor and "memory" not in layers[0]:
        # Only the ceiling was asked for here; the reservation from below must not exceed it.
        found["memory"] = ceiling
    return found


def _number(step: str, key: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise NomadException(f"@resources({key}={value!r}): it is a number.", step=step) from None


def _checked(step: str, found: dict[str, Any], origin: str) -> dict[str, Any]:
    try:
        return {key: attributes.CHECKS[key](value) for key, value in found.items()}
    except ValueError as error:
        raise NomadException(f"{origin}: {error}", step=step) from None


def _conf_value(key: str, name: str, value: Any) -> Any:
    try:
        return attributes.CHECKS[name](value)
    except ValueError as error:
        hint = "Correct it in the environment or in Metaflow's configuration file."
        raise NomadException(f"METAFLOW_NOMAD_{key}={value!r}: {error}", hint, "NOMAD_E_CONFIG_INVALID") from None


def _list(key: str, value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        hint = "Write dc1,dc2 or a JSON list."
        raise NomadException(
            f"METAFLOW_NOMAD_{key}={value!r} is not JSON: {error}.", hint, "NOMAD_E_CONFIG_INVALID"
        ) from None


def conf_values() -> dict[str, str]:
    """Return every METAFLOW_NOMAD_* that is set, in the environment or in Metaflow's files, without the prefix."""
    import metaflow.metaflow_config as config

    names = ("ADDRESS", "REGION", "TOKEN", "CLIENT_CERT", "CLIENT_KEY", "CACERT", "CONFIG", "SITE", *CONF_TASK_KEYS)
    values: dict[str, Any | None] = {name: getattr(config, f"NOMAD_{name}", None) for name in names}
    return {name: _plain(value) for name, value in values.items() if value not in (None, "")}


def _plain(value: Any) -> str:
    # Metaflow's configuration file is JSON: a list of datacenters may be a list there.
    return value if isinstance(value, str) else json.dumps(value)
