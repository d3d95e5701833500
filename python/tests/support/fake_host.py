"""A launch host for tests: runs each request's command on this machine, and speaks the host's protocol.

Started as `python fake_host.py host RUNDIR`; it needs neither Nomad nor Node.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path


class Host:
    def __init__(self, rundir):
        self.rundir = Path(rundir)
        self.config = json.loads((self.rundir / "run.json").read_text())
        self.run = None
        self.run_gone = threading.Event()
        self.acks = {}
        self.tasks = {}
        self.closed = False
        self.lock = threading.Lock()

    def serve(self):
        path = self.rundir / "host.sock"
        path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        server.listen(128)
        print("listening", os.getpid(), flush=True)
        threading.Thread(target=self.accept, args=(server,), daemon=True).start()
        self.run_gone.wait()
        for task in list(self.tasks.values()):
            task.stop()
        for task in list(self.tasks.values()):
            task.done.wait(5)
        print("leaving", flush=True)
        if not self.closed:
            shutil.rmtree(self.rundir)

    def accept(self, server):
        while True:
            connection, _ = server.accept()
            threading.Thread(target=self.greet, args=(connection,), daemon=True).start()

    def greet(self, connection):
        reader = connection.makefile("rb")
        hello = json.loads(reader.readline() or b"{}")
        if hello.get("kind") == "run":
            self.session(connection, reader)
        elif hello.get("kind") == "task":
            self.task(connection, reader, hello)

    def session(self, connection, reader):
        refusal = os.environ.get("FAKE_HOST_REFUSE")
        site = {
            "site": "fake",
            "address": "fake:",
            "driver": "raw_exec",
            "python": os.environ.get("FAKE_HOST_PYTHON"),
            "filesystem": "host",
            "nodeUsers": True,
            "sharedPath": "/",
            "warnings": ["this is a fake host"],
        }
        sites = {step["step"]: site for step in self.config["steps"]}
        reply = {"ok": False, "error": json.loads(refusal)} if refusal else {"ok": True, "sites": sites}
        connection.sendall(json.dumps(reply).encode() + b"\n")
        self.run = connection
        for line in reader:
            message = json.loads(line)
            if "ack" in message:
                self.acks.setdefault(message["ack"], threading.Event()).set()
            if message.get("cmd") == "close":
                self.closed = True
                self.run_gone.set()
        self.run_gone.set()

    def task(self, connection, reader, hello):
        if os.environ.get("FAKE_HOST_DIE_ONCE") and not (self.rundir / "died").exists():
            (self.rundir / "died").touch()
            os._exit(9)
        with self.lock:
            key = hello["request"]
            if key not in self.tasks:
                self.tasks[key] = Task(self, json.loads(Path(key).read_text()))
        self.tasks[key].follow(connection, reader)

    def ended(self, event):
        key = f"{event['pathspec']}/{event['attempt']}"
        waiter = self.acks.setdefault(key, threading.Event())
        try:
            self.run.sendall(json.dumps(event).encode() + b"\n")
            waiter.wait(30)
        except (OSError, AttributeError):
            pass


class Task:
    def __init__(self, host, request):
        self.host, self.request, self.done = host, request, threading.Event()
        launch = request["launch"]
        work = host.rundir / "work" / launch["jobId"]
        work.mkdir(parents=True)
        env = {"PATH": os.environ["PATH"], "NOMAD_TASK_DIR": str(work), **launch["env"], **launch["secretEnv"]}
        self.started = datetime.utcnow().isoformat() + "Z"
        self.process = subprocess.Popen(
            launch["argv"],
            env=env,
            cwd=work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def follow(self, connection, reader):
        sending = threading.Lock()

        def frame(kind, payload):
            with sending:
                connection.sendall(kind + len(payload).to_bytes(4, "big") + payload)

        def copy(source, kind, path):
            with open(path, "ab") as log:
                for number, line in enumerate(source):
                    head = f"[MFLOG|0|{datetime.utcnow().isoformat()}Z|task|{number}-{os.urandom(4).hex()}]".encode()
                    log.write(head + line.rstrip(b"\n") + b"\n")
                    frame(kind, head + line.rstrip(b"\n") + b"\n")
                    frame(b"r", json.dumps({"line": number}).encode())

        frame(b"o", f"[nomad] job {self.request['launch']['jobId']}\n".encode())
        logs = self.request["logs"]
        copiers = [
            threading.Thread(target=copy, args=(source, kind, path), daemon=True)
            for source, kind, path in (
                (self.process.stdout, b"o", logs["stdout"]),
                (self.process.stderr, b"e", logs["stderr"]),
            )
        ]
        threading.Thread(target=self.listen, args=(reader,), daemon=True).start()
        for copier in copiers:
            copier.start()
        code = self.process.wait()
        for copier in copiers:
            copier.join()
        event = {key: self.request[key] for key in ("pathspec", "attempt", "logs")}
        facts = {
            "nomad-job-id": self.request["launch"]["jobId"],
            "nomad-driver": "raw_exec",
            "nomad-started-at": self.started,
        }
        self.host.ended(
            {"event": "ended", "outcome": {"kind": "succeeded" if code == 0 else "failed"}, "facts": facts, **event}
        )
        try:
            frame(b"x", str(code).encode())
        except OSError:
            pass
        self.done.set()

    def listen(self, reader):
        data = reader.read(1)
        print("cancel" if data == b"c" else "client gone", self.request["pathspec"], flush=True)
        self.stop()

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            for _ in range(20):
                time.sleep(0.1)
                if self.process.poll() is not None:
                    return
            os.killpg(self.process.pid, signal.SIGKILL)


if __name__ == "__main__":
    command, rundir = sys.argv[1:3]
    if command == "host":
        Host(rundir).serve()
    elif command == "task":
        request = json.loads(Path(sys.argv[3]).read_text())
        print("in-process", request["pathspec"], flush=True)
        launch = request["launch"]
        os.execvpe(launch["argv"][0], launch["argv"], {**os.environ, **launch["env"]})
    elif command == "jobs":
        print(json.dumps({"argv": sys.argv[1:], "query": json.load(sys.stdin)}))
