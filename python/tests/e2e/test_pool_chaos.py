"""A pool whose workers, items and channels are killed at random: each item is done once, or failed with its verdict.

`npm run test:faults -- --pools` runs it with 500 items.
"""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

from kit.flows import FlowProcess
from kit.parts import say

COUNT = int(os.environ.get("METAFLOW_NOMAD_CHAOS_ITEMS", "60"))
SEED = int(os.environ.get("METAFLOW_NOMAD_CHAOS_SEED", "8"))
FACTS = """
answer = {}
for task in Flow("PooledChaosFlow")[RUN]["work"]:
    attempts = [Task(task.pathspec, attempt=n).metadata_dict for n in range(int(task.metadata_dict["attempt"]) + 1)]
    told = [{name: one.get(name) for name in ("nomad-outcome", "nomad-verdict", "nomad-worker-item")} for one in attempts]
    answer[str(task.index)] = {"told": told, "stdout": task.stdout}
"""


def processes(*words: str) -> Iterator[tuple[int, int]]:
    """Processes that have these words in their command line, with their parents."""
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_text(errors="replace")
            parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if all(word in command for word in words):
            yield int(place.name), int(parent)


class Chaos:
    """Ends one thing after another, of one run's pool."""

    def __init__(self, flow: FlowProcess, seed: int):
        self.flow, self.random = flow, random.Random(seed)
        self.done: list[str] = []

    def strike(self) -> None:
        way = self.random.choice(("worker", "item", "channel"))
        if self._kill(way):
            self.done.append(way)

    def _kill(self, way: str) -> bool:
        # Their words have the run's own store in them; items are forked from workers, and look like them.
        found = dict(processes("nomad_worker", "pooled_chaos.py", str(self.flow.by.place)))
        workers = [pid for pid, parent in found.items() if parent not in found]
        targets = {
            "worker": workers,
            "item": [pid for pid, parent in found.items() if parent in found],
            "channel": [pid for pid, _ in processes("bridge.py", "socket")],
        }[way]
        if not targets:
            return False
        try:
            os.kill(self.random.choice(sorted(targets)), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


def test_each_item_is_done_once_or_failed_with_its_verdict(submitter: Callable[..., Any]) -> None:
    by = submitter()
    marks = by.place / "marks"
    marks.mkdir()
    words = ("run", "--max-workers", "8", "--max-num-splits", str(COUNT))
    flow = by.start("pooled_chaos", *words, env={"COUNT": str(COUNT), "MARKS": str(marks)})
    flow.until("line 0")
    chaos, end = Chaos(flow, SEED), 0
    while flow.process.poll() is None and end < COUNT:
        # Struck as often as items end, so that a slow machine is not struck more often.
        end = min(end + 6, COUNT)
        flow.until(lambda text, end=end: text.count("Task finished successfully") > end, 180 + COUNT)
        chaos.strike()
    result = flow.wait(60 + COUNT).ok()
    assert len(chaos.done) >= COUNT // 12, chaos.done
    strikes = ", ".join(f"{number} {way}s" for way, number in sorted(Counter(chaos.done).items()))
    attempts = len(list(marks.iterdir()))
    say(f"chaos of pools: struck {strikes}; {attempts} attempts of {COUNT} items in {result.seconds:.0f} s")

    answer = by.client(f"answer = Flow('PooledChaosFlow')['{result.run_id}']['join'].task['results'].data")
    assert answer == [item**2 for item in range(COUNT)]
    found = by.client(FACTS.replace("RUN", repr(result.run_id)))
    begun: dict[str, list[int]] = {}
    for mark in marks.iterdir():
        begun.setdefault(mark.stem, []).append(int(mark.suffix[1:]))
    assert set(found) == set(begun) == {str(item) for item in range(COUNT)}
    for index, attempts in begun.items():
        told = found[index]["told"]
        # Nothing ran once more after it had succeeded; what failed before says why, also where it never came to begin.
        assert set(attempts) <= set(range(len(told))), (index, told)
        assert [one["nomad-outcome"] == "succeeded" for one in told] == [False] * (len(told) - 1) + [True], (
            index,
            told,
        )
        assert all(one["nomad-verdict"] for one in told[:-1]), (index, told)
        assert int(told[-1]["nomad-worker-item"]) >= 1, (index, told)
        assert found[index]["stdout"] == "".join(f"line {number}\n" for number in range(5)), (index, told)
