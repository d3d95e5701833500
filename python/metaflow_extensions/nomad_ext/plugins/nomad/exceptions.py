"""Errors as a data scientist sees them."""

from __future__ import annotations

from metaflow.exception import MetaflowException


class NomadException(MetaflowException):
    """An error of the Nomad backend: one sentence, what to do, and a code to search for."""

    headline = "Nomad error"

    def __init__(self, message: str, hint: str = "", code: str = "NOMAD_E_REQUEST_INVALID", step: str | None = None):
        self.code = code
        self.hint = hint
        where = f"Step *{step}*: " if step else ""
        super().__init__(f"{where}{' '.join(part for part in (message, hint) if part)} [{code}]")
