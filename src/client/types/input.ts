/**
 * What Nomad takes where it gives a `T`: any part of it, at any depth. It fills in the rest, or says what is missing.
 */
export type Input<T> = T extends readonly (infer Element)[]
  ? readonly Input<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]?: Input<T[Key]> | undefined }
    : T;
