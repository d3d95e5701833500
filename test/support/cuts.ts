import fc from "fast-check";

/** Bytes cut anywhere: also between the bytes of one character. */
export function cutsOf(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  return fc.uniqueArray(fc.nat(bytes.length), { maxLength: 40 }).map((places) => {
    const edges = [0, ...places.sort((a, b) => a - b), bytes.length];
    return edges.slice(1).map((end, at) => bytes.subarray(edges[at], end));
  });
}

/** The pieces as a network delivers them. */
export async function* delivered(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}
