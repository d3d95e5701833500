/** What is given for the variables of a job file: later ones win. */
export interface GivenVariables {
  /** Texts of files of HCL (`name = value`). */
  readonly files?: readonly string[] | undefined;
  /** Single values, as on a command line. They win over the files'. */
  readonly values?: Readonly<Record<string, string>> | undefined;
}

/**
 * Variables as the one text that Nomad's parser takes; it refuses a name that stands there twice.
 *
 * A single value is text, as with `nomad job run -var`, unless the job file declares its variable as a list, map, set, object or tuple: then it is HCL.
 * Source: jobspec2/parse.go `VarContent`, jobspec2/types.variables.go `parseVariableValues`
 */
export function variablesText({ files = [], values = {} }: GivenVariables, jobFile: string): string {
  const all = new Map(files.flatMap((text) => [...attributesOf(text)]));
  for (const [name, value] of Object.entries(values))
    all.set(name, `${name} = ${isCompound(name, jobFile) ? value : quote(value)}`);
  return [...all.values()].join("\n");
}

/** A literal string of HCL: nothing in it is a template. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, (mark) => mark + mark);
}

function isCompound(name: string, jobFile: string): boolean {
  const block = new RegExp(`variable\\s+"${name.replaceAll(/\W/g, "\\$&")}"\\s*\\{([\\s\\S]*?)\\n\\s*\\}`).exec(
    jobFile,
  );
  return /\btype\s*=\s*(list|map|set|object|tuple)\b/.test(block?.[1] ?? "");
}

const assignment = /^\s*"?([A-Za-z_][\w-]*)"?\s*=/;
const heredoc = /<<-?\s*([A-Za-z_]\w*)\s*$/;

/** The assignments of a text of HCL, by name; one may go over many lines. */
function attributesOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let name = "";
  let depth = 0;
  let until: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const begins = depth === 0 && until === undefined ? assignment.exec(line)?.[1] : undefined;
    if (begins !== undefined) found.set((name = begins), line);
    else if (name !== "") found.set(name, `${found.get(name) ?? ""}\n${line}`);
    else found.set("", `${found.get("") ?? ""}\n${line}`);
    if (until !== undefined) until = line.trim() === until ? undefined : until;
    else {
      depth += depthOf(line);
      until = heredoc.exec(line)?.[1];
    }
  }
  return found;
}

/** Brackets that a line opens and does not close, outside strings and comments. */
function depthOf(line: string): number {
  const bare = line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').replace(/(#|\/\/).*$/, "");
  return [...bare].reduce((sum, char) => sum + ("[{(".includes(char) ? 1 : "]})".includes(char) ? -1 : 0), 0);
}
