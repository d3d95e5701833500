import type { Logger } from "../../src/core/contracts/logger.js";

const nothing = () => undefined;

/** Logs nothing. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
