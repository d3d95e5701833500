"""The mark that src/core/sweep/submitter.ts reads."""

from __future__ import annotations

import os
import re

from metaflow_extensions.nomad_ext.plugins.nomad import submitter


def test_the_mark_of_this_process():
    mark = submitter.own()
    words = dict(word.split("=", 1) for word in mark.split(" "))
    assert list(words) == ["host", "machine", "boot", "pidns", "pid", "start", "uid"]
    assert words["pid"] == str(os.getpid()) and words["uid"] == str(os.getuid())
    assert re.fullmatch(r"\d+", words["start"]) and re.fullmatch(r"\d+", words["pidns"])
    assert re.fullmatch(r"[0-9a-f-]{36}", words["boot"])


def test_a_system_that_does_not_tell(monkeypatch):
    monkeypatch.setattr(os, "readlink", lambda _: (_ for _ in ()).throw(FileNotFoundError()))
    assert submitter.own() is None
