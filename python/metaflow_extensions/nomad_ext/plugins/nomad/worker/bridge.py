"""Between Nomad's exec endpoint and the fork server: bytes of standard input to its socket, and back.

Run as `python -I -S bridge.py SOCKET`, in the folder of the socket, whose whole path may be too long for one.
"""

import _socket
import _thread
import os
import sys


def main(path: str) -> None:
    """Copy both ways until either side ends."""
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    server.connect(path)
    _thread.start_new_thread(_copy, (0, server.fileno()))
    _copy(server.fileno(), 1)


def _copy(source: int, target: int) -> None:
    try:
        while data := os.read(source, 1 << 16):
            view = memoryview(data)
            while view:
                view = view[os.write(target, view) :]
    except OSError:
        pass
    # Whichever side it was: the server must see that nobody listens any more, and the other end that nobody speaks.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
