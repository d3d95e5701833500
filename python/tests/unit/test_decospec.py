import json

import pytest

from metaflow_extensions.nomad_ext.plugins.nomad.block_table import BLOCKS
from metaflow_extensions.nomad_ext.plugins.nomad.decospec import parse, render
from metaflow_extensions.nomad_ext.plugins.nomad.exceptions import NomadException
from metaflow_extensions.nomad_ext.plugins.nomad.nomad_decorator import NomadDecorator

AWKWARD = {
    "constraints": [{"attribute": "${attr.kernel.name}", "operator": "=", "value": 'a,value=b "quoted" \\ back'}],
    "driver_config": {"privileged": True, "args": ["x=1,y=2", None, "ü\n"]},
    "image": "registry:5000/team/image:3.10",
    "cpu": 4000,
    "env": {"A": "", "B": "true", "C": "${node.unique.name}"},
    "timeout_minutes": 0.5,
}


def test_round_trip_keeps_every_value():
    spec = render("nomad", {**AWKWARD, "memory": None})
    assert spec.startswith("nomad:")
    assert parse(spec[len("nomad:") :]) == AWKWARD


BLOCK_VALUES = {
    "affinities": [{"attribute": "${node.class}", "value": "a,b=c", "weight": -50}],
    "spreads": ["${node.datacenter}", {"attribute": "${meta.rack}", "targets": {"dc1": 70}}],
    "volumes": {"data": "/data:ro", "x": {"type": "csi", "mount_options": {"mount_flags": ["ro", "a=b,c=d"]}}},
    "artifacts": [{"source": "https://h/x?a=1,b=2&c=${x}", "options": {"checksum": "md5:0"}}],
    "templates": [{"data": '{{ with nomadVar "a" }}{{ .k }},x=y{{ end }}\n"', "env": True, "destination": "l"}],
    "vault": True,
    "consul": {"namespace": "n"},
    "identity": [{"name": "a", "aud": ["b"], "ttl": "1h"}],
    "network": "cni/a-b",
    "ports": {"http": {"to": 8080}, "b": 80},
    "services": [{"name": "n", "tags": ["a=1,b=2", 'q"q', "back\\slash"], "checks": [{"interval": "1s"}]}],
    "logs": {"max_files": 2},
    "shared_memory": 64,
    "kill_timeout": "90s",
    "kill_signal": "SIGTERM",
    "max_run_duration": 5.5,
    "prestart": {"command": ["sh", "-c", "echo \"a,b=c\" '${HOME}' $(x) > y"], "env": {"A": "1"}},
    "poststart": [{"name": "p", "command": ["true"]}],
    "poststop": {"command": ["rm", "a,b=c"]},
    "sidecars": [{"name": "s", "cpu": 10}],
    "restart": 2,
    "reschedule": {"attempts": 1, "unlimited": False},
    "disconnect": {"lost_after": "1h"},
    "raw": {"task": {"Env": {"A": None, "B": "ü,=\t"}}, "job": {"Priority": 60}},
}


def test_there_is_a_value_for_every_block():
    assert set(BLOCK_VALUES) == set(BLOCKS)


@pytest.mark.parametrize("name", BLOCK_VALUES)
def test_every_block_survives_the_way_to_the_task_s_process(name):
    given = {"cpu": 5, name: BLOCK_VALUES[name], "user": "me"}
    _, attributes = NomadDecorator.extract_args_kwargs_from_decorator_spec(render("nomad", given)[len("nomad:") :])
    again = NomadDecorator(attributes=attributes).make_decorator_spec()
    assert parse(again[len("nomad:") :]) == given


@pytest.mark.parametrize("name", [name for name, value in BLOCK_VALUES.items() if isinstance(value, (dict, list))])
def test_every_block_as_it_is_typed_in_a_shell(name):
    """As JSON, as JSON with the backslashes of Metaflow's own writer where that is not ambiguous, and in any order."""
    value = json.dumps(BLOCK_VALUES[name])
    assert parse(f"{name}={value},cpu=5") == {name: BLOCK_VALUES[name], "cpu": 5}
    assert parse(f"cpu=5 , {name} = {value}") == {name: BLOCK_VALUES[name], "cpu": 5}
    if "\\" not in value:
        escaped = value.replace('"', '\\"')
        assert parse(f"{name}={escaped},cpu=5") == {name: BLOCK_VALUES[name], "cpu": 5}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("", {}),
        ("image=my/image,cpu=4000", {"image": "my/image", "cpu": 4000}),
        ("datacenters=dc1,dc2,cpu=3", {"datacenters": "dc1,dc2", "cpu": 3}),
        ("memory=1.10", {"memory": "1.10"}),
        ("image=3.10", {"image": "3.10"}),
        ("site=007", {"site": "007"}),
        (
            'constraints=[{"attribute":"${a}","value":"x,y=z"}],cpu=1',
            {"constraints": [{"attribute": "${a}", "value": "x,y=z"}], "cpu": 1},
        ),
        ('env={\\"A\\": \\"b,c=d\\"},cpu=1', {"env": {"A": "b,c=d"}, "cpu": 1}),
        ('driver_config={"a": true} , cpu = 5', {"driver_config": {"a": True}, "cpu": 5}),
        ('image="a,b=c"', {"image": "a,b=c"}),
        ("gpu=null", {"gpu": None}),
    ],
)
def test_parse(spec, expected):
    assert parse(spec) == expected


@pytest.mark.parametrize("spec", ["cpu", "=3", 'env={"a": }', 'env={"a": "b"}x', 'constraints=[{"a": 1}'])
def test_refusals_show_where(spec):
    with pytest.raises(NomadException) as caught:
        parse(spec)
    assert "--with nomad" in str(caught.value)
    assert "NOMAD_E_REQUEST_INVALID" in str(caught.value)


def test_nothing_to_render():
    assert render("nomad", {"image": None}) == "nomad"
