import { parse } from "acorn";
import { full } from "acorn-walk";
import { type Statelessness, statelessness } from "./stateless.ts";

/** One import whose specifier is a text. */
export interface Import {
  specifier: string;
  /** Where the specifier stands, without its quotes. */
  start: number;
  end: number;
  /** Whether the import says what the file is, as JSON's `with { type: "json" }` does. */
  attributed: boolean;
}

/** What of a module leads out of it, and out of a call of it. */
export interface ModuleImports extends Statelessness {
  /** Imports with a fixed specifier, in the order of the text. */
  imports: Import[];
  /** Places of `import.meta`. */
  metas: number[];
  /** Place of the first import whose specifier is computed. */
  computed: number | null;
}

interface SyntaxNode {
  type: string;
  start: number;
  end: number;
  source?: { type: string; start: number; end: number; value?: unknown } | null;
  attributes?: unknown[];
  options?: unknown;
  meta?: { name: string };
}

const STATIC = ["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration"];

/** Finds every import of a module; `null` where the text can't be parsed as one. */
export function findImports(code: string): ModuleImports | null {
  const found: ModuleImports = {
    imports: [],
    metas: [],
    computed: null,
    stateless: false,
    lendable: false,
  };
  try {
    const program = parse(code, { ecmaVersion: "latest", sourceType: "module" });
    Object.assign(found, statelessness(program));
    full(program, (node) => note(found, node as unknown as SyntaxNode));
  } catch {
    return null; // a syntax error, or nesting so deep that it can't be followed
  }
  found.imports.sort((a, b) => a.start - b.start);
  found.metas.sort((a, b) => a - b);
  return found;
}

function note(found: ModuleImports, node: SyntaxNode): void {
  if (node.type === "MetaProperty" && node.meta?.name === "import") found.metas.push(node.start);
  const dynamic = node.type === "ImportExpression";
  if (!node.source || !(dynamic || STATIC.includes(node.type))) return;
  const { start, end, value } = node.source;
  if (typeof value !== "string") {
    found.computed = Math.min(found.computed ?? Infinity, node.start);
    return;
  }
  found.imports.push({
    specifier: value,
    start: start + 1,
    end: end - 1,
    attributed: dynamic ? Boolean(node.options) : Boolean(node.attributes?.length),
  });
}
