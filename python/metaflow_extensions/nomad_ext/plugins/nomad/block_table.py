"""Blocks of Nomad's job specification that `@nomad` takes: type and documentation.

Here they are only known to be JSON; the launch host reads and checks them (src/plugins, one file each).
"""

from __future__ import annotations

_ONE_OR_MORE = "Union[Dict[str, Any], List[Dict[str, Any]]]"
_TEXTS_TOO = "Union[str, Dict[str, Any], List[Any]]"
_ATTEMPTS = "Union[int, Dict[str, Any]]"
_SECONDS = "Union[float, str]"

BLOCKS: dict[str, tuple[str, str]] = {
    "affinities": (_ONE_OR_MORE, 'Nodes to prefer: `{"attribute": "${node.class}", "value": "fast", "weight": 80}`.'),
    "spreads": (_TEXTS_TOO, "Over what to spread tasks: `${node.datacenter}`, or with `weight` and `targets`."),
    "volumes": (
        "Dict[str, Any]",
        'Volumes by name: `"data:/data:ro"`, or `type` (`host`, `csi`, `docker`), `source`, `destination`…',
    ),
    "artifacts": (_TEXTS_TOO, "What to fetch before the start: a URL, or `source`, `destination`, `mode`, `options`…"),
    "templates": (_ONE_OR_MORE, "Files or environment to render: `data` or `source`, `destination`, `env`, `perms`…"),
    "vault": ("Union[bool, str, Dict[str, Any]]", "A Vault token: a role, True for the default one, or the block."),
    "consul": ("Union[bool, Dict[str, Any]]", "A Consul token: True, or `cluster`, `namespace`, `partition`."),
    "identity": (
        "Union[bool, Dict[str, Any], List[Dict[str, Any]]]",
        "Workload identities: True, or `name`, `aud`, `env`, `file`, `ttl`…; one or a list.",
    ),
    "network": ("Union[str, Dict[str, Any]]", "Network mode (`host`, `bridge`, `none`, `cni/NAME`), or the block."),
    "ports": (
        "Union[List[str], Dict[str, Any]]",
        'Ports: `["http"]` for ones that Nomad picks, `{"http": 8080}`, `{"http": {"to": 8080}}`.',
    ),
    "services": (_ONE_OR_MORE, "Services to register: `name`, `port`, `provider`, `tags`, `checks`…"),
    "logs": ("Dict[str, Any]", "How much of the output Nomad keeps: `max_files`, and `max_file_size` in MB."),
    "shared_memory": ("int", "Size of `/dev/shm` in MB, for driver docker."),
    "kill_timeout": (
        _SECONDS, 'Between kill signal and kill: a number of seconds, or text like `"90s"`, `"2m"`. Default 2 seconds.'
    ),
    "kill_signal": ("str", "Signal that ends the task. Default: SIGINT, which Python makes KeyboardInterrupt."),
    "max_run_duration": (_SECONDS, 'Limit that Nomad itself keeps, as seconds or text like `"2h"`; from Nomad 2.0 on.'),
    "prestart": (_ONE_OR_MORE, "Tasks before the step: `name`, `command`, `image`, `env`, `cpu`, `memory`…"),
    "poststart": (_ONE_OR_MORE, "Tasks that run once the step has started; keys as in `prestart`."),
    "poststop": (_ONE_OR_MORE, "Tasks after the step, however it ended; keys as in `prestart`."),
    "sidecars": (_ONE_OR_MORE, "Tasks beside the step, from before its start to its end; keys as in `prestart`."),
    "restart": (_ATTEMPTS, "Restarts by Nomad on the same node: attempts, or the block. Default: none."),
    "reschedule": (_ATTEMPTS, "New placements by Nomad: attempts, or the block. Default: none."),
    "disconnect": ("Dict[str, Any]", "What to do when the node is silent: `lost_after`, `replace`, `reconcile`…"),
    "raw": ("Dict[str, Any]", "JSON merge patches on the finished `task`, `group` and `job`, in Nomad's JSON names."),
}  # fmt: skip
