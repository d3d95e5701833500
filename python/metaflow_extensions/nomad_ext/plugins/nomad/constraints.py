"""Constraints, in the user's shape or in Nomad's."""

from __future__ import annotations

import json
import re
from typing import Any

from .checks import scalar

OPERATORS = (
    "=", "==", "is", "!=", "not", ">", ">=", "<", "<=", "regexp", "set_contains", "set_contains_all",
    "set_contains_any", "version", "semver", "is_set", "is_not_set", "distinct_hosts", "distinct_property",
)  # fmt: skip
_ALIASES = {"attribute": "LTarget", "operator": "Operand", "value": "RTarget"}
_KEYS = {key.lower(): key for key in ("LTarget", "Operand", "RTarget")}
_BARE = re.compile(r"(attr|node|meta|device|driver|env)\.[\w.-]+")
_SHAPE = 'Write {"attribute": "${attr.kernel.name}", "operator": "=", "value": "linux"}.'


def constraints(value: Any) -> list[dict[str, str]]:
    """Read a list of constraints, or one, into Nomad's terms."""
    if isinstance(value, str):
        value = _decode(value)
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"it is a list of constraints. {_SHAPE}")
    return [_constraint(item) for item in value]


def _decode(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON ({error}). {_SHAPE}") from None


def _constraint(item: Any) -> dict[str, str]:
    if not isinstance(item, dict):
        raise ValueError(f"{item!r} is not a constraint. {_SHAPE}")
    found: dict[str, str] = {}
    for key, value in item.items():
        name = _ALIASES.get(str(key).lower()) or _KEYS.get(str(key).lower())
        if name is None:
            raise ValueError(f"a constraint has no key {key!r}. {_SHAPE}")
        if name in found:
            raise ValueError(f"a constraint names {key!r} twice, once in Nomad's own words. {_SHAPE}")
        if value is not None:
            found[name] = scalar(str(key), value)
    return _complete(found, item)


def _complete(found: dict[str, str], item: Any) -> dict[str, str]:
    operand = found.setdefault("Operand", "=").strip()
    if operand not in OPERATORS:
        raise ValueError(f"Nomad has no operator {operand!r}. It has: {', '.join(OPERATORS)}.")
    if operand != "distinct_hosts" and not found.get("LTarget"):
        raise ValueError(f"the constraint {item!r} names no attribute. {_SHAPE}")
    if operand not in ("distinct_hosts", "distinct_property", "is_set", "is_not_set") and "RTarget" not in found:
        raise ValueError(f"the constraint {item!r} has no value. {_SHAPE}")
    left = found.get("LTarget", "")
    if _BARE.fullmatch(left):
        raise ValueError(f"{left} would be taken as plain text. Write ${{{left}}}.")
    return {**found, "Operand": operand}
