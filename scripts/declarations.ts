/**
 * Makes mod/cli/commands/measuring.d.ts: the types of the library for formulas, as one declaration file that
 * editors understand. `deno run -A scripts/declarations.ts` after a change of mod/std/.
 */
import { dirname, join, normalize, relative } from "@std/path";
import ts from "typescript";
import { BARE_NAMES } from "../mod/std/common/module_names.ts";
import { filesUnder, ROOT } from "./sources.ts";

const LIBRARY = join(ROOT, "mod", "std");
const TARGET = join(ROOT, "mod", "cli", "commands", "measuring.d.ts");

const HEAD =
  `// What formulas may import, for editors. Written by \`tcp_server types\`; do not edit.

declare namespace Deno {
  /** Reads a file of the formula's folder or below. */
  function readTextFileSync(path: string | URL): string;
  /** Reads a file of the formula's folder or below. */
  function readFileSync(path: string | URL): Uint8Array<ArrayBuffer>;
}
`;

/**
 * The text of the declaration file.
 *
 * @throws Error with the compiler's messages when the library has no declarations.
 */
export async function declarations(): Promise<string> {
  const emitted = await emit();
  const pending = BARE_NAMES.map((name) => name.slice("measuring/".length));
  const seen = new Set(pending);
  const modules: string[] = [];
  for (const name of pending) {
    const text = emitted.get(name);
    if (text === undefined) throw new Error(`mod/std/${name}.ts has no declarations`);
    const body = text
      .replace(/^(export )?declare /gm, "$1")
      .replace(/(from |import\()"(\.{1,2}\/[\w/.]+)\.ts"/g, (_, before: string, path: string) => {
        const other = normalize(join(dirname(name), path));
        if (!seen.has(other)) {
          seen.add(other);
          pending.push(other);
        }
        return `${before}"${moduleName(other)}"`;
      });
    modules.push(`declare module "${moduleName(name)}" {\n${indent(body)}}\n`);
  }
  return [HEAD, ...modules].join("\n");
}

/** What tsc declares of each file of the library, by its path from `mod/std` without the ending. */
async function emit(): Promise<Map<string, string>> {
  const files = (await filesUnder("mod/std")).map((path) => join(ROOT, path)).sort();
  const program = ts.createProgram(files, {
    declaration: true,
    emitDeclarationOnly: true,
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ESNext,
    strict: true,
    types: [],
  });
  const emitted = new Map<string, string>();
  const { diagnostics } = program.emit(
    undefined,
    (path, text) => emitted.set(relative(LIBRARY, path).replace(/\.d\.ts$/, ""), text),
  );
  if (diagnostics.length > 0) {
    throw new Error(ts.formatDiagnostics(diagnostics, {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => ROOT,
      getNewLine: () => "\n",
    }));
  }
  return emitted;
}

/** Parts of the library that formulas can't import by name are told apart. */
function moduleName(name: string): string {
  const bare = `measuring/${name}`;
  return BARE_NAMES.includes(bare) ? bare : `measuring/internal/${name}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

if (import.meta.main) await Deno.writeTextFile(TARGET, await declarations());
