import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { DEFAULT_PARSERS } from "../../mod/parquet/format/hyparquet.ts";
import { plot, table } from "./screen.ts";
import { MAINS } from "./time_series.ts";

const PREVIEW_ROWS = 5;
const TEXT_LINES = 40;
const COMPARED_ROWS = 1000;
/** The plotted part of the spectrum in hertz. */
const PLOTTED: [number, number] = [0, 400];
/** Width of the mains' peak in hertz: the frequency drifts. */
const TOLERANCE = 0.05;

/** Times with their microseconds, which a `Date` doesn't have. */
const PARSERS = {
  ...DEFAULT_PARSERS,
  timestampFromMicroseconds(time: bigint): string {
    const text = new Date(Number(time / 1000n)).toISOString();
    return `${text.slice(0, -1)}${String(time % 1000n).padStart(3, "0")}Z`;
  },
};

/** Shows the first rows of a Parquet file. @returns How many rows it has. */
export async function preview(path: string): Promise<number> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  const rows = Number(metadata.num_rows);
  const rowEnd = Math.min(PREVIEW_ROWS, rows);
  const first = await parquetReadObjects({ file, metadata, rowEnd, parsers: PARSERS });
  console.log(table(first));
  const groups = metadata.row_groups.length;
  console.log(
    `  … ${rows.toLocaleString("en")} rows in ${groups} row group${groups > 1 ? "s" : ""}`,
  );
  return rows;
}

/**
 * Shows derived columns.
 *
 * @throws Error when they have not as many rows as the data, or the last rows' power is not u · i.
 */
export async function showDerived(path: string, data: string): Promise<void> {
  const rows = await preview(path);
  const file = await asyncBufferFromFile(data);
  const rowStart = Math.max(0, rows - COMPARED_ROWS);
  const given = await parquetReadObjects({ file, columns: ["u", "i"], rowStart });
  const derived = await parquetReadObjects({ file: await asyncBufferFromFile(path), rowStart });
  const right = given.length === derived.length &&
    given.every(({ u, i }, row) => derived[row]!.power === u * i);
  if (!right) throw new Error(`${path} does not hold the power of ${data}`);
}

/** Shows a result that is not columns. */
export async function showText(path: string): Promise<void> {
  const lines = JSON.stringify(JSON.parse(await Deno.readTextFile(path)), null, 2).split("\n");
  for (const line of lines.slice(0, TEXT_LINES)) console.log(`  ${line}`);
  if (lines.length > TEXT_LINES) console.log(`  … ${lines.length} lines`);
}

/**
 * Shows a spectrum, and where it is strongest.
 *
 * @throws Error when that is not at the frequency of the mains.
 */
export async function showSpectrum(path: string): Promise<void> {
  await preview(path);
  const file = await asyncBufferFromFile(path);
  const rows = await parquetReadObjects({ file, columns: ["frequency", "amplitude"] });
  const x = Float64Array.from(rows, ({ frequency }) => frequency);
  const y = Float64Array.from(rows, ({ amplitude }) => amplitude);
  const labels = { x: "frequency, Hz", y: "amplitude, V" };
  console.log(`\n${plot({ x, y, labels, range: PLOTTED })}`);
  const peak = y.reduce((best, value, index) => value > y[best]! ? index : best, 0);
  console.log(`\n  strongest: ${y[peak]!.toFixed(1)} V at ${x[peak]!.toFixed(2)} Hz`);
  if (!(Math.abs(x[peak]! - MAINS) <= TOLERANCE)) {
    throw new Error(`the spectrum's peak must be at the mains' ${MAINS} Hz`);
  }
}
