import type { OptionsSchema } from "./plugin.js";

/**
 * Settings that a plugin adds to every site: they stand below `sites.<name>.extensions.<key>` and are read by the plugin's own schema
 * when the host starts. What the schema makes of them is `site.extensions[key]`, for features, drivers and all that see a site.
 *
 * For settings that are the same for all sites, a plugin has `options`.
 */
export interface ConfigFragment<Value = unknown> {
  /** The key below `extensions`. Unique. */
  readonly key: string;
  /** Reads the value. It must answer at once: a schema that returns a promise is refused. */
  readonly schema: OptionsSchema<Value>;
}
