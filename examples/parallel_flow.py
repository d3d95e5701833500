"""
A gang: tasks that start together and talk to each other, as distributed training does.

    python examples/parallel_flow.py run

Metaflow's `num_parallel` says how many; none starts before all have a place (docs/parallel.md).
`current.parallel` has what frameworks ask for: the number of nodes, this node's index, the main node's address.
"""

from metaflow import FlowSpec, Parameter, current, nomad, parallel, step


class ParallelFlow(FlowSpec):
    """Lets each member of the gang do its part."""

    members = Parameter("members", default=2)

    @step
    def start(self):
        self.next(self.train, num_parallel=self.members)

    @nomad(cpu=200, memory=256)
    @parallel
    @step
    def train(self):
        gang = current.parallel
        print(f"member {gang.node_index} of {gang.num_nodes}; the main one is at {gang.main_ip}")
        self.part = sum(range(gang.node_index, 1000, gang.num_nodes))
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.total = sum(member.part for member in inputs)
        self.next(self.end)

    @step
    def end(self):
        print(f"together: {self.total}")


if __name__ == "__main__":
    ParallelFlow()
