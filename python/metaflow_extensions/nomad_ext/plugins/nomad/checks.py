"""Checks of single values. Each returns the value in the form Nomad wants, or raises ValueError with the cure."""

from __future__ import annotations

import json
import re
from typing import Any, Callable

Check = Callable[[Any], Any]

# <registry>/<path>:<tag>@<digest>, as docker reads it.
_IMAGE = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d+)?/|\[[0-9a-fA-F:]+\](?::\d+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[a-z0-9+._-]+:[0-9a-fA-F]{32,})?"
)
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt])i?b?\s*", re.IGNORECASE)
_MEGABYTES = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024 * 1024}


def whole(name: str, unit: str, lowest: int, highest: int | None = None) -> Check:
    """Check for a whole number in `unit`, between `lowest` and `highest`."""

    def check(value: Any) -> int:
        number = _number(value)
        if number is None or number != int(number):
            raise ValueError(f"it is a whole number{_of(unit)}. {_whole_cure(name, value, number, unit)}")
        if number < lowest or (highest is not None and number > highest):
            raise ValueError(f"it is {_range(lowest, highest)}{_of(unit)}.")
        return int(number)

    return check


def minutes(value: Any) -> float:
    """Check for a positive number of minutes."""
    number = _number(value)
    if number is None or number <= 0:
        raise ValueError("it is a positive number of minutes, e.g. 90, or 0.5 for half a minute.")
    return number


def text(value: Any) -> str:
    """Text that is not empty; a number from the command line counts as text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("it is text.")
    found = str(value).strip()
    if not found or any(ord(char) < 32 for char in found):
        raise ValueError("it is one line of text, not empty.")
    return found


def image(value: Any) -> str:
    """Check a container image reference."""
    found = text(value)
    if "://" not in found and not _IMAGE.fullmatch(found):
        raise ValueError(
            "it is not an image reference. Write it like registry.example.com/team/image:tag, in lower case."
        )
    return found


def address(value: Any) -> str:
    """Where a Nomad agent answers."""
    found = text(value)
    if not re.fullmatch(r"https?://[^/\s:]+(:\d+)?/?|https?://\[[0-9a-fA-F:]+\](:\d+)?/?|unix:///\S+", found):
        raise ValueError("it is an address like http://nomad.example.com:4646, https://… or unix:///path/to/socket.")
    return found


def token(value: Any) -> str:
    """Check an ACL token, or where to find it."""
    found = text(value)
    if found.startswith("env:") and not re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*", found):
        raise ValueError("after env: comes the name of an environment variable, e.g. env:MY_NOMAD_TOKEN.")
    if found.startswith("file:") and not found.startswith("file:/"):
        raise ValueError("after file: comes an absolute path, e.g. file:/run/secrets/nomad-token.")
    return found


def texts(value: Any) -> list[str]:
    """Check a list of names; one name, or names divided by commas, will do."""
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    if not isinstance(value, (list, tuple)) or not value:
        raise ValueError('it is a list of names, e.g. ["dc1", "dc2"].')
    return [text(part) for part in value]


def mapping(value: Any) -> dict[str, Any]:
    """Check a dictionary with text as keys."""
    if not isinstance(value, dict) or not all(isinstance(key, str) and key for key in value):
        raise ValueError('it is a dictionary, e.g. {"name": "value"}.')
    return dict(value)


def strings(value: Any) -> dict[str, str]:
    """Check a dictionary of text; numbers and booleans are written as Nomad writes them."""
    return {key: scalar(key, item) for key, item in mapping(value).items()}


def scalar(key: str, value: Any) -> str:
    """One value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"the value of {key!r} is text or a number, not {type(value).__name__}.")
    if "\0" in str(value):
        raise ValueError(f"the value of {key!r} holds a NUL character, which no environment can carry.")
    return str(value)


def plain(value: Any) -> Any:
    """Check that a value is made of dictionaries, lists, text, numbers and booleans, as JSON is."""
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"it is not JSON ({error}).") from None
    try:
        found = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(f"it is not made of dictionaries, lists, text, numbers and booleans ({error}).") from None
    return found


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _whole_cure(name: str, value: Any, number: float | None, unit: str) -> str:
    size = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if unit == "MB" and size:
        return f"For {value.strip()} write {name}={round(float(size[1]) * _MEGABYTES[size[2].lower()])}."
    return f"Write e.g. {name}={max(1, round(number)) if number is not None and number > 0 else 1024}."


def _of(unit: str) -> str:
    return f" of {unit}" if unit else ""


def _range(lowest: int, highest: int | None) -> str:
    return f"at least {lowest}" if highest is None else f"between {lowest} and {highest}"
