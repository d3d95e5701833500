import { LauncherError } from "../core/errors/launcher-error.js";

/** Longest object to accept, in characters: a frame of Nomad's holds 64 KiB as base64. */
const longest = 1024 * 1024;

/**
 * Takes JSON objects apart that run together, with or without something between them.
 * @throws LauncherError `NOMAD_E_API_REPLY` for what is no JSON object.
 */
export async function* readObjects(
  bytes: AsyncIterable<Uint8Array>,
  call: string,
): AsyncGenerator<Readonly<Record<string, unknown>>, void, undefined> {
  const decoder = new TextDecoder();
  const scan = new ObjectScan();
  let text = "";
  for await (const chunk of bytes) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = scan.endIn(text); end > 0; end = scan.endIn(text)) {
      yield parse(text.slice(0, end), call);
      text = text.slice(end).trimStart();
    }
    if (text.length > longest) throw malformed(call, "an object has no end");
  }
}

/** Finds where an object ends, and goes on where it stopped looking. */
class ObjectScan {
  #at = 0;
  #depth = 0;
  #quoted = false;

  /** Length of the object that the text begins with; 0 while its end is not there. */
  endIn(text: string): number {
    for (; this.#at < text.length; this.#at += 1) {
      const char = text[this.#at];
      if (this.#quoted) {
        if (char === "\\") this.#at += 1;
        else if (char === '"') this.#quoted = false;
      } else if (char === '"') this.#quoted = true;
      else if (char === "{") this.#depth += 1;
      else if (char === "}" && --this.#depth <= 0) return this.#restart();
    }
    return 0;
  }

  #restart(): number {
    const end = this.#at + 1;
    [this.#at, this.#depth] = [0, 0];
    return end;
  }
}

function parse(text: string, call: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw malformed(call, `"${text.slice(0, 80)}" is not JSON`, cause);
  }
}

function malformed(call: string, problem: string, cause?: unknown): LauncherError {
  return new LauncherError("NOMAD_E_API_REPLY", { call, problem }, cause === undefined ? undefined : { cause });
}
