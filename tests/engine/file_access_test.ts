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

for (const way of ways) {
  Deno.test(`a formula that reads files finds its folder as it is [${way.name}]`, async () => {
    await using folder = await tempDir();
    await using elsewhere = await tempDir();
    const path = join(folder.path, "own"), secret = join(folder.path, "secret.txt");
    await Deno.mkdir(path);
    await Deno.writeTextFile(secret, "secret");
    await Deno.writeTextFile(join(elsewhere.path, "told.txt"), "told");
    await Deno.writeTextFile(join(path, "plain.js"), PLAIN);
    const reading = `const read = (name) => {
      try { return Deno.readTextFileSync(new URL(name, import.meta.url)); } catch ({ name }) { return name; }
    };
    export const main = () => ({ link: read("./link.txt"), file: read("./file.txt") });`;
    await Deno.writeTextFile(join(path, "reading.js"), reading);
    using duckdb = await DuckDB.open();
    const write = (name: string, rows: number) =>
      duckdb.run(
        `copy (select i::double as u from range(${rows}) t(i)) to ${quoted(join(path, name))}`,
      );
    await write("one.parquet", 10);
    await using server = await startServer(way, { root: folder.path });
    const result = async (File: string, Base = "one.parquet") => {
      const { Response } = await server.request(job(path, { Base, File }));
      return Response.Result ?? Response;
    };
    // Plain formulas open no files: their folder isn't looked through for each of them.
    const plainly = async () => {
      for (let time = 0; time < 3; time++) assertEquals(await result("plain.js"), 45);
    };
    await plainly();
    await Deno.writeTextFile(join(path, "file.txt"), "one");
    assertEquals(await result("reading.js"), { link: "NotFound", file: "one" });
    await plainly();
    await Deno.symlink(secret, join(path, "link.txt"));
    await plainly();
    assertEquals(await result("reading.js"), { link: "NotCapable", file: "one" });
    await plainly();
    // What lies in a folder that is no longer readable as a whole is read where it came later, too.
    await write("later.parquet", 20);
    assertEquals(await result("plain.js"), 45);
    assertEquals(await result("plain.js", "later.parquet"), 190);
    await Deno.remove(join(path, "file.txt"));
    await Deno.symlink(join(elsewhere.path, "told.txt"), join(path, "file.txt"));
    assertEquals(await result("reading.js"), { link: "NotCapable", file: "NotCapable" });
    await Deno.remove(join(path, "link.txt"));
    await Deno.remove(join(path, "file.txt"));
    await plainly();
    await Deno.writeTextFile(join(path, "link.txt"), "two");
    assertEquals(await result("reading.js"), { link: "two", file: "NotFound" });
  });
}
