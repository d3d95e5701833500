"""Every attribute of `@nomad`: how it is checked, its type for editors, and its line of documentation.

The decorator's docstring is made of it, and Metaflow's stubs of the docstring: by them editors complete.
"""

from __future__ import annotations

from typing import NamedTuple

from . import checks, shapes
from .block_table import BLOCKS
from .constraints import constraints


class Attribute(NamedTuple):
    """One attribute. The type is as Metaflow's stub generator evaluates it: names of `typing`, no `|`."""

    check: checks.Check
    type: str
    text: str


_DICTS = "Union[Dict[str, Any], List[Dict[str, Any]]]"

_TASK = {
    "image": Attribute(
        checks.image,
        "str",
        "Container image, for drivers that take one. Default: the site's, then `python:3.x`, yours.",
    ),
    "driver": Attribute(
        checks.text, "str", "Nomad task driver: `docker`, `exec`, `raw_exec`, `java`, or any other that the nodes have."
    ),
    "driver_config": Attribute(
        checks.mapping, "Dict[str, Any]", "The driver's own configuration, in Nomad's names; Nomad interpolates it."
    ),
    "cpu": Attribute(
        checks.whole("cpu", "MHz", 1), "int", "CPU share in MHz; 1000 is about one core. Default 256. Not with `cores`."
    ),
    "cores": Attribute(checks.whole("cores", "cores", 1), "int", "Whole reserved cores, instead of `cpu`."),
    "memory": Attribute(checks.whole("memory", "MB", 10), "int", "Memory in MB. Default 512."),
    "memory_max": Attribute(
        checks.whole("memory_max", "MB", 10), "int", "Ceiling in MB above `memory`, where the cluster oversubscribes."
    ),
    "disk": Attribute(checks.whole("disk", "MB", 10), "int", "Ephemeral disk in MB. Default: Nomad's, 300."),
    "gpu": Attribute(
        shapes.gpu,
        "Union[int, str, Dict[str, Any]]",
        'Number of GPUs, `"nvidia/gpu/H100:2"`, or `{"count": 1, "device": "nvidia/gpu", "constraints": [...]}`.',
    ),
    "user": Attribute(
        checks.text, "str", "Unix user to run as. Default: you on shared storage, else what Nomad or the image says."
    ),
    "timeout_minutes": Attribute(
        checks.minutes, "float", "Time limit in minutes, from the task's start. Default 60. `@timeout` comes first."
    ),
}
_PLACE = {
    "datacenter": Attribute(checks.text, "str", "Datacenter to run in."),
    "datacenters": Attribute(checks.texts, "List[str]", "Datacenters to run in. Default: any."),
    "region": Attribute(checks.text, "str", "Nomad region. Default: the agent's."),
    "namespace": Attribute(checks.text, "str", "Nomad namespace. Default: `default`."),
    "node_pool": Attribute(checks.text, "str", "Node pool. Default: Nomad's, `default`."),
    "priority": Attribute(checks.whole("priority", "", 1, 100), "int", "Job priority, 1 to 100. Default: Nomad's, 50."),
    "constraints": Attribute(
        constraints,
        _DICTS,
        'Nodes that will do: `{"attribute": "${attr.kernel.name}", "operator": "=", "value": "linux"}`, one or a list.',
    ),
}
_ENVIRONMENT = {
    "env": Attribute(
        shapes.env, "Dict[str, Any]", "Environment; `${node.unique.name}` and its like are filled in by Nomad."
    ),
    "secrets": Attribute(
        shapes.secrets,
        "Dict[str, str]",
        "Environment by reference: `env:NAME`, `file:/path`, `nomad:path#key` or `vault:path#key`.",
    ),
    "meta": Attribute(shapes.meta, "Dict[str, Any]", "Job meta. Whoever may read jobs reads it."),
}
_CONNECTION = {
    "address": Attribute(checks.address, "str", "Address of a Nomad agent, instead of a configured site."),
    "token": Attribute(checks.token, "str", "ACL token for `address`: `env:NAME` or `file:/path`."),
    "site": Attribute(checks.text, "str", "Site of the configuration to run on. Default: the default site."),
}
# Where Python knows the better cure: 1GB is 1024 of MB.
_CHECKED = {"shared_memory": checks.whole("shared_memory", "MB", 1)}
_BLOCKS = {name: Attribute(_CHECKED.get(name, checks.plain), kind, text) for name, (kind, text) in BLOCKS.items()}

ATTRIBUTES: dict[str, Attribute] = {**_TASK, **_PLACE, **_ENVIRONMENT, **_CONNECTION, **_BLOCKS}
