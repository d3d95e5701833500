/** Takes two columns of a terminal. Source: Unicode 16, UAX #11, East Asian Width W and F, as ranges of blocks */
const wide =
  /^(?:[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation})/u;
let segmenter: Intl.Segmenter | undefined;
/** Made when the first text asks for it: few do, and it takes 7 ms. */
const graphemesOf = (text: string): Intl.Segments =>
  (segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" })).segment(text);

/** How many columns of a terminal a text takes. What a reader sees as one character is never counted twice. */
export function columnsOf(text: string): number {
  // Most is plain, and this is called for each cell of a table.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return [...graphemesOf(text)].reduce((sum, { segment }) => sum + (wide.test(segment) ? 2 : 1), 0);
}

/** The beginning of a text that fits into so many columns, with `…` where something is left out. */
export function cutTo(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let [kept, used] = ["", 0];
  for (const { segment } of graphemesOf(text)) {
    const next = used + columnsOf(segment);
    if (next > columns - 1) break;
    [kept, used] = [kept + segment, next];
  }
  return `${kept}…`;
}
