"""The exit codes with which a task says that it could not begin, and what they mean."""

from __future__ import annotations

from . import fetch

PACKAGE, BOOTSTRAP, NODE = fetch.PACKAGE, 121, fetch.NODE
MARKER = "[metaflow-nomad] bootstrap failed:"

EXIT_MEANINGS = {
    str(PACKAGE): {
        "sentence": "The code package could not be fetched or unpacked on the node.",
        "advice": "The lines above say why; check that the datastore still has it.",
        "retriable": True,
    },
    str(BOOTSTRAP): {
        "sentence": "The environment of the step could not be set up on the node.",
        "advice": "The lines above say why; an image that brings what the step needs avoids the set-up.",
        "retriable": True,
    },
    str(NODE): {
        "sentence": "The node or image lacks what every step needs.",
        "advice": "The line above names it; correct the site's python or shared path, or use another image.",
        "retriable": False,
    },
}
"""What the host tells a user of these exit codes."""
