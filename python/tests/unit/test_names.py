import re

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad.names import job_id

BASE = ("Flow", "1", "step", "2", 0, "user", "run")


def test_is_recognisable():
    assert re.fullmatch(r"Flow-1-step-2-0-[0-9a-f]{10}", job_id(*BASE))


@pytest.mark.parametrize("name", ["x" * 200, "ü ñ/\\$%{}", "", "-", "a\nb", "日本語" * 80, "\ud800"])
def test_is_valid_and_unique_for_odd_names(name):
    for at in (0, 1, 2, 3, 5):
        parts = list(BASE)
        parts[at] = name
        found = job_id(*parts)
        assert re.fullmatch(r"[A-Za-z0-9_.-]{1,120}", found)
        assert found != job_id(*BASE)
        parts[at] = name + "!"
        assert job_id(*parts) != found
