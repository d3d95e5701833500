"""Metaflow's own decorators around @nomad: @secrets and @card alone, and all of them on one step."""

import base64
import os
import re
import time

from metaflow import FlowSpec, card, catch, current, environment, nomad, retry, secrets, step, timeout
from metaflow.cards import Markdown, Table, get_cards
from metaflow.plugins.cards.exception import CardNotPresentException

INLINE = {"type": "inline", "id": "mine", "options": {"env_vars": {"MY_KEY": "kept-apart"}}}
ENDPOINTS = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_STS")
NAMES = (
    "METAFLOW_DEFAULT_SECRETS_BACKEND_TYPE METAFLOW_DEFAULT_SECRETS_ROLE METAFLOW_AWS_SECRETS_MANAGER_DEFAULT_REGION "
    "METAFLOW_AWS_SECRETS_MANAGER_DEFAULT_ROLE METAFLOW_GCP_SECRET_MANAGER_PREFIX METAFLOW_AZURE_KEY_VAULT_PREFIX"
).split()


def shown(task, card_id):
    """What a card shows by now, which its page carries as base64."""
    try:
        pages = [one.get() for one in get_cards(task, id=card_id)]
    except CardNotPresentException:
        return ""
    return "".join(base64.b64decode(re.search(r'__MF_DATA__\[".*?"\] = "(.*?)"', page)[1]).decode() for page in pages)


class FriendsFlow(FlowSpec):
    @environment(vars={name: os.environ.get("AWS_HERE", "") for name in ENDPOINTS})
    @nomad
    @secrets(sources=[INLINE, "aws-secrets-manager.database"])
    @card
    @step
    def start(self):
        assert (os.environ["MY_KEY"], os.environ["DB_USER"]) == ("kept-apart", "ada")
        self.config = {name: os.environ.get(name) for name in NAMES}
        self.items = ["keeps failing", "fails once", "looks"]
        self.next(self.all, foreach="items")

    @catch(var="caught", print_exception=False)
    @timeout(minutes=2)
    @card(type="blank", id="live", refresh_interval=1)
    @card(type="blank", id="after")
    @secrets(sources=[INLINE])
    @nomad
    @environment(vars={"MY_OTHER": "also"})
    @retry(times=1, minutes_between_retries=0)
    @step
    def all(self):
        assert (os.environ["MY_KEY"], os.environ["MY_OTHER"]) == ("kept-apart", "also")
        note = Markdown("# first words")
        current.card["live"].append(note)
        current.card["live"].refresh()
        current.card["after"].append(Table([[f"row of {self.input}"]]))
        if self.input == "keeps failing" or (self.input == "fails once" and current.retry_count == 0):
            raise ValueError(f"{self.input}, attempt {current.retry_count}")
        while self.input == "looks" and "first words" not in shown(current.pathspec, "live"):
            time.sleep(0.2)
        note.update(f"# last words of {self.input}")
        current.card["live"].refresh()
        self.attempt = current.retry_count
        self.next(self.join)

    @nomad
    @card(type="blank")
    @step
    def join(self, inputs):
        self.told = {one.input: [getattr(one, "attempt", None), str(one.caught)] for one in inputs}
        current.card.append(Markdown("joined"))
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    FriendsFlow()
