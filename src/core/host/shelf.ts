import { LauncherError } from "../errors/launcher-error.js";

/** Things of one kind, by name, each with the plugin that brought it. */
export class Shelf<T> {
  readonly #items = new Map<string, { item: T; plugin: string }>();

  constructor(readonly kind: string) {}

  /**
   * @param replaces a plugin whose thing may be taken the place of.
   * @throws LauncherError `NOMAD_E_PLUGIN_CONFLICT`, naming both plugins.
   */
  checkFree(name: string, plugin: string, replaces?: string): void {
    const first = this.#items.get(name)?.plugin;
    if (first === undefined || first === replaces) return;
    throw new LauncherError("NOMAD_E_PLUGIN_CONFLICT", { first, second: plugin, kind: this.kind, name });
  }

  put(name: string, item: T, plugin: string, replaces?: string): void {
    this.checkFree(name, plugin, replaces);
    this.#items.set(name, { item, plugin });
  }

  get(name: string): T | undefined {
    return this.#items.get(name)?.item;
  }

  /** Which plugin brought it. */
  ownerOf(name: string): string | undefined {
    return this.#items.get(name)?.plugin;
  }

  /** @throws LauncherError `NOMAD_E_PLUGIN_UNKNOWN` */
  need(name: string, site: string): T {
    const item = this.get(name);
    if (item !== undefined) return item;
    throw new LauncherError("NOMAD_E_PLUGIN_UNKNOWN", { kind: this.kind, name, site, known: this.names().join(", ") });
  }

  names(): string[] {
    return [...this.#items.keys()];
  }

  all(): T[] {
    return [...this.#items.values()].map(({ item }) => item);
  }

  entries(): ReadonlyMap<string, T> {
    return new Map([...this.#items].map(([name, { item }]) => [name, item]));
  }
}
