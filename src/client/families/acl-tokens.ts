import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";

/** ACL tokens. Source: https://developer.hashicorp.com/nomad/api-docs/acl/tokens */
export class AclTokens {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** POST /acl/bootstrap. The first management token; once per cluster. @param secret - To be the token's own (UUID). */
  bootstrap(secret?: string, options?: CallOptions): Promise<Nomad.ACLToken> {
    const sending = secret === undefined ? {} : { body: { BootstrapSecret: secret } };
    return this.#call.send("POST", "/acl/bootstrap", options, sending);
  }

  /** GET /acl/tokens. Without their secrets. */
  list(options: ListOptions & { readonly global?: boolean | undefined } = {}): ListQuery<Nomad.ACLTokenListStub> {
    return this.#call.list("/acl/tokens", options, { query: { global: options.global } });
  }

  /** GET /acl/token/self. The token that asks. */
  self(options?: ReadOptions): WatchableQuery<Nomad.ACLToken> {
    return this.#call.read("/acl/token/self", options);
  }

  /** GET /acl/token/:accessor */
  read(accessorId: string, options?: ReadOptions): WatchableQuery<Nomad.ACLToken> {
    return this.#call.read(path`/acl/token/${accessorId}`, options);
  }

  /** POST /acl/token. The secret is in the reply. */
  create(token: Input<Nomad.ACLToken>, options?: CallOptions): Promise<Nomad.ACLToken> {
    return this.#call.send("POST", "/acl/token", options, { body: token });
  }

  /** PUT /acl/token/:accessor. All of it. */
  update(accessorId: string, token: Input<Nomad.ACLToken>, options?: CallOptions): Promise<Nomad.ACLToken> {
    const body = { ...token, AccessorID: accessorId };
    return this.#call.send("PUT", path`/acl/token/${accessorId}`, options, { body });
  }

  /** DELETE /acl/token/:accessor */
  delete(accessorId: string, options?: CallOptions): Promise<void> {
    return this.#call.tell("DELETE", path`/acl/token/${accessorId}`, options);
  }

  /** POST /acl/token/onetime. A short-lived secret that can be exchanged once for the token that asks. */
  async createOneTime(options?: CallOptions): Promise<Nomad.OneTimeToken> {
    interface Made {
      readonly OneTimeToken: Nomad.OneTimeToken;
    }
    return (await this.#call.send<Made>("POST", "/acl/token/onetime", options)).OneTimeToken;
  }

  /** POST /acl/token/onetime/exchange */
  async exchangeOneTime(secret: string, options?: CallOptions): Promise<Nomad.ACLToken> {
    interface Given {
      readonly Token: Nomad.ACLToken;
    }
    const body = { OneTimeSecretID: secret };
    return (await this.#call.send<Given>("POST", "/acl/token/onetime/exchange", options, { body })).Token;
  }
}
