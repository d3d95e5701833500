/** Where the value of a secret is to be had: here, at the submitter's, or on the node. */
export type SecretReference =
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "nomad" | "vault"; readonly path: string; readonly key: string };

/**
 * Reads `env:NAME`, `file:/absolute/path`, `nomad:path#key` and `vault:path#key`; undefined for all else, which may be the
 * secret itself and must not be shown.
 */
export function parseReference(text: string): SecretReference | undefined {
  const [, name] = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(text) ?? [];
  if (name !== undefined) return { kind: "env", name };
  const [, file] = /^file:(\/[^\0]+)$/.exec(text) ?? [];
  if (file !== undefined) return { kind: "file", path: file };
  const [, variable, item] = /^nomad:([a-zA-Z0-9\-_~/]{1,128})#([^\0\n#]+)$/.exec(text) ?? [];
  if (variable !== undefined && item !== undefined) return { kind: "nomad", path: variable, key: item };
  const [, path, key] = /^vault:([^\s\0#?][^\s\0#]*)#([^\0\n#]+)$/.exec(text) ?? [];
  return path === undefined || key === undefined ? undefined : { kind: "vault", path, key };
}
