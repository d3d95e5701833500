import { type BlockSpec, flag, oneOf, readBlock, text } from "../core/blocks/index.js";
import type { LaunchFeature } from "../core/contracts/feature.js";
import { refuse } from "../core/errors/refuse.js";
import { editTask } from "./edit-job.js";

/** Source: https://developer.hashicorp.com/nomad/docs/job-specification/vault */
const vaultSpec: BlockSpec = {
  role: text("Role"),
  cluster: text("Cluster"),
  namespace: text("Namespace"),
  env: flag("Env"),
  disable_file: flag("DisableFile"),
  change_mode: oneOf("ChangeMode", ["noop", "restart", "signal"]),
  change_signal: text("ChangeSignal"),
  allow_token_expiration: flag("AllowTokenExpiration"),
  policies: {
    nomad: "Policies",
    read: (_value, path) => {
      // Nomad 1.10 drops them without a word, and the task would have other rights than it asked for.
      throw refuse(path, "Nomad has dropped it (1.10)", "Name a Vault role that has those policies: role=.");
    },
  },
};

/** A Vault token for the task, by its workload identity; templates may then read Vault's secrets. */
export const vault: LaunchFeature = {
  name: "vault",
  blocks: ["vault"],
  contribute(job, { request: { blocks } }) {
    const asked = blocks?.["vault"];
    if (asked === undefined || asked === false) return job;
    const given = typeof asked === "string" ? { role: asked } : asked === true ? {} : asked;
    // Nomad's own default is "restart": a step would begin anew whenever its token changes.
    const Vault = { ChangeMode: "noop", ...readBlock(vaultSpec, given, "vault") };
    return editTask(job, () => ({ Vault }));
  },
};
