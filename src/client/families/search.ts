import type { Caller } from "../caller.js";
import type { CallOptions } from "../options.js";
import type * as Nomad from "../types/nomad.js";

/** What may be searched. Source: nomad/structs/search.go */
export type SearchContext =
  | "allocs"
  | "all"
  | "deployment"
  | "evals"
  | "images"
  | "jobs"
  | "namespaces"
  | "node_pools"
  | "nodes"
  | "plugins"
  | "quotas"
  | "recommendations"
  | "scaling_policy"
  | "services"
  | "vars"
  | "volumes"
  | "host_volumes"
  // Newer Nomads know more.
  | (string & {});

/** Search. Source: https://developer.hashicorp.com/nomad/api-docs/search */
export class Search {
  readonly #call: Caller;

  constructor(call: Caller) {
    this.#call = call;
  }

  /** POST /search. IDs that begin so: at most 20 of each kind, `Truncations` says where there are more. */
  prefix(prefix: string, context: SearchContext = "all", options?: CallOptions): Promise<Nomad.SearchResponse> {
    return this.#call.send("POST", "/search", options, { body: { Prefix: prefix, Context: context } });
  }

  /** POST /search/fuzzy. Names that hold a text, with the scopes they are in. */
  fuzzy(text: string, context: SearchContext = "all", options?: CallOptions): Promise<Nomad.FuzzySearchResponse> {
    return this.#call.send("POST", "/search/fuzzy", options, { body: { Text: text, Context: context } });
  }
}
