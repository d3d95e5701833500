/** Makes data unchangeable, all the way down; what is frozen already is taken to be so wholly. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}

/** A copy of data that cannot be changed, as plugins get it. */
export function frozen<T>(value: T): T {
  return deepFreeze(structuredClone(value));
}
