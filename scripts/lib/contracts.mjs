/** The surface of `metaflow-nomad/contracts`, read from its sources with TypeScript: for docs/contracts.md and the checked snapshot. */
import { join, relative } from "node:path";
import ts from "typescript";
import { ROOT } from "./root.mjs";

/** @typedef {{ name: string, file: string, text: string, doc: string, members: { name: string, text: string, doc: string }[] }} Declared */

const ENTRY = join(ROOT, "src/core/contracts/index.ts");
const NO_IMPLEMENTATION = /^(private|#)/;

/** Everything the entry exports, by name; a namespace's things as `blocks.text`. @returns {Declared[]} */
export function readContracts() {
  const program = ts.createProgram([ENTRY], { ...compilerOptions(), noEmit: true });
  const checker = program.getTypeChecker();
  const entry = program.getSourceFile(ENTRY);
  const symbol = entry && checker.getSymbolAtLocation(entry);
  if (!symbol) throw new Error(`${ENTRY} exports nothing`);
  return exportsOf(symbol, checker, "").sort((a, b) => (a.name < b.name ? -1 : 1));
}

function compilerOptions() {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: [ENTRY] }, ts.sys, ROOT).options;
}

/** @param {ts.Symbol} module @param {ts.TypeChecker} checker @param {string} prefix @returns {Declared[]} */
function exportsOf(module, checker, prefix) {
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const [declaration] = symbol.declarations ?? [];
    if (!declaration) return [];
    const name = `${prefix}${exported.name}`;
    if (ts.isSourceFile(declaration)) return exportsOf(symbol, checker, `${name}.`);
    return [
      { name, file: relative(ROOT, declaration.getSourceFile().fileName), ...described(declaration, symbol, checker) },
    ];
  });
}

/** @param {ts.Declaration} node @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
function described(node, symbol, checker) {
  const doc = docOf(symbol, checker);
  const members = ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) ? [...node.members] : [];
  return {
    doc,
    text: textOf(node, symbol, checker),
    members: members.filter(isPublic).map((member) => ({
      name: member.name?.getText() ?? "constructor",
      text: signature(member),
      doc: ts.getJSDocCommentsAndTags(member).length > 0 ? commentOf(member) : "",
    })),
  };
}

/** @param {ts.ClassElement | ts.TypeElement} member */
const isPublic = (member) => !NO_IMPLEMENTATION.test(member.getText().replace(/^\/\*\*[^]*?\*\/\s*/, ""));

/** A declaration without bodies and comments, one line. @param {ts.Declaration} node @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
function textOf(node, symbol, checker) {
  if (ts.isFunctionDeclaration(node)) return signature(node);
  if (ts.isVariableDeclaration(node)) {
    const type = checker.getTypeOfSymbolAtLocation(symbol, node);
    return `const ${symbol.name}: ${checker.typeToString(type, undefined, ts.TypeFormatFlags.NoTruncation)}`;
  }
  if (!ts.isClassDeclaration(node)) return signature(node);
  const head = `export declare class ${symbol.name}${(node.heritageClauses ?? []).map((one) => ` ${one.getText()}`).join("")}`;
  return `${head} { ${node.members.filter(isPublic).map(signature).join(" ")} }`;
}

/** @param {ts.Node} node */
function signature(node) {
  const body = /** @type {{ body?: ts.Node }} */ (/** @type {unknown} */ (node)).body;
  const whole = node.getText();
  const text = body ? `${whole.slice(0, whole.length - body.getText().length).trimEnd()};` : whole;
  return text
    .replace(/\/\*\*[^]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** @param {ts.Symbol} symbol @param {ts.TypeChecker} checker */
function docOf(symbol, checker) {
  const tags = symbol.getJsDocTags(checker).map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`);
  return [ts.displayPartsToString(symbol.getDocumentationComment(checker)), ...tags].filter(Boolean).join("\n");
}

/** @param {ts.Node} node */
function commentOf(node) {
  const texts = ts.getJSDocCommentsAndTags(node).flatMap((one) => {
    const own = ts.isJSDoc(one) ? [ts.getTextOfJSDocComment(one.comment) ?? ""] : [];
    const tags = (ts.isJSDoc(one) ? (one.tags ?? []) : []).map((tag) => {
      const parameter = ts.isJSDocParameterTag(tag) ? ` ${tag.name.getText()}` : "";
      return `@${tag.tagName.text}${parameter} ${ts.getTextOfJSDocComment(tag.comment) ?? ""}`;
    });
    return [...own, ...tags];
  });
  return texts.filter(Boolean).join("\n");
}

/** The surface as text, without comments: what a plugin may rely on. */
export function contractsSnapshot(declared = readContracts()) {
  return declared.map(({ name, text }) => `${name}\n  ${text}\n`).join("\n");
}
