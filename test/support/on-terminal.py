"""Runs a command on a pseudo terminal as somebody at a keyboard would.

usage: on-terminal.py '[["expect","$ "],["send","ls\n"],["resize",41,120],["kill",15]]' COMMAND...
Prints JSON: the exit code, what the terminal showed, and whether it is as a shell wants it again (echo, whole lines).
"""

import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import termios
import time

LIMIT_SECONDS = 60
ROWS, COLUMNS = 30, 100


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Session:
    def __init__(self, command):
        self.keyboard, self.terminal = os.openpty()
        resize(self.keyboard, ROWS, COLUMNS)
        self.before = termios.tcgetattr(self.terminal)
        self.shown = b""
        self.seen = 0
        self.process = subprocess.Popen(
            command,
            stdin=self.terminal,
            stdout=self.terminal,
            stderr=self.terminal,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )

    def read(self):
        if select.select([self.keyboard], [], [], 0.1)[0]:
            self.shown += os.read(self.keyboard, 65536)

    def expect(self, text):
        end = time.monotonic() + LIMIT_SECONDS
        while (at := self.shown.find(text.encode(), self.seen)) < 0:
            if time.monotonic() > end or self.process.poll() is not None:
                self.read()
                sys.exit(f"{text!r} was not shown: {self.shown!r}, {self.process.poll()}")
            self.read()
        self.seen = at + len(text.encode())

    def end(self):
        end = time.monotonic() + LIMIT_SECONDS
        while self.process.poll() is None:
            if time.monotonic() > end:
                self.process.kill()
            self.read()
        self.read()
        return self.process.returncode


def main():
    session = Session(sys.argv[2:])
    for action, *values in json.loads(sys.argv[1]):
        if action == "expect":
            session.expect(*values)
        elif action == "send":
            os.write(session.keyboard, values[0].encode())
        elif action == "resize":
            resize(session.keyboard, *values)
        elif action == "kill":
            session.process.send_signal(*values)
    code = session.end()
    restored = termios.tcgetattr(session.terminal) == session.before
    print(json.dumps({"code": code, "shown": session.shown.decode(errors="replace"), "restored": restored}))


main()
