/**
 * hyparquet with the formulas as they are, in plain Deno on one thread: a process that does the works
 * it reads, each a line of JSON.
 */
import { asyncBufferFromFile, parquetScan } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { parquetWriteFile } from "hyparquet-writer";
import { createInterface } from "node:readline";
import process from "node:process";

interface Task {
  formula: string;
  columns: string[];
  params?: unknown;
  written: boolean;
  input: string;
  output: string;
}

/** A formula's exports, any of which may be absent. */
interface Formula {
  map?: (chunk: object, context: object) => Columns;
  keep?: string[];
  overlap?: object;
  chunk?: (chunk: object, context: object) => unknown;
  combine?: (a: unknown, b: unknown) => unknown;
  aggregate?: (total: unknown) => Columns | Record<string, number>;
  main?: (frame: object) => Promise<Columns>;
}

type Values = Float64Array | string[];
type Columns = Record<string, Values>;

async function run({ formula: name, columns, params, input, output, written }: Task) {
  const formula: Formula = await import(new URL(`formulas/${name}.ts`, import.meta.url).href);
  const started = performance.now();
  const parts = await readParts(input, columns);
  const context = { params: params ?? null, schema: schemaOf(parts[0]!) };
  let result;
  if (formula.main) {
    const frame = { column: (column: string) => Promise.resolve(join(parts, column)) };
    result = await formula.main(frame);
  } else if (formula.map) {
    // What looks at its neighbours gets the file in one piece.
    const pieces = formula.overlap ? [joinAll(parts)] : parts;
    const made = pieces.map((piece) => {
      const kept = (formula.keep ?? []).map((column) => [column, piece[column]!]);
      return { ...Object.fromEntries(kept), ...formula.map!(chunkOf(piece), context) } as Columns;
    });
    result = joinAll(made);
  } else {
    const partials = parts.map((part) => formula.chunk!(chunkOf(part), context));
    result = formula.aggregate!(partials.reduce((a, b) => formula.combine!(a, b)));
  }
  if (written) write(output, result as Columns);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, ...(written ? { files: [output] } : { rows: rowsOf(result) }) };
}

/** The columns of each row group. */
async function readParts(path: string, columns: string[]): Promise<Columns[]> {
  const file = await asyncBufferFromFile(path);
  const scan = await parquetScan({ file, columns, compressors });
  const parts: Columns[] = [];
  for (const range of scan.ranges) {
    const part: Columns = {};
    for (const column of columns) {
      part[column] = asFormulasHaveIt(await scan.readColumn({ column, ...range }));
    }
    parts.push(part);
  }
  return parts;
}

function asFormulasHaveIt(values: ArrayLike<unknown>): Values {
  if (values instanceof Float64Array) return values;
  if (typeof values[0] === "string") return values as string[];
  const numbers = new Float64Array(values.length);
  for (let row = 0; row < numbers.length; row++) numbers[row] = Number(values[row]);
  return numbers;
}

/** The part of a context's schema that formulas look at. */
function schemaOf(columns: Columns) {
  return Object.entries(columns).map(([name, values]) => ({
    name,
    kind: name === "time" ? "timestamp" : Array.isArray(values) ? "string" : "float64",
  }));
}

/** A chunk as the service hands it to a formula. */
function chunkOf(columns: Columns): object {
  const codes = (name: string) => {
    const known = new Map<unknown, number>();
    const values = columns[name]!;
    const found = new Int32Array(values.length);
    for (let row = 0; row < found.length; row++) {
      let code = known.get(values[row]);
      if (code === undefined) known.set(values[row], code = known.size);
      found[row] = code;
    }
    return { codes: found, dictionary: [...known.keys()] };
  };
  return Object.assign(Object.create({ codes, validity: () => null }), columns);
}

function joinAll(parts: Columns[]): Columns {
  return Object.fromEntries(Object.keys(parts[0]!).map((name) => [name, join(parts, name)]));
}

function join(parts: Columns[], name: string): Values {
  if (parts.length === 1) return parts[0]![name]!;
  const whole = new Float64Array(parts.reduce((rows, part) => rows + part[name]!.length, 0));
  let row = 0;
  for (const part of parts) {
    whole.set(part[name] as Float64Array, row);
    row += part[name]!.length;
  }
  return whole;
}

function write(filename: string, columns: Columns): void {
  const columnData = Object.entries(columns).map(([name, data]) => {
    if (name !== "time") return { name, data, type: "DOUBLE" as const };
    return { name, data: dates(data as Float64Array), type: "TIMESTAMP" as const };
  });
  parquetWriteFile({ filename, columnData });
}

/** Times as hyparquet-writer takes them. */
function dates(times: Float64Array): Date[] {
  return Array.from(times, (time) => new Date(time));
}

function rowsOf(result: Columns | Record<string, number>): unknown[] {
  const names = Object.keys(result);
  const table = result as Columns;
  if (typeof result[names[0]!] === "number") return [result];
  return Array.from(
    { length: table[names[0]!]!.length },
    (_, row) => Object.fromEntries(names.map((name) => [name, table[name]![row]])),
  );
}

for await (const line of createInterface({ input: process.stdin })) {
  const reply = await run(JSON.parse(line)).catch((error) => ({ error: String(error) }));
  console.log(JSON.stringify(reply));
}
