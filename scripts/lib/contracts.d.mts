/** What `contracts.mjs` offers to tests. */
export interface Declared {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly doc: string;
  readonly members: readonly { readonly name: string; readonly text: string; readonly doc: string }[];
}
export function readContracts(): Declared[];
export function contractsSnapshot(declared?: Declared[]): string;
