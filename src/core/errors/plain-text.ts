/** Control characters but tab and line end, C1 controls, and what reverses the direction of text. */
const dangerous = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text from elsewhere (a server, a node, a plugin) as it may be shown on a terminal: what would move the cursor, set
 * colours or titles, or hide other text is written out, e.g. `\x1b`.
 */
export function plainText(text: string): string {
  return text.replace(dangerous, (char) => {
    const code = char.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
}
