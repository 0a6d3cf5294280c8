/**
 * Makes docs/library.md: the library for formulas with all signatures and what its docstrings say.
 * `deno run -A scripts/library_page.ts` after a change of mod/std/ and of its declarations.
 */
import { join } from "@std/path";
import ts from "typescript";
import { BARE_NAMES } from "../mod/std/common/module_names.ts";
import { ROOT } from "./sources.ts";

const DECLARATIONS = join(ROOT, "mod", "cli", "commands", "measuring.d.ts");
/** From the project's folder. */
export const PAGE = "docs/library.md";

const HEAD = `<!-- deno-fmt-ignore-file -->
<!-- Made by scripts/library_page.ts from the docstrings of mod/std/. -->

# The library

All functions that a formula can import under bare names, with their signatures.
[formulas.md](formulas.md) says how formulas are written; \`tcp_server types\` gives editors the same
declarations.
`;

/** Modules by name, as the declaration file has them. */
type Modules = ReadonlyMap<string, ts.ModuleBlock>;

/** What a module exports: one declaration, or several of an overloaded function. */
interface Exported {
  name: string;
  declarations: ts.Statement[];
}

/** The text of the page. @throws Error when a module or what it exports is not declared */
export async function libraryPage(): Promise<string> {
  const text = await Deno.readTextFile(DECLARATIONS);
  const source = ts.createSourceFile("measuring.d.ts", text, ts.ScriptTarget.ESNext, true);
  const modules = modulesOf(source);
  const parts = await Promise.all(BARE_NAMES.map((name) => modulePart(name, modules)));
  const list = BARE_NAMES.map((name) => `- [\`${name}\`](#${name.replace("/", "")})\n`).join("");
  return [HEAD, list, ...parts].join("\n").replaceAll(/\{@link(?:code)? ([^}]+)\}/g, "`$1`");
}

function modulesOf(source: ts.SourceFile): Modules {
  const modules = new Map<string, ts.ModuleBlock>();
  for (const statement of source.statements) {
    if (!ts.isModuleDeclaration(statement) || !statement.body) continue;
    if (ts.isModuleBlock(statement.body)) modules.set(statement.name.text, statement.body);
  }
  return modules;
}

function blockOf(name: string, modules: Modules): ts.ModuleBlock {
  const block = modules.get(name);
  if (block === undefined) throw new Error(`${DECLARATIONS} declares no module ${name}`);
  return block;
}

async function modulePart(name: string, modules: Modules): Promise<string> {
  const block = blockOf(name, modules);
  const all = exportsOf(block, modules);
  const isCode = ({ declarations: [first] }: Exported) =>
    ts.isFunctionDeclaration(first!) || ts.isVariableStatement(first!) ||
    ts.isClassDeclaration(first!);
  return [
    `## ${name}\n`,
    await moduleDoc(name),
    ...all.filter(isCode).map(part),
    ...all.filter((one) => !isCode(one)).map(part),
  ].join("\n");
}

/** What a module exports, in its order. */
function exportsOf(block: ts.ModuleBlock, modules: Modules): Exported[] {
  const names = new Map<string, ts.Statement[]>();
  for (const statement of block.statements) {
    if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement;
      if (!exportClause || !ts.isNamedExports(exportClause)) continue;
      for (const { name, propertyName = name } of exportClause.elements) {
        const from = moduleSpecifier
          ? blockOf((moduleSpecifier as ts.StringLiteral).text, modules)
          : block;
        names.set(name.text, declared(propertyName.text, from, modules));
      }
    } else {
      for (const name of namesOf(statement)) {
        if (!isExported(statement)) continue;
        names.set(name, [...names.get(name) ?? [], statement]);
      }
    }
  }
  return [...names].map(([name, declarations]) => ({ name, declarations }));
}

