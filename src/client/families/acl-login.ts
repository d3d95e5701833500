import type { Caller } from "../caller.js";
import type { CallOptions } from "../options.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";

/** Tokens for those who are known elsewhere. Source: https://developer.hashicorp.com/nomad/api-docs/acl */
export class AclLogin {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** POST /acl/oidc/auth-url. Where a person logs in. */
  oidcAuthUrl(
    request: Input<Nomad.ACLOIDCAuthURLRequest>,
    options?: CallOptions,
  ): Promise<Nomad.ACLOIDCAuthURLResponse> {
    return this.#call.send("POST", "/acl/oidc/auth-url", options, { body: request });
  }

  /** POST /acl/oidc/complete-auth. The token, once the person has logged in. */
  oidcComplete(request: Input<Nomad.ACLOIDCCompleteAuthRequest>, options?: CallOptions): Promise<Nomad.ACLToken> {
    return this.#call.send("POST", "/acl/oidc/complete-auth", options, { body: request });
  }

  /** POST /acl/login. A token for a JWT of an auth method. */
  jwt(request: Input<Nomad.ACLLoginRequest>, options?: CallOptions): Promise<Nomad.ACLToken> {
    return this.#call.send("POST", "/acl/login", options, { body: request });
  }

  /** POST /acl/identity/client-introduction-token. Lets a new node register. Since Nomad 1.11. */
  clientIntroduction(
    request: Input<Nomad.ACLIdentityClientIntroductionTokenRequest>,
    options?: CallOptions,
  ): Promise<Nomad.ACLIdentityClientIntroductionTokenResponse> {
    return this.#call.send("POST", "/acl/identity/client-introduction-token", options, { body: request });
  }
}
