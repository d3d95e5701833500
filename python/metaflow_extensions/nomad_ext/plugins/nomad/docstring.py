"""The decorator's docstring, of which Metaflow's stub generator makes the signature that editors complete."""

from __future__ import annotations

from .attribute_table import ATTRIBUTES

_INTRODUCTION = """
Specifies that this step should execute on [HashiCorp Nomad](https://developer.hashicorp.com/nomad).

What is not given here comes from `@resources`, then from METAFLOW_NOMAD_*, then from the site's defaults.

Parameters
----------
"""


def docstring() -> str:
    """Return it in numpydoc's form. Nothing may follow the parameters: the generator would take it for one."""
    lines = [f"{name} : {kind}, optional, default None\n    {text}" for name, (_, kind, text) in ATTRIBUTES.items()]
    return _INTRODUCTION + "\n".join(lines) + "\n"
