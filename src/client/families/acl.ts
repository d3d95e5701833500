import type { Caller } from "../caller.js";
import type { CallOptions, ListOptions, ReadOptions } from "../options.js";
import { path } from "../path.js";
import type { ListQuery, WatchableQuery } from "../query.js";
import type { Input } from "../types/input.js";
import type * as Nomad from "../types/nomad.js";
import { AclLogin } from "./acl-login.js";
import { AclTokens } from "./acl-tokens.js";

/** Tokens, policies, roles, and ways to log in. Source: https://developer.hashicorp.com/nomad/api-docs/acl */
export class Acl {
  readonly tokens: AclTokens;
  readonly policies: AclPolicies;
  readonly roles: AclRoles;
  readonly authMethods: AclThings<Nomad.ACLAuthMethod, Nomad.ACLAuthMethodListStub>;
  readonly bindingRules: AclThings<Nomad.ACLBindingRule, Nomad.ACLBindingRuleListStub>;
  readonly login: AclLogin;

  constructor(call: Caller) {
    this.tokens = new AclTokens(call);
    this.policies = new AclPolicies(call);
    this.roles = new AclRoles(call, "role");
    this.authMethods = new AclThings(call, "auth-method");
    this.bindingRules = new AclThings(call, "binding-rule");
    this.login = new AclLogin(call);
  }
}

/** ACL policies. Source: https://developer.hashicorp.com/nomad/api-docs/acl/policies */
export class AclPolicies {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** GET /acl/policies. Those that the token may see. */
  list(options?: ListOptions): ListQuery<Nomad.ACLPolicyListStub> {
    return this.#call.list("/acl/policies", options);
  }

  /** GET /acl/policy/self. Those of the token that asks. */
  self(options?: ListOptions): ListQuery<Nomad.ACLPolicyListStub> {
    return this.#call.list("/acl/policy/self", options);
  }

  /** GET /acl/policy/:name */
  read(name: string, options?: ReadOptions): WatchableQuery<Nomad.ACLPolicy> {
    return this.#call.read(path`/acl/policy/${name}`, options);
  }

  /** PUT /acl/policy/:name. `Rules` is HCL. */
  put(policy: Input<Nomad.ACLPolicy> & { readonly Name: string }, options?: CallOptions): Promise<void> {
    return this.#call.tell("PUT", path`/acl/policy/${policy.Name}`, options, { body: policy });
  }

  /** DELETE /acl/policy/:name */
  delete(name: string, options?: CallOptions): Promise<void> {
    return this.#call.tell("DELETE", path`/acl/policy/${name}`, options);
  }
}

/** What the API treats alike: auth methods (by name), binding rules and roles (by ID). */
export class AclThings<Thing, Stub> {
  constructor(
    protected readonly call: Caller,
    protected readonly kind: "role" | "auth-method" | "binding-rule",
  ) {}

  /** GET /acl/roles, /acl/auth-methods, /acl/binding-rules */
  list(options?: ListOptions): ListQuery<Stub> {
    return this.call.list(`/acl/${this.kind}s`, options);
  }

  /** GET /acl/role/:id, /acl/auth-method/:name, /acl/binding-rule/:id */
  read(id: string, options?: ReadOptions): WatchableQuery<Thing> {
    return this.call.read(path`/acl/${this.kind}/${id}`, options);
  }

  /** POST /acl/role, /acl/auth-method, /acl/binding-rule */
  create(thing: Input<Thing>, options?: CallOptions): Promise<Thing> {
    return this.call.send("POST", path`/acl/${this.kind}`, options, { body: thing });
  }

  /** PUT /acl/role/:id, /acl/auth-method/:name, /acl/binding-rule/:id. All of it. */
  update(id: string, thing: Input<Thing>, options?: CallOptions): Promise<Thing> {
    return this.call.send("PUT", path`/acl/${this.kind}/${id}`, options, { body: thing });
  }

  /** DELETE /acl/role/:id, /acl/auth-method/:name, /acl/binding-rule/:id */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.call.tell("DELETE", path`/acl/${this.kind}/${id}`, options);
  }
}

/** ACL roles. Source: https://developer.hashicorp.com/nomad/api-docs/acl/roles */
export class AclRoles extends AclThings<Nomad.ACLRole, Nomad.ACLRoleListStub> {
  /** GET /acl/role/name/:name */
  readByName(name: string, options?: ReadOptions): WatchableQuery<Nomad.ACLRole> {
    return this.call.read(path`/acl/role/name/${name}`, options);
  }
}
