"""Metaflow's own `step` command for one attempt, as words for a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

# One word of a command line may hold 128 KiB on Linux; the script itself is one word too.
LONGEST_WORD = 30 * 1024
_INPUT = "METAFLOW_INPUT_PATHS_"


class StepCommand(NamedTuple):
    """The words after the interpreter, what must run before, and the variables both need."""

    words: str
    before: list[str]
    env: dict[str, str]


def step_command(cli_args: Any, flow_file: str, own: str = "", without: Iterable[str] = ()) -> StepCommand:
    """Compose the command from what the runtime and every other decorator put into `cli_args`.

    Parameters
    ----------
    cli_args : metaflow.runtime.CLIArgs
        The attempt's arguments; its entrypoint is not used, for it names the submitter's interpreter.
    flow_file : str
        Name of the flow's file in the code package.
    own : str
        Words for the shell to expand on the node, put at the end.
    without : iterable of str
        Options that those words stand for.
    """
    options = {name: value for name, value in cli_args.command_options.items() if name not in without}
    paths = options.pop("input-paths", None) or ""
    before, env = _chunks(paths) if len(paths) > LONGEST_WORD else ([], {})
    options.update({"input-paths-filename": ".input-paths"} if before else {"input-paths": paths or None})
    words = [flow_file, *top_words(cli_args), *cli_args.commands, *cli_args.command_args, *_options(options)]
    return StepCommand(" ".join(shlex.quote(word) for word in words) + own, before, env)


def top_words(cli_args: Any) -> list[str]:
    """Return the options before `step`: the same for every task of a step."""
    top = {name: value for name, value in cli_args.top_level_options.items() if name != "local-config-file"}
    if top.get("datastore") == "local" and top.get("datastore-root"):
        top["datastore-root"] = str(Path(top["datastore-root"]).absolute())
    return list(_options(top))


def item_words(cli_args: Any) -> list[str]:
    """Return the options after the step's name, for a process that no shell starts: they may be as long as they are."""
    return list(_options(cli_args.command_options))


def _chunks(paths: str) -> tuple[list[str], dict[str, str]]:
    """Carry long input paths in the environment; only a shell's own printf may see them in one piece."""
    count = -(-len(paths) // LONGEST_WORD)
    env = {f"{_INPUT}{i}": paths[i * LONGEST_WORD : (i + 1) * LONGEST_WORD] for i in range(count)}
    parts = " ".join(f'"${name}"' for name in env)
    return [f"printf %s {parts} > .input-paths", f"unset {' '.join(env)}"], env


def _options(options: Mapping[str, Any]) -> Iterator[str]:
    # The same rules as CLIArgs.get_args.
    for name, value in options.items():
        if value is None or value is False:
            continue
        flag = "--" + ("with" if name == "decospecs" else name.replace("_", "-"))
        for one in value if isinstance(value, (list, tuple, set, frozenset)) else [value]:
            yield flag
            if not isinstance(one, bool):
                yield from (str(part) for part in (one if isinstance(one, tuple) else (one,)))
