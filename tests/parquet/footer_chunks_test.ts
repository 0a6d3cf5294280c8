/** Footers are read in two ways: what is usual quickly, all else as any structure. Both have to find the same. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parquetMetadata, type SchemaElement } from "hyparquet";
import { type FooterChunks, readChunks } from "../../mod/parquet/format/footer_chunks.ts";
import { readQuickly } from "../../mod/parquet/format/quick_chunk.ts";
import { openParquet } from "../../mod/parquet/read/parquet_file.ts";
import { LIST, ThriftReader } from "../../mod/parquet/format/thrift.ts";
import { DuckDB, quoted } from "../support/parquet/duckdb.ts";
import { tempDir } from "../support/harness.ts";
import { randomFrom } from "../support/random_numbers.ts";
import { SEED } from "../support/suite_options.ts";

const DAMAGED = 3000;

/** A file's footer, its leaves, and where its list of row groups begins. */
function footerOf(path: string) {
  const file = Deno.readFileSync(path);
  const length = new DataView(file.buffer).getUint32(file.length - 8, true);
  const dataEnd = file.length - 8 - length;
  const bytes = file.slice(dataEnd, file.length - 8);
  const reader = new ThriftReader(bytes);
  let from = -1;
  reader.struct((id, type) => {
    if (id === 4 && type === LIST) from = reader.at;
    return false;
  });
  const leaves = parquetMetadata(file.slice(dataEnd).buffer).schema.filter(({ type }) => type);
  return { bytes, from, leaves, dataEnd };
}

/** What is read, or what is wrong, and how many chunks were read quickly. */
function read(
  bytes: Uint8Array,
  from: number,
  leaves: SchemaElement[],
  dataEnd: number,
  isQuick: boolean,
): { found: FooterChunks | string; quickly: number } {
  let quickly = 0;
  const quick: typeof readQuickly = (...args) => {
    const end = isQuick ? readQuickly(...args) : -1;
    if (end >= 0) quickly++;
    return end;
  };
  try {
    return { found: readChunks(new ThriftReader(bytes, from), leaves, dataEnd, quick), quickly };
  } catch (thrown) {
    return { found: String(thrown), quickly };
  }
}

function assertAlike(path: string, seed: number): void {
  const { bytes, from, leaves, dataEnd } = footerOf(path);
  const whole = read(bytes, from, leaves, dataEnd, true);
  assertEquals(whole.found, read(bytes, from, leaves, dataEnd, false).found);
  assertEquals(whole.quickly, openParquet(path).chunks.start.length, "chunks read quickly");
  const random = randomFrom(seed);
  for (let k = 0; k < DAMAGED; k++) {
    const damaged = bytes.slice();
    for (let left = 1 + random(3); left > 0; left--) {
      const at = from + random(bytes.length - from);
      damaged[at] = random(2) ? random(256) : damaged[at]! ^ (1 << random(8));
    }
    const cut = random(5) ? damaged : damaged.slice(0, from + random(bytes.length - from));
    const quick = read(cut, from, leaves, dataEnd, true).found;
    assertEquals(quick, read(cut, from, leaves, dataEnd, false).found, `seed ${seed}, case ${k}`);
  }
}

const COLUMNS = `k::double as a, if(k % 3 = 0, null, k)::bigint as b, 'text ' || k % 9 as c,
  [k, null] as d, {x: k, y: 'z'} as e, k % 2 = 0 as f, make_timestamp(k::bigint) as g`;

Deno.test("footers of DuckDB, whole or damaged, are read quickly as any structure is", async () => {
  await using folder = await tempDir();
  using duckdb = await DuckDB.open();
  const path = join(folder.path, "a.parquet");
  await duckdb.run(
    `copy (select ${COLUMNS} from range(9000) r(k)) to ${quoted(path)}
     (format parquet, row_group_size 2048)`,
  );
  assertAlike(path, SEED);
});

Deno.test("what a footer says of some columns is what it says of them beside all others", async () => {
  await using folder = await tempDir();
  await using duckdb = await DuckDB.open();
  const path = join(folder.path, "many.parquet");
  const columns = Array.from({ length: 50 }, (_, c) => `(k * ${c})::integer as c${c}`).join(", ");
  await duckdb.run(
    `copy (select ${columns} from range(10000) r(k)) to ${quoted(path)} (row_group_size 2048)`,
  );
  const file = openParquet(path), wanted = new Set([0, 17, 49]);
  const all = file.rowGroups(), some = file.rowGroups(wanted);
  assertEquals(some.length, all.length);
  some.forEach(({ columns, ...group }, index) => {
    const { columns: whole, ...alike } = all[index]!;
    assertEquals(group, alike);
    columns.forEach((column, leaf) => {
      if (wanted.has(leaf)) assertEquals(column, whole[leaf]);
      else assertEquals(column.meta_data, undefined);
    });
  });
});
