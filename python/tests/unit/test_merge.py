from types import SimpleNamespace

import pytest
from metaflow.plugins.timeout_decorator import TimeoutDecorator

from metaflow_extensions.nomad_ext.plugins.nomad import merge, template
from metaflow_extensions.nomad_ext.plugins.nomad.exceptions import NomadException


def resources(**written):
    attributes = {"cpu": "1", "memory": "4096", "gpu": None, **written}
    return SimpleNamespace(name="resources", attributes=attributes, _user_defined_attributes=set(written))


def test_only_what_the_user_wrote_in_resources_counts():
    assert merge.written_resources([resources(memory=500)]) == {"memory": 500}
    assert merge.written_resources([]) == {}


def test_resources_count_in_cores():
    assert merge.from_resources("s", {"cpu": "0.5", "memory": "500", "gpu": 0}) == {"cpu": 500, "memory": 500}
    assert merge.from_resources("s", {"gpu": 2})["gpu"] == {"count": 2}
    assert merge.from_resources("s", {"disk": "2048", "shared_memory": 64}) == {"disk": 2048, "shared_memory": 64}
    assert merge.from_resources("s", {"of_an_extension": "x"}) == {}
    with pytest.raises(NomadException):
        merge.from_resources("s", {"cpu": "many"})


def test_precedence():
    given = {"memory": 1000}
    written = {"cpu": 1000, "memory": 500}
    conf = merge.from_conf(
        {
            "CPU": "700",
            "MEMORY": "800",
            "DISK": "900",
            "DEFAULT_IMAGE": "i",
            "DEFAULT_DATACENTERS": "a,b",
            "NAMESPACE": "n",
            "NODE_POOL": "p",
            "DRIVER": "exec",
        }
    )
    expected = {
        "memory": 1000,
        "cpu": 1000,
        "disk": 900,
        "image": "i",
        "datacenters": ["a", "b"],
        "namespace": "n",
        "node_pool": "p",
        "driver": "exec",
    }
    assert merge.merge(given, written, conf) == expected


def test_rivals_do_not_meet():
    assert merge.merge({"cores": 2}, {"cpu": 1000}, {"cpu": 700}) == {"cores": 2}
    assert merge.merge({"datacenter": "x"}, {}, {"datacenters": ["a"]}) == {"datacenter": "x"}
    assert merge.merge({"memory_max": 512}, {"memory": 1024}) == {"memory_max": 512, "memory": 512}


def test_configuration_errors_name_the_variable():
    with pytest.raises(NomadException, match="METAFLOW_NOMAD_MEMORY='2GB'.*memory=2048"):
        merge.from_conf({"MEMORY": "2GB"})
    assert merge.from_conf({"DEFAULT_DATACENTERS": '["a"]'}) == {"datacenters": ["a"]}


def test_template():
    merged = {
        "cpu": 1,
        "memory_max": 3,
        "gpu": {"count": 1},
        "datacenter": "d",
        "node_pool": "p",
        "driver": "docker",
        "region": "r",
    }
    assert template.launch_template(merged, 60) == {
        "driver": "docker",
        "resources": {"cpu": 1, "memoryMax": 3, "gpu": {"count": 1}},
        "placement": {"region": "r", "nodePool": "p", "datacenters": ["d"]},
        "timeoutSeconds": 60,
    }
    assert template.launch_template({"gpu": {"count": 0}}, None) == {"resources": {}, "placement": {}}


def test_shared_memory_is_a_block_and_the_step_s_own_comes_first():
    merged = merge.merge({"shared_memory": 32}, merge.from_resources("s", {"shared_memory": 64}))
    assert template.launch_template(merged, None)["blocks"] == {"shared_memory": 32}


def test_the_limit_of_timeout_leaves_time_for_its_exception():
    decorator = TimeoutDecorator(attributes={"minutes": 1})
    decorator.external_init()
    merged = {"timeout_minutes": 5}
    assert template.time_limit([], merged, sets_up=True) == 300
    assert template.time_limit([decorator], merged, sets_up=False) == 60 + template.GRACE_SECONDS
    assert template.time_limit([decorator], merged, True) == 60 + template.GRACE_SECONDS + template.SET_UP_SECONDS
    assert template.time_limit([], {}, sets_up=False) is None


def test_connection(monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "t")
    base = {"address": "http://x:1"}
    assert template.connection("s", {}) is None
    assert template.connection("s", base) == base
    assert template.connection("s", {**base, "token": "env:MY_TOKEN"}) == {**base, "token": "t"}
    assert template.connection("s", {**base, "token": "file:/a"}) == {**base, "tokenFile": "/a"}
    with pytest.raises(NomadException, match="NOT_THERE is not set"):
        template.connection("s", {**base, "token": "env:NOT_THERE"})
