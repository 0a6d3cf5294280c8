import { parse } from "acorn";
import { full } from "acorn-walk";
import { invalid, lineAndColumn } from "./module_files.ts";
import { isPlain } from "./plain_module.ts";

/** One import whose specifier is a text. */
export interface Import {
  specifier: string;
  /** Where the specifier stands, without its quotes. */
  start: number;
  end: number;
  /** Whether the import says what the file is, as JSON's `with { type: "json" }` does. */
  attributed: boolean;
}

/** What of a module leads out of it. */
export interface ModuleImports {
  /** Imports with a fixed specifier, in the order of the text. */
  imports: Import[];
  /** Where `import.meta` stands. */
  metas: { start: number; end: number }[];
  /** Place of the first import whose specifier is computed. */
  computed: number | null;
  /** Whether a call may import: such a module may be loaded when the call has long returned. */
  dynamic: boolean;
  /** Whether it is written in the language of `plain_module.ts`. */
  plain: boolean;
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

/** A module's text that can't be parsed: where, and why. */
export interface Unreadable {
  at: number;
  message: string;
}

/** Finds every import of a module; says where the text can't be parsed as one. */
export function findImports(code: string): ModuleImports | Unreadable {
  const found: ModuleImports = {
    imports: [],
    metas: [],
    computed: null,
    dynamic: false,
    plain: false,
  };
  try {
    const program = parse(code, { ecmaVersion: "latest", sourceType: "module" });
    found.plain = isPlain(program);
    full(program, (node) => note(found, node as unknown as SyntaxNode));
  } catch (thrown) {
    // A syntax error, or nesting so deep that it can't be followed.
    const { pos = 0, message } = thrown as { pos?: number; message: string };
    return { at: pos, message: message.replace(/ \(\d+:\d+\)$/, "") };
  }
  found.imports.sort((a, b) => a.start - b.start);
  found.metas.sort((a, b) => a.start - b.start);
  return found;
}

/**
 * What a module imports.
 *
 * @param name The author's name for it.
 * @throws ServiceError `FORMULA_INVALID`, with the place, for text that can't be parsed: what can't be read isn't run.
 */
export function importsOf(code: string, name: string): ModuleImports {
  const found = findImports(code);
  if (!("message" in found)) return found;
  throw invalid(
    `SyntaxError: ${found.message}`,
    { where: `${name}:${lineAndColumn(code, found.at)}` },
  );
}

function note(found: ModuleImports, node: SyntaxNode): void {
  if (node.type === "MetaProperty" && node.meta?.name === "import") {
    found.metas.push({ start: node.start, end: node.end });
  }
  const dynamic = node.type === "ImportExpression";
  found.dynamic ||= dynamic;
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
    attributed: dynamic ? namesType(node.options) : Boolean(node.attributes?.length),
  });
}

/** Whether the options of an `import(…)` say what the file is, whatever the call is made with. */
function namesType(options: unknown): boolean {
  const attributes = valueOf(options, "with");
  return attributes !== null && valueOf(attributes, "type") !== null;
}

/** What stands for a name in an object that is written out; null where it isn't, or doesn't stand there alone. */
function valueOf(object: unknown, name: string): unknown {
  const { type, properties } = (object ?? {}) as {
    type?: string;
    properties?: { type: string; computed: boolean; key: { name?: string }; value: unknown }[];
  };
  const [property] = properties ?? [];
  if (type !== "ObjectExpression" || properties!.length !== 1) return null;
  const { computed, key, value } = property!;
  return property!.type === "Property" && !computed && key.name === name ? value : null;
}
