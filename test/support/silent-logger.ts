/** A log that says nothing. */
export { silentLogger } from "../../src/testing/builders.js";
