"""What must arrive as it is: values of every kind, on every driver; and names that make a job ID valid, whatever they are."""

from __future__ import annotations

import json
import re

import pytest
from kit.parts import IMAGE

VALUES = {
    "QUOTES": 'double " single \' back ` and "\'`"',
    "LINES": "one\ntwo\r\nthree\rfour\n\n",
    "DOLLAR": "$HOME $$ $1 $(id) $'x' \\$HOME",
    "BRACES": "${HOME} ${node.unique.name} ${NOMAD_ALLOC_ID} ${X:-y} ${T:0:26} $${x} $$${y} ${",
    "PERCENT": "%{if true}x%{endif} %% %s %{ %%{",
    "MUSTACHE": '{{ env "HOME" }} {{{ }} {{- with secret "x" }} <<metaflow-nomad:0<< >>metaflow-nomad:0>>',
    "BACKSLASH": '\\ \\n \\\\ \\" trailing\\',
    "UNICODE": "žluť 🐎 日本 \u202eabc e\u0301 \ufeff \u2028",
    "EMPTY": "",
    "SPACES": "  lead and trail \t ",
    "SHELL": "a;b|c&d>e<f*g?h[i]~j#k!l",
    "EQUALS": "a=b=c",
    "CONTROL": "\x01\x1b[31m\x7f",
    "LONG": "x" * 60_000,
}
# In @nomad(env=…) these are Nomad's to fill in.
NOMAD_VALUES = {**VALUES, "BRACES": "${HOME} ${X:-y} ${T:0:26} $${x} $$${y} ${"}


def test_environment(submitter, cluster):
    by = submitter()
    given = {
        "environment": {f"ENVIRONMENT_{name}": value for name, value in VALUES.items()},
        "nomad": {f"NOMAD_ENV_{name}": value for name, value in NOMAD_VALUES.items()},
    }
    file = by.write("odd.json", json.dumps(given))
    user = 'o\'neil "x" $HOME ${y} %{z {{q}} ñ' + "u" * 180
    tags = ["t" * 200, "quote \" ' `", "${braces} %{x} {{y}}", "comma, semi; $HOME \\", "ünïcode 🐎"]
    arguments = [word for tag in tags for word in ("--tag", tag)]
    text = "".join(VALUES[name] for name in ("QUOTES", "LINES", "BRACES", "UNICODE"))
    result = by.run(
        "odd",
        "run",
        "--text",
        text,
        *arguments,
        env={"ODD": str(file), "METAFLOW_USER": user, "METAFLOW_PASSTHROUGH": "x"},
    ).ok()
    answer = by.client(
        f"data = Flow('OddFlow')['{result.run_id}'].data\n"
        "answer = [data.received, data.text, data.user, sorted(data.tags)]"
    )
    received, got_text, got_user, got_tags = answer
    wanted = {**given["environment"], **given["nomad"]}
    for step in ("raw", "chroot", "container"):
        wrong = {
            name: (received[step].get(name), value)
            for name, value in wanted.items()
            if received[step].get(name) != value
        }
        assert not wrong, f"{step}: {wrong}"
    assert (got_text, got_user) == (text, user)
    assert set(tags) <= set(got_tags)
    for job in cluster.jobs(run_id=result.run_id):
        assert re.fullmatch(r"[A-Za-z0-9_.-]{1,120}", job["ID"])
        assert job["ID"].startswith(f"OddFlow-{result.run_id}-")
        assert job["Meta"]["metaflow.user"] == user


LONG_FLOW = """
from metaflow import FlowSpec, nomad, step


class {flow}(FlowSpec):
    @nomad
    @step
    def start(self):
        self.next(self.{step}a, self.{step}b)

    @nomad
    @step
    def {step}a(self):
        self.next(self.gather)

    @nomad
    @step
    def {step}b(self):
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass


if __name__ == "__main__":
    {flow}()
"""


def test_long_names(submitter, cluster):
    """Two steps whose names differ in the last of 200 characters only."""
    by = submitter()
    flow, step = "L" + "o" * 194 + "ngF", "s" * 199
    path = by.write("long name, with $odd 'characters' %{.py", LONG_FLOW.format(flow=flow, step=step))
    result = by.run(path, "run").ok()
    jobs = [job["ID"] for job in cluster.jobs(run_id=result.run_id)]
    assert len(set(jobs)) == 3
    for job in jobs:
        assert re.fullmatch(r"Loooo[A-Za-z0-9_.-]{1,115}", job) and result.run_id in job
    assert sum("-ssss" in job for job in jobs) == 2


@pytest.mark.parametrize("site", ["raw", "exec", "docker"])
def test_arguments(submitter, site):
    """What `metaflow-nomad launch` is told to run: Nomad's client reads arguments as templates."""
    by = submitter()
    values = [value.replace("e\u0301", "é") for name, value in VALUES.items() if name != "LONG"]
    program = "import json, os, sys; print(json.dumps([sys.argv[1:], os.environ['ODD']]))"
    python = "python" if site == "docker" else "python3"
    job = {"command": [python, "-c", program, *values], "env": {"ODD": VALUES["BRACES"]}, "image": IMAGE}
    file = by.write("job.json", json.dumps({key: job[key] for key in job if site == "docker" or key != "image"}))
    command = [str(by.python.parent / "metaflow-nomad"), "launch", str(file)]
    done = by.popen(command, by.env(site))
    out, err = done.communicate(timeout=60)
    assert done.returncode == 0, err
    assert json.loads(out) == [values, VALUES["BRACES"]]
