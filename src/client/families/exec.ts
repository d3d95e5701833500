import { canExec, type ExecCall, type ExecIo } from "../../core/contracts/task-exec.js";
import { LauncherError } from "../../core/errors/launcher-error.js";
import type { Caller } from "../caller.js";
import type { CallOptions } from "../options.js";

/** A command and where it runs; namespace and region are options. */
export type ExecRequest = Omit<ExecCall, "namespace" | "region" | "action">;

/** An action of a job's, and where it runs. */
export interface ActionRequest extends Omit<ExecRequest, "command"> {
  readonly jobId: string;
  /** Its name; `jobs.actions` has them. */
  readonly name: string;
}

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
  run(request: ExecRequest, io: ExecIo, options: CallOptions = {}): Promise<number> {
    return this.#exec(request, io, options);
  }

  /** GET /job/:id/action, over a WebSocket. Runs the command that a task offers under a name; else as `run`. Since Nomad 1.7. */
  action({ jobId, name, ...where }: ActionRequest, io: ExecIo, options: CallOptions = {}): Promise<number> {
    return this.#exec({ ...where, command: [], action: { jobId, name } }, io, options);
  }

  async #exec(request: Omit<ExecCall, "namespace" | "region">, io: ExecIo, options: CallOptions): Promise<number> {
    const { transport } = this.#call.parts;
    if (!canExec(transport)) {
      const reason = "its transport cannot run commands in tasks";
      throw new LauncherError("NOMAD_E_TRANSPORT_UNREACHABLE", { address: transport.address, site: "client", reason });
    }
    return transport.exec({ ...request, ...this.#call.placeOf(options) }, io, this.#call.signalOf(options));
  }
}
