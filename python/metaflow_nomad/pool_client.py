"""The stand-in of an item of a local pool, run as `python -I -S pool_client.py SOCKET COUNT COMMAND…`.

It hands the last COUNT words of the command, its environment and its standard streams to the fork server, passes
signals on, and ends as the item does. Where there is no server, it becomes the command.
"""

import _signal  # type: ignore[import-not-found]  # mypy has no stub of it
import _socket
import os
import sys

_STREAMS = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
_PASSED_ON = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGUSR1, _signal.SIGUSR2)


def main(path: str, count: int, command: list[str]) -> None:
    """Stand in for the item to its end; never returns."""
    server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    runtime = os.getppid()
    caught: list[int] = []
    try:
        server.connect(path)
        for number in _PASSED_ON:
            _signal.signal(number, lambda number, _: _pass_on(server, number, caught))
        _greet(server, command[len(command) - count :])
    except OSError:
        # There is none, or it is going; what it may have said yet counts.
        pass
    said = _listen(server)
    if said and said[-1].startswith(b"end "):
        _end(int(said[-1][4:]))
    if said:
        _give_up(said)
    if caught or os.getppid() != runtime:
        # It has been asked to end, or nobody is left to run it for.
        _end(-(caught or [_signal.SIGKILL])[0])
    for number in _PASSED_ON:
        _signal.signal(number, _signal.SIG_DFL)
    os.execvp(command[0], command)  # noqa: S606 - as the runtime would


def _pass_on(server: _socket.socket, number: int, caught: list[int]) -> None:
    caught.append(number)
    try:
        server.send(bytes([number]))
    except OSError:
        # It has just died: what it has said until then is still to be read.
        return


def _greet(server: _socket.socket, words: list[str]) -> None:
    variables = [name + b"=" + value for name, value in os.environb.items()]
    texts = [b"%d" % len(words), *map(os.fsencode, words), *variables]
    body = b"\0".join(texts)
    server.sendmsg([b"%010d" % len(body)], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, _STREAMS)])
    server.sendall(body)


def _listen(server: _socket.socket) -> list[bytes]:
    """Return the lines of the server, up to its end or the item's."""
    heard = b""
    while not (b"end " in heard and heard.endswith(b"\n")):
        try:
            data = server.recv(256)
        except OSError:
            data = b""
        if not data:
            break
        heard += data
    return heard.splitlines()


def _end(code: int) -> None:
    """End as the item did, a signal included."""
    if code < 0:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -code not in (_signal.SIGKILL, _signal.SIGSTOP):
            _signal.signal(-code, _signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)


def _give_up(said: list[bytes]) -> None:
    """Fail: the server died, and the item must not run on unseen, nor a second time."""
    if said[-1].startswith(b"pid "):
        try:
            os.killpg(int(said[-1][4:]), _signal.SIGKILL)
        except ProcessLookupError:
            # It ended by itself meanwhile.
            said.clear()
    os.write(2, b"[worker_pool] The fork server ended while this task was running. Try it again (@retry).\n")
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
