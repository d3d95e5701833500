"""The tiny client's entry, run as `python -I -S client.py RUNDIR REQUEST DELAY`.

A script is compiled anew by every process that runs it, and a module is not: what the client does is in `relay`.
"""

import os
import sys

sys.path[:0] = [__file__.rpartition("/")[0]]

import relay  # type: ignore[import-not-found]  # noqa: E402  # found beside this file, in a path of its own

if __name__ == "__main__":
    os._exit(relay.main(sys.argv[1:]))
