"""The docstring as Metaflow's stub generator reads it."""

import inspect

import pytest
from metaflow.cmd.develop.stub_generator import StubGenerator

from metaflow_extensions.nomad_ext.plugins.nomad.attribute_table import ATTRIBUTES
from metaflow_extensions.nomad_ext.plugins.nomad.nomad_decorator import NomadDecorator


@pytest.fixture(scope="module")
def signatures():
    generator = StubGenerator("/nonexistent")
    return [sign for sign, _ in generator._extract_signature_from_decorator("nomad", NomadDecorator.__doc__)]


def test_every_attribute_has_a_type_that_is_one_and_may_be_left_out(signatures):
    parameters = signatures[0].parameters
    assert list(parameters) == list(ATTRIBUTES)
    for parameter in parameters.values():
        assert parameter.default is None
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        # A type that the generator could not evaluate stays text.
        assert "ForwardRef" not in repr(parameter.annotation), parameter


def test_nomad_may_be_written_without_parentheses(signatures):
    assert [list(sign.parameters) for sign in signatures[1:3]] == [["f"], ["f"]]


def test_every_attribute_says_what_it_is():
    for name, (_, _, text) in ATTRIBUTES.items():
        assert text.endswith((".", "…")), name
        assert "\n" not in text
