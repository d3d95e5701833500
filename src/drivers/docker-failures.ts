import { commonFailures, type KnownFailure } from "./diagnose.js";

/** Where a registry says what it lacks: `API error (404): manifest for acme/app:503 not found: manifest unknown`. */
const unknownManifest = "manifest unknown|no matching manifest|manifest for \\S+ not found";

const pull = (what: string): RegExp => new RegExp(`Failed to pull \`([^\`]*)\`[^]*?(?:${what})`, "i");

const noImage = {
  kind: "image-pull",
  sentence: "The image $1 does not exist for this node.",
  advice: "Check name, tag and processor type; push it where the nodes can pull it.",
  retriable: false,
} as const;

/**
 * What Nomad's docker driver reports, from runs on 1.7.7 and 1.11.0 and docker's own messages. The messages repeat the
 * image's name, so a pattern must not be something that may stand in a name or port.
 */
export const dockerFailures: readonly KnownFailure[] = [
  { pattern: pull(unknownManifest), ...noImage },
  {
    pattern: pull("toomanyrequests|rate limit"),
    kind: "image-pull",
    sentence: "The registry limits how often $1 may be pulled now.",
    advice: "Wait, log the nodes in to the registry (driver_config auth), or use a mirror.",
    retriable: true,
  },
  {
    pattern: pull(
      "no such host|i/o timeout|connection refused|connection reset|TLS handshake timeout|context deadline|: (?:unexpected )?EOF|(?::|HTTP|code) 50\\d\\b|no route to host",
    ),
    kind: "image-pull",
    sentence: "The registry of the image $1 cannot be reached from the node.",
    advice:
      "Check the registry's name and the node's network; an image that is only on the node must not be pulled (force_pull).",
    retriable: true,
  },
  {
    pattern: pull("unauthorized|no basic auth credentials|authentication required|forbidden|denied: requested access"),
    kind: "image-pull",
    sentence: "The registry refused to give the image $1: it needs a login, or the image does not exist.",
    advice:
      "Check the name; give the node credentials for the registry (driver_config auth, or the docker plugin's auth).",
    retriable: false,
  },
  {
    pattern: pull("not found|does not exist|invalid reference format"),
    ...noImage,
  },
  {
    pattern: /Failed to pull `([^`]*)`/,
    kind: "image-pull",
    sentence: "The image $1 could not be pulled.",
    advice: "See the reason in the task's events; try `docker pull` on the node.",
    retriable: true,
  },
  {
    pattern: /Failed to find docker auth for repo "?([^":\s]*)/,
    kind: "image-pull",
    sentence: "The node has no credentials for the registry of $1.",
    advice: "Correct the docker plugin's auth on the node, or driver_config auth.",
    retriable: false,
  },
  {
    pattern: /exec: "([^"]*)": [^\n]*(?:not found in \$PATH|no such file or directory|permission denied)/,
    kind: "driver-failed",
    sentence: "The command $1 does not exist in the image or may not be run.",
    advice: "Use a program that the image has, or another image.",
    retriable: false,
  },
  {
    pattern: /volumes are not enabled; cannot (?:mount|use)[^\n]*/,
    kind: "driver-failed",
    sentence: "The node's docker driver mounts no paths of the host.",
    advice:
      "Set volumes { enabled = true } in the node's docker plugin, or give the site's shared storage or packageCache a host volume.",
    retriable: false,
  },
  {
    pattern: /requested docker runtime "([^"]*)" was not found/,
    kind: "driver-failed",
    sentence: "The node has NVIDIA devices, and its docker no runtime $1 to hand them to containers.",
    advice:
      "Install NVIDIA's container toolkit on the node, or name its runtime as nvidia_runtime in the docker plugin's block.",
    retriable: true,
  },
  {
    pattern: /unable to find user ([^:\s]+)/,
    kind: "driver-failed",
    sentence: "The image has no user $1.",
    advice: "Name a user of the image or a numeric id, or leave `user` out.",
    retriable: false,
  },
  {
    pattern: /Cannot connect to the Docker daemon|docker daemon is not running/i,
    kind: "driver-failed",
    sentence: "The node's docker daemon does not answer.",
    advice: "Start docker on the node; another try may land on another node.",
    retriable: true,
  },
  ...commonFailures,
];
