import pytest

from metaflow_extensions.nomad_ext.plugins.nomad.attributes import CHECKS, check_attributes, unknown_attribute, warnings
from metaflow_extensions.nomad_ext.plugins.nomad.exceptions import NomadException


def refused(**given):
    with pytest.raises(NomadException) as caught:
        check_attributes("train", given)
    text = str(caught.value)
    assert text.startswith("Step *train*: ")
    assert text.endswith("[NOMAD_E_REQUEST_INVALID]")
    return text


@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("memory", "4GB", "memory=4096"),
        ("memory", "512m", "memory=512"),
        ("memory", -1, "at least 10"),
        ("memory", True, "whole number of MB"),
        ("memory", [1], "whole number of MB"),
        ("memory", float("nan"), "whole number of MB"),
        ("memory", "1e400", "whole number of MB"),
        ("cpu", 0, "at least 1"),
        ("cpu", 0.5, "whole number of MHz"),
        ("cores", "two", "whole number of cores"),
        ("priority", 101, "between 1 and 100"),
        ("image", "Not An Image", "registry.example.com"),
        ("image", "", "not empty"),
        ("image", "UPPER:1", "lower case"),
        ("image", "-flag", "image reference"),
        ("address", "nomad.example.com", "http://nomad.example.com:4646"),
        ("address", "http://a b:4646", "http://"),
        ("datacenters", [], '["dc1", "dc2"]'),
        ("datacenters", 3, '["dc1", "dc2"]'),
        ("driver_config", "x", "dictionary"),
        ("env", {"A": None}, "'A'"),
        ("env", {"A": "\0"}, "NUL"),
        ("env", {"1A": "x"}, "'1A'"),
        ("meta", {"metaflow.user": "x"}, "metaflow.user"),
        ("timeout_minutes", 0, "positive"),
        ("timeout_minutes", "1h", "positive"),
        ("gpu", -1, "at least 0"),
        ("gpu", {"number": 1}, "count, device, constraints and affinities"),
        ("gpu", "nvidia/gpu/H100:0", "at least 1"),
        ("gpu", "nvidia/gpu:two", "nvidia/gpu/H100:2"),
        ("gpu", {"affinities": ["T4"]}, "an affinity is a dictionary"),
        ("gpu", {"affinities": {"attribute": "${device.model}", "value": "T4", "weight": 101}}, "100"),
        ("constraints", "nonsense", "not JSON"),
        ("constraints", [{"attribute": "attr.kernel.name", "value": "linux"}], "Write ${attr.kernel.name}"),
        ("constraints", [{"attribut": "x"}], "'attribut'"),
        ("constraints", [{"attribute": "${a}", "operator": "like", "value": "x"}], "no operator 'like'"),
        ("constraints", [{"attribute": "${a}"}], "no value"),
        ("constraints", [{"value": "x"}], "names no attribute"),
        ("constraints", [{"attribute": "${a}", "LTarget": "${b}", "value": "x"}], "twice"),
        ("constraints", 3, "list of constraints"),
        ("shared_memory", "1GB", "write shared_memory=1024"),
        ("shared_memory", 0, "at least 1 of MB"),
        ("secrets", {"KEY": "env:"}, "the value of 'KEY' is not a reference"),
        ("secrets", {"A KEY": "env:X"}, "'A KEY' is not a name"),
        ("secrets", "env:X", "dictionary"),
        ("volumes", {"data": {1, 2}}, "not made of dictionaries"),
        ("raw", '{"task": ', "not JSON"),
        ("kill_timeout", float("inf"), "not made of dictionaries"),
    ],
)
def test_refusals_name_attribute_and_cure(name, value, cure):
    text = refused(**{name: value})
    assert f"@nomad({name}=" in text
    assert cure in text


def test_combinations():
    assert "Give one of the two" in refused(cpu=500, cores=2)
    assert "Give one of the two" in refused(site="a", address="http://x:1")
    assert "memory_max=2048" in refused(memory=2048, memory_max=1024)
    assert "which Nomad" in refused(token="env:X")


