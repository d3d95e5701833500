import { commonFailures, type KnownFailure } from "./diagnose.js";

/** Failures of the drivers that start a process on the node itself (exec, raw_exec, java). */
export const processFailures: readonly KnownFailure[] = [
  {
    pattern: /binary "([^"]*)" could not be found/,
    kind: "driver-failed",
    sentence: "The command $1 does not exist on the node.",
    advice: "Install it there, give its full path, or place the task on a node that has it with a constraint.",
    retriable: false,
  },
  {
    pattern: /file (\S+) not found under path/,
    kind: "driver-failed",
    sentence:
      "The command $1 does not exist in the task's file system, which holds only what the node's chroot_env copies.",
    advice: "Use a program of the chroot (often python3 rather than python), or let the node's chroot_env bring it.",
    retriable: false,
  },
  {
    pattern: /failed to start command path="([^"]*)"[^]*?: permission denied/,
    kind: "driver-failed",
    sentence: "The command $1 could not be started: permission denied.",
    advice:
      "It must be executable; and where the task has a user, that user must be let into the node's data_dir (mode 0711).",
    retriable: false,
  },
  {
    pattern: /failed to start command path="([^"]*)"[^]*?(exec format error|argument list too long)/,
    kind: "driver-failed",
    sentence: "The command $1 could not be started: $2.",
    advice: "It must be an executable program for the node's processor; long arguments belong in a file.",
    retriable: false,
  },
  ...commonFailures,
];
