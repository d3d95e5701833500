/** One family of an OpenMetrics text, with its samples by name and labels as they stand. */
export interface ParsedFamily {
  readonly type: string;
  readonly unit: string | undefined;
  readonly help: string;
  readonly samples: ReadonlyMap<string, number>;
}

const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total"],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
};
const sampleLine =
  /^([a-zA-Z_:][\w:]*)((?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\n"])*",?)+\})?) (-?\d+(?:\.\d+)?(?:e-?\d+)?)$/;

/** Reads an OpenMetrics text as strictly as the specification has it; throws at the first line that is not right. */
export function parseOpenMetrics(text: string): ReadonlyMap<string, ParsedFamily> {
  if (!text.endsWith("\n# EOF\n")) throw new Error("it does not end with # EOF");
  const families = new Map<string, ParsedFamily & { samples: Map<string, number> }>();
  for (const block of text.slice(0, -"# EOF\n".length).split(/^(?=# TYPE )/m)) {
    const [name, family] = parseFamily(block.trimEnd().split("\n"));
    if (families.has(name)) throw new Error(`${name} is there twice`);
    families.set(name, family);
  }
  return families;
}

function parseFamily(lines: readonly string[]): [string, ParsedFamily & { samples: Map<string, number> }] {
  const [, name = "", type = ""] = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(lines[0] ?? "") ?? [];
  if (name === "") throw new Error(`no TYPE: ${lines[0] ?? ""}`);
  const unit = /^# UNIT (\w+) (\w+)$/.exec(lines[1] ?? "");
  if (unit !== null && (unit[1] !== name || !name.endsWith(`_${unit[2] ?? ""}`))) throw new Error(`unit of ${name}`);
  const help = /^# HELP (\w+) (.+)$/.exec(lines[unit === null ? 1 : 2] ?? "");
  if (help?.[1] !== name) throw new Error(`no HELP for ${name}`);
  const samples = new Map<string, number>();
  for (const line of lines.slice(unit === null ? 2 : 3)) {
    const [, sample = "", labels = "", value = ""] = sampleLine.exec(line) ?? [];
    if (!(suffixes[type] ?? []).some((suffix) => sample === name + suffix)) throw new Error(`not of ${name}: ${line}`);
    if (samples.has(sample + labels)) throw new Error(`twice: ${line}`);
    samples.set(sample + labels, Number(value));
  }
  return [name, { type, unit: unit?.[2], help: help[2] ?? "", samples }];
}
