"""End to end: real flows on a real Nomad agent, with the installed wheel. Run by `npm run test:e2e`; the fixtures are in kit/fixtures.py."""

import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

# test/seeds says the same: what is loaded once as a plugin is shared, agents and the wheel above all.
pytest_plugins = ["kit.fixtures", "kit.told_at_once"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So does a shell start what it runs in the background, and the flows that tests interrupt would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
