import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { join } from "@std/path";
import { openKnown } from "../../mod/dataset/known_files.ts";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { tempDir } from "../support/harness.ts";

/** Rows of a file of one size, whatever its values. */
function write(duckdb: DuckDB, path: string, first: number): Promise<void> {
  return duckdb.run(
    `copy (select hash(k + ${first}) / 1e9 as u from range(1000) r(k)) to ${quoted(path)}
     (format parquet, compression uncompressed)`,
  );
}

/** Says that a file was changed long ago. */
async function age(path: string, seconds: number): Promise<void> {
  await Deno.utime(path, Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);
}

Deno.test("a file that has just been changed is opened anew each time", async () => {
  await using folder = await tempDir();
  using duckdb = await DuckDB.open();
  const path = join(folder.path, "a.parquet");
  await write(duckdb, path, 0);
  assertNotStrictEquals(openKnown(path), openKnown(path));
  await age(path, 3600); // but its owner or rights were changed now
  assertNotStrictEquals(openKnown(path), openKnown(path));
});

Deno.test("a file that has been as it is for a while is opened once, and anew when it changes", async () => {
  await using folder = await tempDir();
  using duckdb = await DuckDB.open();
  const path = join(folder.path, "a.parquet"), other = join(folder.path, "b.parquet");
  await write(duckdb, path, 0);
  await write(duckdb, other, 5000);
  await new Promise((go) => setTimeout(go, 2100));
  const known = openKnown(path);
  assertStrictEquals(openKnown(path), known);
  assertEquals(known.rowGroups(), openKnown(path).rowGroups());
  const { size, mtime } = await Deno.stat(path);
  // In its place, of the same length and with the same time.
  await Deno.writeFile(path, await Deno.readFile(other));
  await Deno.utime(path, mtime!, mtime!);
  assertEquals((await Deno.stat(path)).size, size);
  assertNotStrictEquals(openKnown(path), known);
  await Deno.remove(path);
  try {
    openKnown(path);
    throw new Error("it is not there");
  } catch (thrown) {
    assertEquals(thrown instanceof Deno.errors.NotFound, true);
  }
});
