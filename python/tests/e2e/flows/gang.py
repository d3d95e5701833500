"""A gang of three that talk to each other over TCP: each worker brings its index to the control task."""

import os
import socket
import sys
import time

from metaflow import FlowSpec, Parameter, catch, current, parallel, retry, step


def maybe_caught(function):
    return catch(var="error")(function) if os.environ.get("GANG_CATCH") else function


class GangFlow(FlowSpec):
    nodes = Parameter("nodes", default=3)
    fails = Parameter("fails", default=-1)
    attempts = Parameter("attempts", default=1)
    sleeps = Parameter("sleeps", default=0)

    @step
    def start(self):
        self.next(self.train, num_parallel=self.nodes)

    @maybe_caught
    @retry(times=int(os.environ.get("GANG_RETRIES", "0")), minutes_between_retries=0)
    @parallel
    @step
    def train(self):
        node = current.parallel
        self.number, self.of, self.task = node.node_index, node.num_nodes, current.task_id
        self.control = node.control_task_id
        print("node", node.node_index, "of", node.num_nodes, "here")
        if node.node_index == self.fails and current.retry_count < self.attempts:
            print("node", node.node_index, "fails", file=sys.stderr)
            sys.exit(7)
        self.heard = self.listen() if node.node_index == 0 else self.call(node.main_ip)
        time.sleep(self.sleeps)
        self.next(self.join)

    def listen(self):
        with socket.create_server(("", int(os.environ["MF_MASTER_PORT"]))) as server:
            server.settimeout(120)
            heard = []
            while len(heard) < current.parallel.num_nodes - 1:
                connection, _ = server.accept()
                with connection:
                    heard.append(int(connection.recv(10)))
                    print("heard", sorted(heard))
                    connection.sendall(b"welcome")
        return sorted(heard)

    def call(self, address):
        for _ in range(600):
            try:
                with socket.create_connection((address, int(os.environ["MF_MASTER_PORT"])), 60) as connection:
                    connection.sendall(str(current.parallel.node_index).encode())
                    return connection.recv(10).decode()
            except OSError:
                time.sleep(0.1)
        raise OSError("the control task does not answer")

    @step
    def join(self, inputs):
        self.seen = [(part.number, part.of, part.control == inputs[0].task, part.heard) for part in inputs]
        self.next(self.end)

    @step
    def end(self):
        print("gang", self.seen)


if __name__ == "__main__":
    GangFlow()
