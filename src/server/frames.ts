/**
 * What the host sends to a task's client: type, length, payload.
 *
 * ```
 *   1 byte   4 bytes, big-endian   length bytes
 *   type     length                payload
 *
 *   o  bytes for stdout        r  resume token (opaque; sent back after a reconnect)
 *   e  bytes for stderr        x  exit code, decimal: the last frame
 * ```
 */
export type FrameType = "o" | "e" | "r" | "x";

/** One frame as bytes. */
export function frame(type: FrameType, payload: Uint8Array | string): Buffer {
  const body = typeof payload === "string" ? Buffer.from(payload) : payload;
  const bytes = Buffer.allocUnsafe(5 + body.length);
  bytes[0] = type.charCodeAt(0);
  bytes.writeUInt32BE(body.length, 1);
  bytes.set(body, 5);
  return bytes;
}

/** The frames that bytes are made of: whole ones only. */
export function* framesIn(bytes: Uint8Array): Generator<{ readonly type: string; readonly payload: Uint8Array }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const end = at + 5 + view.getUint32(at + 1);
    yield { type: String.fromCharCode(view.getUint8(at)), payload: bytes.subarray(at + 5, end) };
    at = end;
  }
}
