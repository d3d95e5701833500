"""The user's own documents, run as they stand.

They use the fixtures, agents and wheel of python/tests/e2e (its kit/fixtures.py says how).
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python" / "tests" / "e2e"))

pytest_plugins = ["kit.fixtures", "kit.told_at_once"]
