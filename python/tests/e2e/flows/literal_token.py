"""A literal token, which must stay out of the run's data."""

from metaflow import FlowSpec, nomad, step


class TokenFlow(FlowSpec):
    @nomad(address="http://127.0.0.1:4646", token="5ecret")
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    TokenFlow()
