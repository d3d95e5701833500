"""
A report of what a step did on the cluster: a card, to be looked at here.

    python examples/card_flow.py run
    python examples/card_flow.py card view train
"""

from metaflow import FlowSpec, card, current, nomad, step
from metaflow.cards import Markdown, Table


class CardFlow(FlowSpec):
    """Fits nothing, but reports on it."""

    @card(type="blank")
    @nomad(cpu=200, memory=256)
    @step
    def start(self):
        self.losses = [round(1 / (epoch + 1), 3) for epoch in range(5)]
        current.card.append(Markdown(f"# Training on {current.flow_name}"))
        current.card.append(Table([[epoch, loss] for epoch, loss in enumerate(self.losses)], headers=["epoch", "loss"]))
        self.next(self.end)

    @step
    def end(self):
        print(f"the last loss was {self.losses[-1]}")


if __name__ == "__main__":
    CardFlow()
