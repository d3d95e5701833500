"""The tiny client's entry, run as `python -I -S client.py RUNDIR REQUEST DELAY`, or by `relay.pl`.

A script is compiled anew by every process that runs it, and a module is not: what the client does is in `relay`.
"""

import os
import sys

# There is no site, and a search of all that is installed would cost more than these two lines.
package = sys.modules["metaflow_nomad"] = type(sys)("metaflow_nomad")
package.__path__ = [__file__.rpartition("/")[0]]

from metaflow_nomad import relay  # noqa: E402

if __name__ == "__main__":
    os._exit(relay.main(sys.argv[1:]))
