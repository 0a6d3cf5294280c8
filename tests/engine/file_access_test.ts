/** What a job's threads may read: its own modules and data, wherever they lie, and those of no other job. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { job } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";

const READING = `import { offset } from "./offset.js";
const tried = (read) => { try { return read(); } catch ({ name }) { return name; } };
const looks = (path) => ({
  sizes: [tried(() => Deno.statSync(path).size), tried(() => Deno.lstatSync(path).size)],
  bytes: tried(() => Deno.readFileSync(path).length),
  file: tried(() => Deno.lstatSync(path).isFile),
});
const at = /file:\\/\\/(.*)\\/[^/]*\\/[^/]*\\/work\\.js/.exec(new Error().stack)[1];
export const main = async (frame, { params: { own, other } }) => ({
  sum: (await frame.column("u")).reduce((a, b) => a + b, offset),
  own: looks(own),
  byUrl: tried(() => Deno.readFileSync(new URL("file://" + encodeURI(own))).length),
  beside: (await tried(() => Deno.readFile(own))).length,
  other: looks(other),
  jobs: tried(() => [...Deno.readDirSync(at)].length),
  above: tried(() => [...Deno.readDirSync(at + "/..")].length),
  snapshots: tried(() => [...Deno.readDirSync(at + "/../formula")].length),
});`;

/** One that is plain: its modules serve several jobs. */
const PLAIN = "export const chunk = ({ u }) => u.reduce((a, b) => a + b, 0);" +
  "export const combine = (a, b) => a + b;";

const FILES = 4;

for (const way of ways) {
  Deno.test(`a job reads its own files only [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    using duckdb = await DuckDB.open();
    const fileOf = (index: number) => join(path, "data é", String(index % 2), `s ${index}.parquet`);
    await Deno.mkdir(join(path, "formulas"));
    for (let index = 0; index < FILES; index++) {
      await Deno.mkdir(join(fileOf(index), ".."), { recursive: true });
      await duckdb.run(
        `copy (select (${index} + i)::double as u from range(${1000 + index}) t(i))
         to ${quoted(fileOf(index))}`,
      );
    }
    await Deno.writeTextFile(join(path, "formulas", "work.js"), READING);
    await Deno.writeTextFile(join(path, "formulas", "offset.js"), "export const offset = 0;");
    await Deno.writeTextFile(join(path, "formulas", "plain.js"), PLAIN);
    await using server = await startServer(way, { root: path });
    for (const round of [1, 2]) {
      for (let index = 0; index < FILES; index++) {
        const rows = 1000 + index, sum = rows * (rows - 1) / 2 + index * rows;
        const own = fileOf(index);
        const result = async (file: string) => {
          const { Response } = await server.request(job(path, {
            Base: own.slice(path.length + 1),
            File: `formulas/${file}`,
            Params: { own, other: fileOf((index + round) % FILES) },
          }));
          return Response.Result ?? Response;
        };
        assertEquals(await result("plain.js"), sum);
        const { other, ...found } = await result("work.js") as Record<string, unknown>;
        const { size } = await Deno.stat(own);
        assertEquals(found, {
          sum,
          own: { sizes: [size, size], bytes: size, file: true },
          byUrl: size,
          beside: size,
          jobs: 1,
          above: "NotCapable",
          snapshots: "NotCapable",
        });
        assertEquals(other, {
          sizes: ["NotCapable", "NotCapable"],
          bytes: "NotCapable",
          file: "NotCapable",
        });
      }
    }
  });
}

for (const way of ways) {
  Deno.test(`any number of files may lie beside the formula's folder [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    await Deno.mkdir(join(path, "formulas"));
    await Deno.writeTextFile(join(path, "formulas", "plain.js"), PLAIN);
    const one = join(path, "one.parquet");
    using duckdb = await DuckDB.open();
    await duckdb.run(`copy (select i::double as u from range(10) t(i)) to ${quoted(one)}`);
    await using server = await startServer(way, { root: path });
    // Few are linked, some are told one by one, more are linked again; names are there twice.
    for (const count of [40, 400, 1_400]) {
      const data = join(path, `data${count}`);
      for (let k = 0; k < count; k++) {
        const below = join(data, `part=${k % 2}`);
        if (k < 2) await Deno.mkdir(below, { recursive: true });
        await Deno.link(one, join(below, `${k >> 1}.parquet`));
      }
      const { Response } = await server.request(job(path, {
        Base: `data${count}`,
        File: "formulas/plain.js",
      }));
      assertEquals(Response.Result, 45 * count, JSON.stringify(Response.Error));
    }
  });
}
