import { Buffer } from "node:buffer";
import { join } from "@std/path";
import { openBeside } from "../dataset/open_base.ts";
import { type OpenedDataset, planDataset, rowRange } from "../dataset/dataset.ts";
import { firstUnit } from "../dataset/units.ts";
import type { Column } from "../parquet/format/column.ts";
import { DatasetReader } from "../dataset/reader.ts";
import { keptColumns } from "../formula/kept_columns.ts";
import { show } from "../common/show.ts";
import { footerBytes } from "../parquet/format/footer_bytes.ts";
import { openSource } from "../parquet/io/source.ts";
import { firstDifference } from "./compare_columns.ts";
import { type KnownResult, lineageTextOf } from "./result_files.ts";

/** Where two results differ first. */
export interface Difference {
  /** Of a result that is a folder: the file. */
  file?: string;
  /** From 0. */
  row?: number;
  column?: string;
  /** In words. */
  what: string;
}

/** How two results compare. */
export interface Comparison {
  /** Where they differ first; `null` where all values are the same, bit for bit. */
  difference: Difference | null;
  /** Whether the files are the same, too, but for what they say of where they came from. */
  sameBytes: boolean;
}

/** Bytes that are compared at once. */
const AT_ONCE = 1 << 20;

/** Compares a result with what was computed again, bit for bit. */
export function compareResults(kept: KnownResult, made: KnownResult): Comparison {
  const same = kept.files.length === made.files.length &&
    kept.files.every((file) =>
      made.files.includes(file) && areSameBytes(join(kept.path, file), join(made.path, file))
    );
  if (same) return { difference: null, sameBytes: true };
  // Files of a plain folder have their rows one after another, wherever one of them ends.
  const parts = [kept, made].map(({ files }) => files.length > 0 && files.every(isPart));
  if (parts[0] && parts[1]) {
    return { difference: firstIn(pathsOf(kept), pathsOf(made)), sameBytes: false };
  }
  for (const file of kept.files.filter((file) => made.files.includes(file))) {
    const difference = firstIn([join(kept.path, file)], [join(made.path, file)]);
    if (difference) return { difference: named(file, difference), sameBytes: false };
  }
  const missing = made.files.find((file) => !kept.files.includes(file));
  const more = kept.files.find((file) => !made.files.includes(file));
  const difference = missing !== undefined
    ? named(missing, { what: "the file was computed, and is not there" })
    : more !== undefined
    ? named(more, { what: "the file is there, and was not computed" })
    : null;
  return { difference, sameBytes: false };
}

/** Whether a file is one of a folder without folders of its own. */
function isPart(file: string): boolean {
  return /^part\.\d+\.parquet$/.test(file);
}

/** Paths of the files of a folder in the order of their rows. */
function pathsOf({ path, files }: KnownResult): string[] {
  const number = (file: string) => Number(/\d+/.exec(file)![0]);
  return files.toSorted((a, b) => number(a) - number(b)).map((file) => join(path, file));
}

function named(file: string, difference: Difference): Difference {
  return file === "" ? difference : { file, ...difference };
}

/** Whether two Parquet files have the same bytes, but for what they say of where they came from. */
function areSameBytes(path: string, other: string): boolean {
  using one = openSource(path);
  using two = openSource(other);
  const [a, b] = [one, two].map((source) => {
    const footer = footerBytes(source);
    return {
      end: source.size - 8 - footer.length,
      footer: without(footer, lineageTextOf(source.path)),
    };
  }) as [{ end: number; footer: Uint8Array }, { end: number; footer: Uint8Array }];
  if (a.end !== b.end || Buffer.compare(a.footer, b.footer) !== 0) return false;
  for (let at = 0; at < a.end; at += AT_ONCE) {
    const length = Math.min(AT_ONCE, a.end - at);
    if (Buffer.compare(one.read(at, length), two.read(at, length)) !== 0) return false;
  }
  return true;
}

/** A footer without a text in it, and the length before that. */
export function without(footer: Uint8Array, text: string): Uint8Array {
  const value = new TextEncoder().encode(text);
  const at = Buffer.from(footer.buffer, footer.byteOffset, footer.length).indexOf(value);
  const lengthBytes = Math.max(1, Math.ceil(Math.log2(value.length + 1) / 7));
  return Buffer.concat([footer.subarray(0, at - lengthBytes), footer.subarray(at + value.length)]);
}

/** Where the tables of two lists of files differ first; `null` where they don't. */
function firstIn(paths: string[], others: string[]): Difference | null {
  const [kept, made] = [paths, others].map((paths) =>
    openBeside({ name: paths[0]!, files: paths.map((path) => ({ path, hive: {} })) })
  ) as [OpenedDataset, OpenedDataset];
  const columns = differentColumns(kept, made);
  if (columns) return columns;
  using readKept = new DatasetReader(kept);
  using readMade = new DatasetReader(made);
  const all = kept.columns.filter(({ kind }) => kind !== "null").map(({ name }) => name);
  const rows = Math.min(kept.rows, made.rows);
  for (const partition of planDataset(kept)) {
    const from = partition.rowStart, to = Math.min(rows, from + partition.rows);
    if (from >= to) break;
    let first: { row: number; column: string } | null = null;
    for (const column of all) {
      const [one, two] = [{ dataset: kept, reader: readKept }, { dataset: made, reader: readMade }]
        .map(({ dataset, reader }) => {
          const range = { ...rowRange(dataset, from, first?.row ?? to), index: 0 };
          return keptColumns({ dataset, reader, int64: "bigint" }, [column], range, null)[0]!;
        });
      const at = firstDifference(one!, two!);
      if (at >= 0) first = { row: from + at, column };
      if (first?.row === from) break;
    }
    if (first) {
      const [one, two] = [{ dataset: kept, reader: readKept }, { dataset: made, reader: readMade }]
        .map(({ dataset, reader }) => valueAt(dataset, reader, first.column, first.row));
      const what = one === two
        ? `it has ${one}, and what is computed looks the same and has other bits`
        : `it has ${one}, and computed is ${two}`;
      return { ...first, what };
    }
  }
  if (kept.rows === made.rows) return null;
  return { row: rows, what: `it has ${kept.rows} rows, and computed are ${made.rows}` };
}

/** A value as text. */
function valueAt(dataset: OpenedDataset, reader: DatasetReader, name: string, row: number): string {
  const { values, validity } = reader.column(
    name,
    { ...rowRange(dataset, row, row + 1), index: 0 },
    { int64: "bigint" },
  );
  return validity?.[0] === 0 ? "null" : show(values[0]);
}

function differentColumns(kept: OpenedDataset, made: OpenedDataset): Difference | null {
  const say = (dataset: OpenedDataset, { name, type, nullable }: Column) => {
    const unit = firstUnit(dataset, name);
    return `column ${name} of type ${type}${nullable ? "" : ", not null"}${
      unit === null ? "" : `, in ${unit}`
    }`;
  };
  for (let k = 0; k < Math.max(kept.columns.length, made.columns.length); k++) {
    const [one, two] = [kept.columns[k], made.columns[k]];
    const [had, has] = [one && say(kept, one), two && say(made, two)];
    if (had === has) continue;
    return {
      column: (one ?? two)!.name,
      what: `it has ${had ?? "no such column"}, and computed is ${has ?? "no such column"}`,
    };
  }
  return null;
}
