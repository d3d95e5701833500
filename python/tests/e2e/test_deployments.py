"""What a flow with @nomad steps is not: deployed to another scheduler, or started by one of Metaflow's own triggers."""

import pytest

DEPLOYERS = [
    (("argo-workflows", "create"), "Argo Workflows, which runs steps on Kubernetes"),
    (("argo-workflows", "--name", "other", "create", "--only-json"), "Argo Workflows"),
    (("step-functions", "create"), "AWS Step Functions, which runs steps on AWS Batch"),
    (("airflow", "create", "out.py"), "Airflow, which runs steps on Kubernetes"),
]


@pytest.fixture(scope="module")
def by(new_submitter):
    return new_submitter()


@pytest.mark.parametrize(("command", "named"), DEPLOYERS, ids=lambda value: value if isinstance(value, str) else None)
def test_deployers_refuse(by, command, named):
    result = by.run("one_step", *command, site="docker").failed()
    assert f"Step start: A step with @nomad cannot be deployed to {named}" in result.output
    assert "Take @nomad off the step" in result.output
    assert "[NOMAD_E_REQUEST_INVALID]" in result.output
    assert "Deploying" not in result.output


def test_deployers_refuse_nomad_of_the_command_line(by):
    result = by.run("plain", "--with", "nomad:cpu=100", "argo-workflows", "create", site="docker").failed()
    assert "A step with @nomad cannot be deployed to Argo Workflows" in result.output
    # Without it, Metaflow's own words follow; and other commands of the same group are no deployment.
    for args in (("argo-workflows", "create", "--only-json"), ("argo-workflows", "--help")):
        assert "@nomad" not in by.run("plain", *args, site="docker").output


def test_other_commands_of_a_deployer_are_not_deployments(by):
    """One may delete what was deployed before the step had @nomad."""
    assert "cannot be deployed" not in by.run("one_step", "argo-workflows", "delete", site="docker").failed().output


@pytest.mark.parametrize(("given", "added"), [("one_step", "kubernetes"), ("elsewhere", "nomad")])
def test_two_backends_on_one_step(by, given, added):
    """One in the flow, the other from the command line."""
    result = by.run(given, "run", "--with", added, site="docker").failed()
    assert "Step start: The step has both @nomad and @kubernetes. Give one of the two." in result.output
    assert "Task is starting" not in result.output


def test_schedules_and_triggers_have_no_effect_in_a_run(by):
    result = by.run("scheduled", "run").ok()
    said = [line for line in result.output.splitlines() if "no effect with `run`" in line]
    assert len(said) == 1
    assert "@schedule and @trigger have no effect with `run`: only a deployed flow" in said[0]
    assert "no effect" not in by.run("plain", "run", "--with", "nomad").ok().output
