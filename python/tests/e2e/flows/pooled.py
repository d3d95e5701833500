"""A foreach whose items do what could tell a warm worker from a process of one's own."""

import atexit
import ctypes
import os
import random
import signal
import subprocess
import sys
import threading
import time

from metaflow import FlowSpec, card, catch, current, environment, nomad, retry, secrets, step, timeout

# Only the submitter has it, and its own tasks: those find standard input open, and what they leave running goes on.
HERE = bool(os.environ.get("HERE"))
remote = (lambda step: step) if HERE else nomad(memory=700)
AT_IMPORT = {"cwd": os.getcwd(), "argv": list(sys.argv)}
WAYS = [
    "fine", "raise", "exit", "code", "sigkill", "segv", "slow", "interrupt", "again", "lines", "unfinished",
    "folder", "environ", "behind", "thread", "handler", "pickle", "big",
]  # fmt: skip


def way_raise(self):
    {}["no such key"]


def way_exit(self):
    sys.exit(3)


def way_code(self):
    os._exit(7)


def way_sigkill(self):
    os.kill(os.getpid(), signal.SIGKILL)


def way_segv(self):
    ctypes.string_at(0)


def way_slow(self):
    # The alarm of @timeout, but now.
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    time.sleep(60)


def way_interrupt(self):
    raise KeyboardInterrupt


def way_again(self):
    if current.retry_count == 0:
        raise RuntimeError("not the first time")


def way_lines(self):
    for number in range(3000):
        print("line", number, "ü" * (number % 7))
    print("to stderr", file=sys.stderr)


def way_unfinished(self):
    sys.stdout.write("no end of line")
    sys.stderr.write("neither here")


def way_folder(self):
    if HERE:
        self.seen = os.getcwd() == AT_IMPORT["cwd"]
        return
    self.seen = sorted(name for name in os.listdir() if not name.startswith((".", "__", "INFO", "job.tar")))
    with open("left-behind", "w") as file:
        file.write("x")


def way_environ(self):
    self.seen = [os.environ.get("FROM_ENVIRONMENT"), os.environ.get("FROM_SECRET"), os.environ.get("LEAK")]
    os.environ["LEAK"] = "x"


def way_behind(self):
    subprocess.Popen(["sleep", "10" if HERE else "600"])


def way_thread(self):
    threading.Thread(target=lambda: (time.sleep(0.3), print("said by a thread at the end"))).start()


def way_handler(self):
    self.seen = [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)]
    self.blocked = sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))
    atexit.register(print, "said at exit")


def way_pickle(self):
    self.unpicklable = threading.Lock()


def way_big(self):
    self.seen = list(range(100_000))


class PooledFlow(FlowSpec):
    @step
    def start(self):
        self.ways = [way for way in WAYS for _ in range(2 if way in ("folder", "environ", "fine") else 1)]
        self.next(self.work, foreach="ways")

    @catch(var="error", print_exception=False)
    @retry(times=1, minutes_between_retries=0)
    @timeout(seconds=120)
    @card(type="blank")
    @environment(vars={"FROM_ENVIRONMENT": "with ${spaces} and\n lines"})
    @secrets(sources=[{"type": "inline", "id": "own", "options": {"env_vars": {"FROM_SECRET": "hush"}}}])
    @remote
    @step
    def work(self):
        self.way = self.input
        self.told = {
            "flow": current.flow_name, "step": current.step_name, "retry": current.retry_count,
            "index": self.index, "argv": sys.argv[:1], "main": __name__,
            "stdin": HERE or sys.stdin.read(), "tty": sys.stdout.isatty(), "threads": threading.active_count(),
            "umask": os.umask(0o022), "path": sys.path[0] == AT_IMPORT["cwd"], "leads": os.getsid(0) != 0,
        }  # fmt: skip
        self.drawn = random.random()
        print("doing", self.way)
        doing = globals().get(f"way_{self.way}")
        if doing:
            doing(self)
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.drawn = len({one.drawn for one in inputs if getattr(one, "drawn", None) is not None})
        self.count = len(list(inputs))
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    PooledFlow()
