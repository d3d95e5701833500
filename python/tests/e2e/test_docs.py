"""The Python of the documentation: whole flows are run, snippets are put into a flow that Metaflow checks."""

from __future__ import annotations

import json
import re

import pytest
from kit.parts import IMAGE, ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = [
    (page.relative_to(ROOT).as_posix(), text)
    for page in PAGES
    for text in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
]
WHOLE = [(page, text) for page, text in BLOCKS if "(FlowSpec)" in text]
SNIPPETS = [(page, text) for page, text in BLOCKS if text.startswith("@nomad")]
SECRETS = "aws-secrets-manager"  # test_companions_step.py has a server for that, and a flow like it
RUN_HERE = [(page, text) for page, text in WHOLE if SECRETS not in text]
# What a flow reads, for those that read something.
SETTINGS = {"image": IMAGE, "memory": 150, "last_step": {"cpu": 123}}


def test_what_is_looked_at():
    assert {page for page, _ in WHOLE} >= {"README.md", "docs/companions.md", "docs/parallel.md"}
    assert len(SNIPPETS) >= 4
    assert len(WHOLE) == len(RUN_HERE) + 1


@pytest.mark.parametrize(("page", "text"), RUN_HERE, ids=[page for page, _ in RUN_HERE])
def test_whole_flows(submitter, cluster, page, text):
    """On docker, with the one image that the nodes here have."""
    by = submitter()
    by.write("settings.json", json.dumps(SETTINGS))
    [name] = re.findall(r"^class (\w+)\(FlowSpec\)", text, re.MULTILINE)
    text = re.sub(r'image="[^"]+"', f'image="{IMAGE}"', text)
    if "__main__" not in text:
        text += f"\n\nif __name__ == '__main__':\n    {name}()\n"
    result = by.run(by.write("page_flow.py", text), site="docker-shared").ok()
    jobs = {job["Meta"]["metaflow.step_name"]: job for job in cluster.jobs(run_id=result.run_id)}
    decorated = re.findall(r"@nomad.*\n(?:    @\w+.*\n)*    @step\n    def (\w+)", text)
    assert decorated and set(jobs) == set(decorated)
    if "config_expr" in text:
        [start, end] = [jobs[step]["TaskGroups"][0]["Tasks"][0]["Resources"] for step in ("start", "end")]
        assert (start["MemoryMB"], end["CPU"]) == (300, 123)


@pytest.mark.parametrize(("page", "text"), SNIPPETS, ids=[page for page, _ in SNIPPETS])
def test_snippets(submitter, page, text):
    body = text.replace(": ...", ":\n    self.next(self.end)").replace("def train(", "def start(")
    assert body != text
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    end = "    @step\n    def end(self):\n        pass\n\n\nif __name__ == '__main__':\n    PageFlow()\n"
    flow = f"from metaflow import FlowSpec, nomad, step\n\n\nclass PageFlow(FlowSpec):\n{indented}\n{end}"
    by = submitter()
    assert "good" in by.run(by.write("page_flow.py", flow), "check").ok().output
