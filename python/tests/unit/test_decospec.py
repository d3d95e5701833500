import pytest

from metaflow_extensions.nomad_ext.plugins.nomad.decospec import parse, render
from metaflow_extensions.nomad_ext.plugins.nomad.exceptions import NomadException

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