/** The declarations of a name in a module, or in the one that it is imported from. */
function declared(name: string, block: ts.ModuleBlock, modules: Modules): ts.Statement[] {
  const own = block.statements.filter((statement) => namesOf(statement).includes(name));
  if (own.length > 0) return own;
  for (const statement of block.statements) {
    const elements = importedBy(statement);
    const found = elements.find((element) => element.name.text === name);
    if (!found) continue;
    const { moduleSpecifier } = statement as ts.ImportDeclaration | ts.ExportDeclaration;
    if (!moduleSpecifier) continue;
    const from = blockOf((moduleSpecifier as ts.StringLiteral).text, modules);
    return declared((found.propertyName ?? found.name).text, from, modules);
  }
  throw new Error(`${DECLARATIONS} has no declaration of ${name}`);
}

function importedBy(statement: ts.Statement): readonly (ts.ImportSpecifier | ts.ExportSpecifier)[] {
  if (ts.isImportDeclaration(statement)) {
    const bindings = statement.importClause?.namedBindings;
    return bindings && ts.isNamedImports(bindings) ? bindings.elements : [];
  }
  const isNamed = ts.isExportDeclaration(statement) && statement.exportClause &&
    ts.isNamedExports(statement.exportClause);
  return isNamed ? (statement.exportClause as ts.NamedExports).elements : [];
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const isNamed = ts.isFunctionDeclaration(statement) || ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) || ts.isClassDeclaration(statement);
  return isNamed && statement.name ? [statement.name.text] : [];
}

function isExported(statement: ts.Statement): boolean {
  return ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false);
}

/** Signature, and what the docstring says of it. */
function part({ name, declarations }: Exported): string {
  const signatures = declarations.map((one) => dedented(one.getText().replace(/^export /, "")));
  const docs = declarations.map((one) => docOf(one)).filter((doc) => doc !== "");
  return [`### ${name}\n`, fenced(signatures.join("\n")), ...docs].join("\n");
}

function fenced(code: string): string {
  return `\`\`\`ts\n${code}\n\`\`\`\n`;
}

/** Members of a declaration stand two spaces in. */
function dedented(text: string): string {
  return text.replaceAll(/^ {2}/gm, "").replaceAll(/^ {4}/gm, "  ");
}

/** The module's own docstring, which declarations don't always have. @throws Error when it has none */
async function moduleDoc(name: string): Promise<string> {
  const path = join(ROOT, "mod", "std", `${name.slice("measuring/".length)}.ts`);
  const [comment] = /^\/\*\*.*?\*\//s.exec(await Deno.readTextFile(path)) ?? [];
  if (comment === undefined) throw new Error(`${path} does not begin with a docstring`);
  return markdown(comment);
}

function docOf(node: ts.Node): string {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
  if (!comment) return "";
  const text = comment.getText();
  return /^\s*\* @module\s*$/m.test(text) ? "" : markdown(text);
}

/** Words that tags stand for. */
const TAGS: Readonly<Record<string, string>> = {
  throws: "Throws",
  returns: "Returns",
  return: "Returns",
  example: "",
  module: "",
};

/** A docstring as Markdown: parameters are a list, and what is thrown a sentence. */
function markdown(comment: string): string {
  const lines = comment.replace(/^\/\*\*/, "").replace(/\*\/$/, "").split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  const parts = lines.join("\n").split(/^(?=@)/m);
  const parameters: string[] = [], others: string[] = [];
  const [body, ...tags] = /^\s*@/.test(parts[0]!) ? ["", ...parts] : parts;
  for (const tag of tags) {
    const [, name = "", rest = ""] = /^@(\w+)\s*(.*)$/s.exec(tag) ?? [];
    if (name === "param") {
      const [, names = "", what = ""] = /^([\w$, .]+?)(?:\s+-)?\s+(.*)$/s.exec(rest) ?? [];
      parameters.push(`- \`${names}\`: ${what.trim().replaceAll("\n", "\n  ")}`);
    } else {
      const word = TAGS[name];
      if (word === undefined) throw new Error(`a docstring has the tag @${name}`);
      if (rest.trim() !== "") others.push(`${word} ${rest.trim()}`.trim());
    }
  }
  const list = parameters.length > 0 ? [parameters.join("\n")] : [];
  return [body!.trim(), ...list, ...others]
    .filter((text) => text !== "")
    .join("\n\n") + "\n";
}

if (import.meta.main) await Deno.writeTextFile(join(ROOT, PAGE), await libraryPage());
