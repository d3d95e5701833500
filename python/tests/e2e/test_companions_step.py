"""@secrets, @card, @retry, @catch, @timeout and @environment together, on shared storage and on S3."""

import base64
import json
import re

import pytest
from kit.aws import ROLE_KEY, Aws

CONFIG = {
    "METAFLOW_DEFAULT_SECRETS_ROLE": "arn:aws:iam::1:role/reader",
    "METAFLOW_AWS_SECRETS_MANAGER_DEFAULT_REGION": "eu-north-1",
    "METAFLOW_AWS_SECRETS_MANAGER_DEFAULT_ROLE": "arn:aws:iam::1:role/other",
    "METAFLOW_GCP_SECRET_MANAGER_PREFIX": "projects/1/secrets/",
    "METAFLOW_AZURE_KEY_VAULT_PREFIX": "https://vault.example.com",
    "METAFLOW_DEFAULT_SECRETS_BACKEND_TYPE": "inline",
}
ITEMS = ["keeps failing", "fails once", "looks"]
CARDS = """
from metaflow.cards import get_cards
run = Flow('FriendsFlow')['{run}']
answer = {{f'{{task.pathspec.split("/")[2]}} {{card.id}} {{card.type}} {{task.index}}': card.get()
          for step in ('start', 'all', 'join') for task in run[step] for card in get_cards(task)}}
"""


def shown(html):
    """What a card shows, which its page carries as base64."""
    return base64.b64decode(re.search(r'__MF_DATA__\[".*?"\] = "(.*?)"', html)[1]).decode()


# On S3 the credentials of the datastore open both.
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAOFTHESUBMITTER",
    "AWS_SECRET_ACCESS_KEY": "s3cret-of-the-submitter",
    "AWS_DEFAULT_REGION": "eu-north-1",
}


@pytest.fixture(scope="module")
def aws():
    aws = Aws({"DB_USER": "ada"})
    yield aws
    aws.stop()


@pytest.fixture(scope="module", params=["raw", "docker"])
def friends(request, new_submitter, aws):
    by, site = new_submitter(), request.param
    keys = by.sites[site]["env"] if site == "docker" else KEYS
    result = by.run("friends", site=site, env={**CONFIG, **keys, "AWS_HERE": aws.url}).ok()
    asked, aws.asked = aws.asked, []
    result.keys, result.asked = keys, asked
    return site, result


def test_all_on_one_step(friends, cluster):
    """Each decorator does its part, and each attempt is a job."""
    site, result = friends
    told = result.by.client(f"answer = Flow('FriendsFlow')['{result.run_id}']['join'].task.data.told", site=site)
    # The one that looks waited in its step until its card was drawn.
    assert (told["fails once"], told["looks"]) == ([1, "None"], [0, "None"])
    assert told["keeps failing"][0] is None
    assert "keeps failing, attempt 1" in told["keeps failing"][1]
    steps = [job["Meta"]["metaflow.step_name"] for job in cluster.jobs(run_id=result.run_id)]
    assert {step: steps.count(step) for step in steps} == {"start": 1, "all": 5, "join": 1}


def test_configuration_of_the_secret_providers_reaches_the_task(friends):
    site, result = friends
    found = result.by.client(f"answer = Flow('FriendsFlow')['{result.run_id}']['start'].task.data.config", site=site)
    assert found == CONFIG


def test_the_provider_of_aws_gets_in(friends, cluster):
    """It signs with the submitter's key, takes the role, and neither key stands in a job."""
    _, result = friends
    assert result.asked == [
        [result.keys["AWS_ACCESS_KEY_ID"], "AssumeRole", CONFIG["METAFLOW_DEFAULT_SECRETS_ROLE"]],
        [ROLE_KEY, "GetSecretValue", "database"],
    ]
    jobs = json.dumps(cluster.jobs(run_id=result.run_id))
    assert result.keys["AWS_SECRET_ACCESS_KEY"] not in jobs + result.output
    assert cluster.api("/v1/vars", namespace="*") == []


def test_cards_through_the_client(friends):
    """The default card, blank ones with components, and one that was drawn anew while its step ran."""
    site, result = friends
    cards = {name: shown(html) for name, html in result.by.client(CARDS.format(run=result.run_id), site=site).items()}
    assert len(cards) == 8
    assert "FriendsFlow" in cards["start None default None"]
    assert "joined" in cards["join None blank None"]
    for index, item in enumerate(ITEMS):
        assert f"row of {item}" in cards[f"all after blank {index}"]
        assert (f"last words of {item}" in cards[f"all live blank {index}"]) == (index > 0)
        assert ("first words" in cards[f"all live blank {index}"]) == (index == 0)


def test_cards_on_the_command_line(friends):
    site, result = friends
    listed = result.by.run("friends", "card", "list", f"{result.run_id}/start", site=site).ok()
    assert "default" in listed.output
    target = result.by.flows / "card.html"
    result.by.run("friends", "card", "get", f"{result.run_id}/join", str(target), site=site).ok()
    assert "joined" in shown(target.read_text())
