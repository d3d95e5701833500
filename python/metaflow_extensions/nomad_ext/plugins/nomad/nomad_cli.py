"""`python flow.py nomad list|kill|show`: a thin way to the launcher's own job commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, Callable

from metaflow import util
from metaflow._vendor import click
from metaflow.exception import CommandException


@click.group()
def cli() -> None:
    """Hold the one group that Metaflow expects."""


@cli.group(help="Commands related to HashiCorp Nomad.")
def nomad() -> None:
    """Hold the commands."""


def _selection(command: Callable[..., Any]) -> Callable[..., Any]:
    options = [
        click.option("--my-runs", default=False, is_flag=True, help="All my unfinished tasks, across all runs."),
        click.option("--user", default=None, help="Unfinished tasks of the given user, across all runs."),
        click.option("--run-id", default=None, help="Unfinished tasks of the given run."),
        click.option("--prefix", default=None, help="Jobs whose ID starts with this."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@nomad.command("list", help="\b\nList unfinished Nomad jobs of this flow.\nBy default, of the latest run only.")
@_selection
@click.pass_context
def list_jobs(ctx: Any, my_runs: bool, user: str | None, run_id: str | None, prefix: str | None) -> None:
    """List jobs."""
    _jobs("list", _query(ctx, my_runs, user, run_id, prefix))


@nomad.command("kill", help="\b\nStop unfinished Nomad jobs of this flow.\nBy default, of the latest run only.")
@_selection
@click.option("--job-id", "job_ids", multiple=True, help="Stop this job. May be given several times.")
@click.option("--purge", default=False, is_flag=True, help="Remove the jobs from Nomad as well.")
@click.pass_context
def kill(
    ctx: Any,
    my_runs: bool,
    user: str | None,
    run_id: str | None,
    prefix: str | None,
    job_ids: tuple[str, ...],
    purge: bool,
) -> None:
    """Stop jobs."""
    _jobs("stop", {**_query(ctx, my_runs, user, run_id, prefix, job_ids), "purge": purge})


@nomad.command("show", help="\b\nHow the tasks of a run went on Nomad: where, when, and how each attempt ended.")
@click.argument("path", default="")
@click.option("--run-id", default=None, help="Tasks of the given run; default: the latest.")
@click.pass_context
def show_tasks(ctx: Any, path: str, run_id: str | None) -> None:
    """Show tasks, from Metaflow's own records."""
    from . import show

    found = show.tasks(ctx.obj.flow.name, run_id or _latest_run(ctx), path)
    said = [line for task in found for line in show.lines(task)]
    click.echo("\n".join(said) if said else "None of these tasks has run on Nomad.")


def _latest_run(ctx: Any) -> str:
    run_id = util.get_latest_run_id(ctx.obj.echo, ctx.obj.flow.name)
    if run_id is None:
        raise CommandException("A previous run id was not found. Specify --run-id.")
    return str(run_id)


def _query(
    ctx: Any,
    my_runs: bool,
    user: str | None,
    run_id: str | None,
    prefix: str | None,
    job_ids: tuple[str, ...] = (),
) -> dict[str, Any]:
    if my_runs and (user or run_id):
        raise CommandException("--my-runs is mutually exclusive with --user and --run-id.")
    flow = ctx.obj.flow.name
    user = util.get_username() if my_runs else user
    if not (user or run_id or prefix or job_ids):
        run_id = _latest_run(ctx)
    found = {"flow": flow, "runId": run_id, "user": user, "prefix": prefix, "jobIds": list(job_ids), "purge": False}
    return {**found, "places": _places(ctx.obj.graph)}


def _places(graph: Any) -> list[dict[str, Any]]:
    """Return where the flow's steps say that they run, each once."""
    from .template import connection

    found: list[dict[str, Any]] = []
    for deco in (deco for node in graph for deco in node.decorators if deco.name == "nomad"):
        place = {name: deco.checked[name] for name in ("site", "region", "namespace") if name in deco.checked}
        own = connection(deco.step, deco.checked)
        place.update({"connection": own} if own else {})
        if place and place not in found:
            found.append(place)
    return found


def _jobs(command: str, query: dict[str, Any]) -> None:
    from .host_process import host_argv
    from .merge import conf_values

    flow_dir = os.path.dirname(os.path.abspath(sys.argv[0]))  # noqa: PTH100, PTH120
    asked = {"version": 1, "conf": conf_values(), "flowDir": flow_dir, **query}
    done = subprocess.run(host_argv("jobs", command), input=json.dumps(asked).encode(), check=False)
    if done.returncode:
        sys.exit(done.returncode)
