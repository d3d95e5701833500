"""One attempt of one task as a request file for the launch host."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from . import carried_files, fetch, gang, pool_command, submitter, task_command, task_env
from .exits import EXIT_MEANINGS, MARKER
from .names import clean, job_id
from .step_command import StepCommand, step_command

_SETS_UP = ("environment", "secrets", "conda", "pypi", "uv")
"""Decorators whose doing is in a worker's launch; those that are not written in the flow are in its command line."""


def write_request(rundir: Path, request: dict[str, Any]) -> Path:
    """Write the request, readable for the submitter only, whole or not at all."""
    _, _, step, task = request["pathspec"].split("/")
    path = rundir / "tasks" / f"{clean(step, 60)}-{clean(task, 60)}-{request['attempt']}.json"
    work = path.with_suffix(".new")
    with os.fdopen(os.open(work, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        # In one piece: `dump` does it bit by bit, in Python.
        file.write(json.dumps(request))
    work.rename(path)
    return path


def compose(run: Any, step: str, cli_args: Any, attempt: int) -> dict[str, Any]:
    """Compose the request of one attempt, once every decorator has had its say on `cli_args`.

    Parameters
    ----------
    run : Run
        What all tasks of the run share.
    step : str
        Name of the step.
    cli_args : metaflow.runtime.CLIArgs
        The attempt's arguments.
    attempt : int
        Counted from 0.
    """
    task_id = str(cli_args.task.task_id)
    found = {
        "version": 1,
        "pathspec": f"{run.flow_name}/{run.run_id}/{step}/{task_id}",
        "attempt": attempt,
        "delaySeconds": _delay(run.steps[step].decorators) if attempt else 0,
        "logs": _logs(run, step, task_id, cli_args.task._ds, attempt),
        "launch": _launch(run, step, cli_args, task_id, attempt),
        **_workers(run, step, cli_args, task_id, attempt),
        **_pool(run, step, cli_args),
    }
    connection = run.steps[step].connection
    return {**found, "connection": connection} if connection else found


def preflight(run: Any, step: str) -> dict[str, Any]:
    """Compose a step's template: a whole launch request, so that the host can try it on Nomad before any task."""
    plan = run.steps[step]
    meta = {**plan.meta, **_meta(run, step, "preflight", 0)}
    base = {"jobId": job_id(run.flow_name, run.run_id, step, "preflight", 0, run.user, run.host_run)}
    empty = {"argv": ["sh", "-c", ":"], "env": {}, "secretEnv": {}, "nomadEnv": {}}
    return {**base, **plan.template, **empty, "meta": meta, **_shared(run)}


def _launch(run: Any, step: str, cli_args: Any, task_id: str, attempt: int) -> dict[str, Any]:
    count = gang.size(cli_args)
    command = step_command(cli_args, run.flow_file, *((gang.OWN_WORDS, gang.OWN_OPTIONS) if count else ()))
    return _compose_launch(run, step, command, task_id, attempt, count)


def _compose_launch(
    run: Any, step: str, command: StepCommand, task_id: str, attempt: int, count: int = 0
) -> dict[str, Any]:
    plan, site = run.steps[step], run.sites.get(step) or {}
    env, secret, nomad_env = _environments(run, plan, command, site.get("timeoutSeconds"))
    where = None if run.shared_root else fetch.store(run.datastore.TYPE, run.datastore.datastore_root, env)
    bootstrap = task_command.bootstrap_of(run, step, site, where)._replace(files=carried_files.script([*env, *secret]))
    job = job_id(run.flow_name, run.run_id, step, task_id, attempt, run.user, run.host_run)
    if count:
        env.update(gang.nodes(task_id, count)[0].env)
    found = {
        "jobId": job,
        **plan.template,
        **({"gang": {"name": gang.name(job), "index": 0, "size": count}} if count else {}),
        "argv": task_command.argv(run, step, site, command, bootstrap),
        "env": env,
        "secretEnv": secret,
        "nomadEnv": nomad_env,
        "meta": {**plan.meta, **_meta(run, step, task_id, attempt)},
        "exitMeanings": _exit_meanings(fetch.meanings(where, secret) if where else {}),
        **_shared(run),
    }
    user = task_command.user(site) if run.shared_root else None
    # The step's own comes first.
    return {"user": user, **found} if user else found


def _pool(run: Any, step: str, cli_args: Any) -> dict[str, Any]:
    """Return which pool the task belongs to; a worker is a launch as a task's is, and outlives its tasks."""
    plan = run.steps[step]
    if plan.pool is None or not (plan.in_foreach or _has_company(run, step)):
        return {}
    command = pool_command.worker_command(cli_args, run.flow_file)
    key = (step, command.words)
    if key not in run.pools:
        # Each worker's job has numbers at the end.
        job = job_id(run.flow_name, run.run_id, step, "pool", 0, run.user, run.host_run, room=12)
        launch = {**_compose_launch(run, step, command, "pool", 0), "jobId": job}
        shape = pool_command.shape(plan.pool, launch, plan.connection)
        if shape not in run.shapes:
            run.shapes[shape] = pool_command.write_pool(run.rundir, step, plan.pool, launch, plan.connection)
        run.pools[key] = run.shapes[shape]
    return {"pool": pool_command.item(cli_args, run.pools[key])}


def _has_company(run: Any, step: str) -> bool:
    """Whether another step can use the same workers: for one task alone, a worker is no gain."""
    mine = _kind(run.steps[step])
    return any(_kind(plan) == mine for name, plan in run.steps.items() if name != step)


def _kind(plan: Any) -> list[Any]:
    """Return what two steps have in common where their pools' files will say the same."""
    told = [deco for deco in plan.decorators if not deco.statically_defined or deco.name in _SETS_UP]
    specs = sorted(deco.make_decorator_spec() for deco in told)
    return [plan.pool, plan.template, plan.connection, plan.meta, plan.nomad_env, specs]


def _environments(
    run: Any, plan: Any, command: StepCommand, site_limit: float | None
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Return what may be read in the job, what may not, and what Nomad fills in; the user's own comes first."""
    user_env, nomad_env = task_env.user_env(plan.decorators, plan.nomad_env)
    given = {**user_env, **nomad_env}
    provider_env, provider_secrets = task_env.provider_env(plan.decorators)
    base_env, secret_env = (carried_files.without(env, given) for env in (run.base_env, run.secret_env))
    env = {
        **provider_env,
        **base_env,
        **run.saved.env(run.datastore.TYPE),
        **_task_env(run, plan, site_limit),
        **user_env,
        **command.env,
    }
    secret = {name: value for name, value in {**provider_secrets, **secret_env}.items() if name not in given}
    return env, secret, nomad_env


def _workers(run: Any, step: str, cli_args: Any, control: str, attempt: int) -> dict[str, Any]:
    """Return what the other nodes of a @parallel step have of their own."""
    found = []
    for node in gang.nodes(control, gang.size(cli_args))[1:]:
        ids = (run.run_id, step, node.task_id)
        found.append(
            {
                "pathspec": f"{run.flow_name}/{'/'.join(ids)}",
                "jobId": job_id(run.flow_name, *ids, attempt, run.user, run.host_run),
                "env": node.env,
                "meta": {"metaflow.task_id": node.task_id},
                "logs": _logs(run, step, node.task_id, _store_of(run, *ids, attempt), attempt),
            }
        )
    return {"workers": found} if found else {}


def _store_of(run: Any, run_id: str, step: str, task_id: str, attempt: int) -> Any:
    return run.datastore.get_task_datastore(run_id, step, task_id, attempt=attempt, mode="w")


def _task_env(run: Any, plan: Any, site_limit: float | None) -> dict[str, str]:
    found = {"METAFLOW_USER": run.user, "METAFLOW_RUN_ID": run.run_id, "METAFLOW_FLOW_FILENAME": run.flow_file}
    limit: float | None = plan.template.get("timeoutSeconds") or site_limit
    return {**found, task_env.TIME_LIMIT: str(round(limit))} if limit else found


def _shared(run: Any) -> dict[str, Any]:
    return {"sharedPath": run.shared_root} if run.shared_root else {"packageCache": True}


def _meta(run: Any, step: str, task_id: str, attempt: int) -> dict[str, str]:
    names = {
        "flow_name": run.flow_name,
        "run_id": run.run_id,
        "step_name": step,
        "task_id": task_id,
        "attempt": str(attempt),
    }
    names.update({"user": run.user, "host_run": run.host_run}, **run.project)
    found = {f"metaflow.{name}": value for name, value in names.items()}
    return {**found, submitter.MARK: run.submitter} if run.submitter else found


def _logs(run: Any, step: str, task_id: str, store: Any, attempt: int) -> dict[str, str]:
    from metaflow.mflog import TASK_LOG_SOURCE

    if run.shared_root:
        return {
            stream: str(Path(store.get_log_location(TASK_LOG_SOURCE, stream)).absolute())
            for stream in ("stdout", "stderr")
        }
    stem = run.rundir / "logs" / f"{clean(step, 60)}-{clean(task_id, 60)}-{attempt}"
    return {stream: f"{stem}.{stream}" for stream in ("stdout", "stderr")}


def _exit_meanings(fetching: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what the codes mean with which the script around the step ends; the step's own code may be the same."""
    return {code: {**meaning, "sign": MARKER} for code, meaning in {**EXIT_MEANINGS, **fetching}.items()}


def _delay(decorators: Any) -> float:
    for deco in decorators:
        if deco.name == "retry":
            return round(float(deco.attributes.get("minutes_between_retries", 0)) * 60, 3)
    return 0
