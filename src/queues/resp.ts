/** A reply of redis. Errors inside an array are not told apart from text: no command that is sent here has any. */
export type RespReply = string | number | null | Error | readonly RespReply[];

/** A command as redis reads it: an array of byte strings. Source: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
export function respCommand(words: readonly string[]): string {
  const parts = words.map((word) => `$${String(Buffer.byteLength(word))}\r\n${word}\r\n`);
  return `*${String(words.length)}\r\n${parts.join("")}`;
}

/** As many whole replies as there are, one after another. @throws Error for bytes that are no reply. */
export function respReplies(bytes: Buffer): readonly RespReply[] {
  const replies: RespReply[] = [];
  for (let at = 0; at < bytes.length;) {
    const found = replyAt(bytes, at);
    if (found === undefined) break;
    replies.push(found.reply);
    at = found.end;
  }
  return replies;
}

interface Found {
  readonly reply: RespReply;
  readonly end: number;
}

/** The reply that begins there; undefined while it has not come whole. */
function replyAt(bytes: Buffer, at: number): Found | undefined {
  const line = bytes.indexOf("\r\n", at);
  if (line < 0) return undefined;
  const end = line + 2;
  const rest = bytes.toString("utf8", at + 1, line);
  switch (bytes.toString("latin1", at, at + 1)) {
    case "+":
      return { reply: rest, end };
    case "-":
      return { reply: new Error(rest), end };
    case ":":
      return { reply: Number(rest), end };
    case "$":
      return textAt(bytes, end, Number(rest));
    case "*":
      return listAt(bytes, end, Number(rest));
    default:
      throw new Error("it does not answer as redis does");
  }
}

function textAt(bytes: Buffer, at: number, length: number): Found | undefined {
  if (length < 0) return { reply: null, end: at };
  const end = at + length;
  return bytes.length < end + 2 ? undefined : { reply: bytes.toString("utf8", at, end), end: end + 2 };
}

function listAt(bytes: Buffer, at: number, length: number): Found | undefined {
  if (length < 0) return { reply: null, end: at };
  const list: RespReply[] = [];
  let end = at;
  while (list.length < length) {
    const next = replyAt(bytes, end);
    if (next === undefined) return undefined;
    list.push(next.reply);
    end = next.end;
  }
  return { reply: list, end };
}
