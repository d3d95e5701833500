"""Steps that no node can take, each for a reason of its own."""

from metaflow import FlowSpec, catch, nomad, step


class PendingFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.memory, self.datacenter, self.constraint, self.disk)

    @catch(var="error", print_exception=False)
    @nomad(memory=900_000)
    @step
    def memory(self):
        self.next(self.join)

    @catch(var="error", print_exception=False)
    @nomad(datacenters=["dc9"])
    @step
    def datacenter(self):
        self.next(self.join)

    @catch(var="error", print_exception=False)
    @nomad(constraints=[{"attribute": "${node.class}", "operator": "=", "value": "gpu"}])
    @step
    def constraint(self):
        self.next(self.join)

    @catch(var="error", print_exception=False)
    @nomad(disk=90_000_000)
    @step
    def disk(self):
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PendingFlow()
