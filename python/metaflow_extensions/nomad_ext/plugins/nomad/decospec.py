"""`--with nomad:…`: read and written so that JSON survives.

Metaflow's own reader divides at every `,word=`, also inside JSON, and its writer turns `true` into `True`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .exceptions import NomadException

_NAME = re.compile(r"\s*(\w+)\s*=\s*")
_NEXT = re.compile(r",(?=\s*\w+\s*=)")
_WORDS = {"true": True, "false": False, "null": None}


def parse(spec: str) -> dict[str, Any]:
    """Read `name=value,name=value`, where a value is plain or JSON.

    Parameters
    ----------
    spec : str
        What follows `nomad:`.

    Returns
    -------
    dict
        The values by name.
    """
    found: dict[str, Any] = {}
    rest = spec
    while rest.strip():
        name = _NAME.match(rest)
        if not name:
            raise NomadException(f"--with nomad: {rest!r} is not understood.", "Write name=value,name=value.")
        found[name[1]], rest = _value(name[1], rest[name.end() :])
    return found


def render(name: str, attributes: dict[str, Any]) -> str:
    """Write a spec that `parse` reads back to the same values."""
    pairs = ",".join(f"{key}={json.dumps(value)}" for key, value in attributes.items() if value is not None)
    return f"{name}:{pairs}" if pairs else name


def _value(name: str, rest: str) -> tuple[Any, str]:
    if rest.startswith(("[", "{", '"', '\\"')):
        return _json(name, rest)
    plain, *others = _NEXT.split(rest, maxsplit=1)
    return _plain(plain.strip()), others[0] if others else ""


def _json(name: str, rest: str) -> tuple[Any, str]:
    try:
        value, end = json.JSONDecoder().raw_decode(rest)
    except json.JSONDecodeError as error:
        # Metaflow's own writer, and many a shell line, puts a backslash before every quote.
        plain = rest.replace('\\"', '"')
        if plain != rest:
            return _json(name, plain)
        raise NomadException(
            f"--with nomad: the value of {name} is not JSON: {error.msg}, at {rest[error.pos :]!r}."
        ) from None
    rest = rest[end:].lstrip()
    if rest and not rest.startswith(","):
        raise NomadException(f"--with nomad: after the value of {name} comes {rest!r} where a comma was expected.")
    return value, rest[1:]


def _plain(value: str) -> Any:
    if value in _WORDS:
        return _WORDS[value]
    # 1.10 and 007 stay text: as numbers they would come back as 1.1 and 7.
    for kind in (int, float):
        if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", value) and repr(number := _number(kind, value)) == value:
            return number
    return value


def _number(kind: Any, value: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        return None
