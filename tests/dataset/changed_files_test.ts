/** Files that change while a job reads them: what comes of it is of the data as it was, or nothing. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { defaultSettings, Math as MathPart, Roots, ServiceError } from "../../mod/mod.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { tempDir } from "../support/harness.ts";

const duckdb = await sharedDuckDB();

/** Rows that make each file a partition of its own. */
const ROWS = 70_000;
const FILES = 6;

/** A sum that says which partition it begins, and waits in one of them for a file `go`. */
const FORMULA = `
  const isThere = () => {
    try { return Deno.statSync(new URL("go", import.meta.url)).isFile; } catch { return false; }
  };
  export const chunk = ({ u }, { partition, params, log }) => {
    log("begins " + partition);
    if (partition !== params) return u.reduce((sum, value) => sum + value, 0);
    for (const end = Date.now() + 60_000; !isThere() && Date.now() < end;);
    return u.reduce((sum, value) => sum + value, 0);
  };
  export const combine = (a, b) => a + b;
  export const aggregate = (sum) => ({ sum });`;

const write = (path: string, first: number) =>
  duckdb.run(
    `copy (select (${first} + k)::double as u from range(${ROWS}) r(k)) to ${quoted(path)}
     (format parquet, compression uncompressed)`,
  );
const sumFrom = (first: number) => ROWS * first + ROWS * (ROWS - 1) / 2;
const nameOf = (file: number) => `part.${file}.parquet`;

/** Runs a job that waits in one of its files, and changes one meanwhile. */
async function changedMeanwhile(
  { waits, file }: { waits: number; file: number },
  change: (path: string) => Promise<void>,
) {
  await using folder = await tempDir();
  const { path } = folder;
  const data = join(path, "data"), work = join(path, "work");
  await Deno.mkdir(data);
  await Deno.mkdir(work);
  for (let each = 0; each < FILES; each++) await write(join(data, nameOf(each)), each);
  await Deno.writeTextFile(join(work, "sum.js"), FORMULA);
  const { limits } = defaultSettings();
  await using math = new MathPart({ roots: new Roots([path]), workers: 1, limits });
  const request = { directory: work, base: "../data", file: "sum.js", params: waits };
  let began = false;
  const report = await math.run(request, {
    onLog: (lines) => {
      if (began || !lines.some(({ text }) => text.includes(`begins ${waits}`))) return;
      began = true;
      change(join(data, nameOf(file))).then(() => Deno.writeTextFile(join(work, "go"), ""));
    },
  });
  return JSON.parse(report.result!);
}

const all = Array.from({ length: FILES }, (_, file) => sumFrom(file)).reduce((a, b) => a + b);

const CHANGES: Readonly<Record<string, (path: string) => Promise<void>>> = {
  "is written anew": (path) => write(path, 1e6),
  "gets another in its place": async (path) => {
    await write(`${path}.new`, 1e6);
    await Deno.rename(`${path}.new`, path);
  },
  "is removed": (path) => Deno.remove(path),
};

for (const [how, change] of Object.entries(CHANGES)) {
  Deno.test(`no job is done where a file ${how} before it is read to its end`, async () => {
    for (const file of [0, 5]) {
      const job = changedMeanwhile({ waits: 0, file }, change);
      const error = await assertRejects(() => job, ServiceError);
      assertEquals(error.code, "BASE_UNREADABLE");
    }
  });

  Deno.test(`a job's result is of the data that it found where a file ${how} after it was read`, async () => {
    assertEquals(await changedMeanwhile({ waits: 3, file: 0 }, change), { sum: all });
  });
}
