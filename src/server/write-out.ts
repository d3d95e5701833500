/** Writes to a stream of this process; waits while it is full, and no longer than it lives. */
export async function writeOut(out: NodeJS.WriteStream, bytes: Uint8Array | string): Promise<void> {
  if (out.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      for (const event of ["drain", "close", "error"]) out.off(event, go);
      resolve();
    };
    for (const event of ["drain", "close", "error"]) out.once(event, go);
  });
}