def test_token_is_never_shown():
    assert "s3cret" not in refused(address="http://x:4646", token="s3cret\nline")


def test_a_secret_that_is_written_out_is_never_shown():
    text = refused(secrets={"KEY": "s3cret", "OTHER": "env:OTHER"})
    assert "s3cret" not in text
    assert "env:NAME, file:/path, nomad:path#key or vault:path#key" in text


@pytest.mark.parametrize(
    "given",
    [
        {"attribute": "${attr.kernel.name}", "operator": "=", "value": "linux"},
        [{"LTarget": "${attr.kernel.name}", "Operand": "=", "RTarget": "linux"}],
        [{"ltarget": "${attr.kernel.name}", "rtarget": "linux"}],
        '[{"attribute": "${attr.kernel.name}", "value": "linux"}]',
    ],
)
def test_constraints_in_every_shape(given):
    expected = [{"LTarget": "${attr.kernel.name}", "Operand": "=", "RTarget": "linux"}]
    assert check_attributes("s", {"constraints": given}) == {"constraints": expected}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2", {"count": 2}),
        ("nvidia/gpu", {"count": 1, "device": "nvidia/gpu"}),
        ("nvidia/gpu/H100:2", {"count": 2, "device": "nvidia/gpu/H100"}),
        ("nvidia/gpu/Tesla T4", {"count": 1, "device": "nvidia/gpu/Tesla T4"}),
        (
            {"affinities": {"attribute": "${device.model}", "value": "T4"}},
            {"count": 1, "affinities": [{"LTarget": "${device.model}", "Operand": "=", "RTarget": "T4", "Weight": 50}]},
        ),
    ],
)
def test_gpus_in_every_shape(given, expected):
    assert check_attributes("s", {"gpu": given}) == {"gpu": expected}


def test_constraint_values_become_text():
    found = check_attributes(
        "s",
        {
            "constraints": [
                {"attribute": "${a}", "operator": ">=", "value": 6},
                {"operator": "distinct_hosts", "value": True},
            ]
        },
    )
    assert found["constraints"] == [
        {"LTarget": "${a}", "Operand": ">=", "RTarget": "6"},
        {"Operand": "distinct_hosts", "RTarget": "true"},
    ]


@pytest.mark.parametrize(
    "image",
    [
        "python:3.12",
        "my.reg:5000/a/b_c:x-Y.1",
        "a@sha256:" + "0" * 64,
        "docker://Upper/x",
        "localhost/x",
        "[::1]:5000/a",
    ],
)
def test_images(image):
    assert check_attributes("s", {"image": image}) == {"image": image}


def test_numbers_as_text_and_none():
    assert check_attributes("s", {"cpu": "4000", "memory": 512.0, "disk": None, "namespace": 12}) == {
        "cpu": 4000,
        "memory": 512,
        "namespace": "12",
    }


def test_unknown_attribute_names_the_nearest():
    assert "Did you mean memory?" in str(unknown_attribute("memroy"))
    assert all(name in str(unknown_attribute("zzz")) for name in CHECKS)


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("volume", "volumes"),
        ("port", "ports"),
        ("affinity", "affinities"),
        ("kill-timeout", "kill_timeout"),
        ("sidecar", "sidecars"),
        ("node_selector", "constraints"),
        ("persistent_volume_claims", "volumes"),
        ("shm_size", "shared_memory"),
        ("timeout", "timeout_minutes"),
    ],
)
def test_words_of_nomad_and_of_other_backends_are_understood(name, near):
    assert f"Did you mean {near}?" in str(unknown_attribute(name))


def test_small_cpu_is_a_warning():
    assert "Did you mean cores=2?" in warnings({"cpu": 2})[0]
    assert warnings({"cpu": 100}) == warnings({}) == []
