"""What all tasks of one step have in common: the launch request without command and environment."""

from __future__ import annotations

import os
import platform
import pwd
from typing import Any

from .block_table import BLOCKS
from .exceptions import NomadException

GRACE_SECONDS = 10
# To fetch the code package, and to make the environment of @conda or @pypi.
SET_UP_SECONDS = 300
_RESOURCES = {"cpu": "cpu", "cores": "cores", "memory": "memory", "memory_max": "memoryMax", "disk": "disk"}
_PLACEMENT = {
    "region": "region",
    "namespace": "namespace",
    "datacenters": "datacenters",
    "node_pool": "nodePool",
    "priority": "priority",
    "constraints": "constraints",
}
_PLAIN = {
    "site": "site",
    "driver": "driver",
    "driver_config": "driverConfig",
    "image": "image",
    "user": "user",
    "secrets": "secrets",
}


def launch_template(merged: dict[str, Any], timeout: int | None) -> dict[str, Any]:
    """Compose the part of a LaunchRequest that a step's attributes decide.

    Parameters
    ----------
    merged : dict
        Checked attributes, all layers merged.
    timeout : int or None
        Time limit in seconds; None leaves it to the site.

    Returns
    -------
    dict
        Without `jobId`, `argv`, and the environments.
    """
    placement = _pick(merged, _PLACEMENT)
    if "datacenter" in merged:
        placement["datacenters"] = [merged["datacenter"]]
    resources = _pick(merged, _RESOURCES)
    if merged.get("gpu", {}).get("count"):
        resources["gpu"] = merged["gpu"]
    found = {**_pick(merged, _PLAIN), "resources": resources, "placement": placement}
    blocks = {name: merged[name] for name in BLOCKS if name in merged}
    return {**found, **({"blocks": blocks} if blocks else {}), **({"timeoutSeconds": timeout} if timeout else {})}


def connection(step: str, merged: dict[str, Any]) -> dict[str, str] | None:
    """Return the site that `address=` and `token=` form, or None."""
    if "address" not in merged:
        return None
    found = {"address": merged["address"]}
    token = merged.get("token", "")
    if token.startswith("file:"):
        found["tokenFile"] = token[len("file:") :]
    elif token.startswith("env:"):
        found["token"] = _from_environment(step, token[len("env:") :])
    elif token:
        found["token"] = token
    return found


def time_limit(decorators: Any, merged: dict[str, Any], sets_up: bool) -> int | None:
    """Seconds a task may run: `@timeout` if the step has one, else `timeout_minutes`.

    `@timeout` counts in the task, from the step's own start, and tells user code by an exception: the host's limit is
    for steps that do not hear it, and leaves time for the exception, and for what comes before the step.
    """
    from metaflow.plugins.timeout_decorator import get_run_time_limit_for_task

    if any(deco.name == "timeout" for deco in decorators):
        return int(get_run_time_limit_for_task(decorators)) + GRACE_SECONDS + (SET_UP_SECONDS if sets_up else 0)
    limit = merged.get("timeout_minutes")
    return max(1, round(limit * 60)) if limit else None


def default_image() -> str:
    """Return the image whose Python reads the submitter's pickles."""
    return "python:" + ".".join(platform.python_version_tuple()[:2])


def submitter() -> str | None:
    """Name of the submitting Unix user, to run as on shared storage; None for root, whom Nomad refuses."""
    if os.getuid() == 0:
        return None
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return None


def submitter_numbers() -> str | None:
    """Return the submitting Unix user as `uid:gid`; None for root, who reads everybody's files."""
    return f"{os.getuid()}:{os.getgid()}" if os.getuid() else None


def _pick(merged: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {ours: merged[name] for name, ours in names.items() if name in merged}


def _from_environment(step: str, name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise NomadException(f"@nomad(token='env:{name}'): {name} is not set.", f"Export {name} first.", step=step)
    return value
