/** Columns are read into memory that is used again: whichever was read before, the next one is what it is. */
import { assertEquals } from "@std/assert";
import { patiently } from "../../scripts/patience.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { inFolder, OpenFile } from "../support/parquet/files.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";

const duckdb = await sharedDuckDB();

const COLUMNS = `i % 2 = 0 as flag, case when i % 3 = 0 then null else i % 2 = 0 end as maybe,
  case when i % 4 = 0 then null else i::int * 1001 end as n,
  i::bigint * 1000000007 as l, i::double / 7 as f, 'text ' || i as s,
  timestamp '2024-01-01' + interval (i) millisecond as time`;

/** Booleans as bits, numbers as deltas. */
const FORMAT = "codec uncompressed, parquet_version v2, dictionary_size_limit 1";

/** What a thread of its own reads of a file. */
async function readFresh(path: string, names: string[]): Promise<unknown> {
  const url = new URL("../support/parquet/pair_reader.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  try {
    const read = new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        resolve(event.message);
      };
    });
    worker.postMessage({ path, names });
    return await patiently(read, "a worker to read columns", () => worker.terminate());
  } finally {
    worker.terminate();
  }
}

Deno.test("any two columns can be read one after the other", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/few.parquet`;
    await duckdb.run(
      `copy (select ${COLUMNS} from range(5) t(i)) to ${quoted(path)} (format parquet, ${FORMAT})`,
    );
    using open = new OpenFile(path);
    const names = open.file.columns.map(({ name }) => name);
    const pairs = names.flatMap((a) => names.filter((b) => b !== a).map((b) => [a, b]));
    for (const pair of pairs) {
      const expected = pair.map((name) => open.column(name));
      assertEquals(await readFresh(path, pair), expected, `${pair}`);
    }
  });
});
