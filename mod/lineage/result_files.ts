import { join } from "@std/path";
import { ServiceError } from "../common/errors.ts";
import { withClientErrors } from "../dataset/client_errors.ts";
import { type Lineage, LINEAGE_KEY, parseLineage, TABLE_KEY } from "../job/lineage.ts";
import { type KeyValues, readKeyValues } from "../parquet/format/key_values.ts";
import { placed } from "../parquet/io/errors.ts";
import { openSource } from "../parquet/io/source.ts";
import { openParquet } from "../parquet/read/parquet_file.ts";
import { fileName } from "../remote/url.ts";

/** A result, and what its footers say of where it came from. */
export interface KnownResult {
  /** Of the result: a file, or a folder of files. */
  path: string;
  /** Its Parquet files from the folder on, in the order of their names; the one empty name of a file. */
  files: string[];
  lineage: Lineage;
  /** Of a file that is one of several tables: the table's name. */
  table: string | null;
  /** As the footer has it. */
  text: string;
}

/**
 * Reads where a result came from.
 *
 * @param path Of a Parquet file, or of a folder that is a result.
 * @throws ServiceError `BASE_NOT_FOUND`, `BASE_NOT_PARQUET`, and `BASE_UNREADABLE` for a file without lineage, and for a
 * folder whose files are of several results.
 */
export function readResult(path: string): KnownResult {
  const files = filesOf(path);
  const [first] = files;
  if (first === undefined) {
    throw new ServiceError("BASE_NOT_FOUND", `there is no .parquet file in the folder ${path}`);
  }
  const notes = notesOf(join(path, first));
  const text = lineageIn(notes, join(path, first));
  const other = files.find((file) => lineageTextOf(join(path, file)) !== text);
  if (other !== undefined) {
    throw new ServiceError(
      "BASE_UNREADABLE",
      `${path} is not one result: ${first} and ${other} come from different jobs`,
    );
  }
  const table = notes.get(TABLE_KEY) ?? null;
  return { path, files, lineage: parseLineage(text, fileName(path)), table, text };
}

/** What a file's footer says of where it came from. @throws ServiceError as {@linkcode readResult} does */
export function lineageTextOf(path: string): string {
  return lineageIn(notesOf(path), path);
}

function lineageIn(notes: KeyValues, path: string): string {
  const text = notes.get(LINEAGE_KEY);
  if (text !== undefined) return text;
  throw new ServiceError(
    "BASE_UNREADABLE",
    `${
      fileName(path)
    } doesn't say where it came from: its footer has no ${LINEAGE_KEY}. Results of this service have it if they are Parquet files; another program, or an earlier version, wrote this one`,
  );
}

function notesOf(path: string): KeyValues {
  return withClientErrors(() =>
    placed({ file: path }, () => {
      try {
        assertNotArrow(path);
        openParquet(path); // what is no Parquet file is told so
      } catch (thrown) {
        if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
        throw new ServiceError("BASE_NOT_FOUND", `${path} doesn't exist`);
      }
      using source = openSource(path);
      return readKeyValues(source).file;
    })
  );
}

/** What a file of Arrow IPC begins with (format/Columnar.rst). */
const ARROW_MAGIC = "ARROW1";

/** @throws ServiceError for a file of Arrow, with how to see what it says */
function assertNotArrow(path: string): void {
  using source = openSource(path);
  const bytes = source.read(0, Math.min(ARROW_MAGIC.length, source.size));
  if (new TextDecoder().decode(bytes) !== ARROW_MAGIC) return;
  const name = fileName(path);
  throw new ServiceError(
    "BASE_NOT_PARQUET",
    `${name} is a file of Arrow, and lineage is read, and verified, of Parquet files only: its schema has the same under ${LINEAGE_KEY}, in Python: pyarrow.ipc.open_file('${name}').schema.metadata`,
  );
}

/** Parquet files of a result, in folders of column values, too. */
function filesOf(path: string): string[] {
  if (!isFolder(path)) return [""];
  const found: string[] = [];
  const look = (below: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(join(path, below))) {
      const inner = below === "" ? name : `${below}/${name}`;
      if (isDirectory) look(inner);
      else if (name.endsWith(".parquet")) found.push(inner);
    }
  };
  look("");
  return found.sort();
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false; // opening it as a file says what it is
  }
}
