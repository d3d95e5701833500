import { canExec, type ExecCall, type ExecIo } from "../../core/contracts/task-exec.js";
import { LauncherError } from "../../core/errors/launcher-error.js";
import type { Caller } from "../caller.js";
import type { CallOptions } from "../options.js";

/** A command and where it runs; namespace and region are options. */
export type ExecRequest = Omit<ExecCall, "namespace" | "region">;

/** Commands inside running tasks. Source: https://developer.hashicorp.com/nomad/api-docs/client#exec-allocation */
export class Exec {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /**
   * GET /client/allocation/:id/exec, over a WebSocket. Runs a command to its end; an abort ends it.
   *
   * @returns its exit code.
   * @throws LauncherError `NOMAD_E_API_*` when Nomad refuses, `NOMAD_E_TRANSPORT_*` when the connection fails.
   */
  async run(request: ExecRequest, io: ExecIo, options: CallOptions = {}): Promise<number> {
    const { transport } = this.#call.parts;
    if (!canExec(transport)) {
      const reason = "its transport cannot run commands in tasks";
      throw new LauncherError("NOMAD_E_TRANSPORT_UNREACHABLE", { address: transport.address, site: "client", reason });
    }
    return transport.exec({ ...request, ...this.#call.placeOf(options) }, io, this.#call.signalOf(options));
  }
}
