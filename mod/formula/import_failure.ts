import { posix } from "node:path";
import { nearest } from "../common/nearest.ts";

/** What `measuring/types` has: types only. */
export const TYPE_NAMES: readonly string[] = [
  "Chunk",
  "ChunkFile",
  "ChunkMethods",
  "Codes",
  "ColumnDescription",
  "ColumnValues",
  "Context",
  "DataFile",
  "FilterContext",
  "Frame",
  "Instant",
  "RawDecimals",
  "RawTimes",
  "Units",
];

const TYPES = "measuring/types";

/** What V8 says of a name that a module doesn't export. */
const NOT_EXPORTED = /requested module '([^']+)' does not provide an export named '([^']+)'/;

/** Names that each module of the library exports, beside types. */
export type Library = Readonly<Record<string, readonly string[]>>;

/**
 * What to write in place of an import of a name that its module doesn't export; `null` for any other failure.
 *
 * @param message Of the failure.
 * @param from Name of the author's file that imports.
 * @param nameOf The author's name for a file of the snapshot, by its path there.
 */
export function importFault(
  message: string,
  from: string,
  nameOf: (path: string) => string,
  library: Library,
): string | null {
  const [, specifier, name] = NOT_EXPORTED.exec(message) ?? [];
  if (specifier === undefined || name === undefined) return null;
  const exports = library[specifier];
  const path = exports === undefined ? nameOf(posix.join(posix.dirname(from), specifier)) : null;
  const shown = path === null ? specifier : beside(from, path);
  const missing = name === "default" ? "no default export" : `no value "${name}"`;
  return `"${shown}" exports ${missing}; ${remedyOf(name, shown, exports)}`;
}

function remedyOf(name: string, specifier: string, exports: readonly string[] | undefined): string {
  if (name === "default") return `write import { … } from "${specifier}"`;
  if (TYPE_NAMES.includes(name) && (exports !== undefined || specifier === TYPES)) {
    return `it is a type: write import type { ${name} } from "${TYPES}"`;
  }
  const meant = exports === undefined ? null : nearest(name, exports);
  if (meant !== null) return `did you mean "${meant}"?`;
  if (specifier === TYPES) {
    return `it has types only, ${TYPE_NAMES.join(", ")}: write import type`;
  }
  const isTyped = exports !== undefined || /\.m?ts$/.test(specifier);
  return isTyped
    ? `if it is a type, write import type { ${name} } from "${specifier}"; else export it there`
    : "export it there";
}

/** How one of the author's files names another. */
function beside(from: string, path: string): string {
  const step = posix.relative(posix.dirname(from), path);
  return step.startsWith("../") ? step : `./${step}`;
}
