import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { ServiceError } from "../../mod/common/errors.ts";
import { Writes } from "../../mod/jobs/writes.ts";
import { fuzzRandom } from "../support/random_numbers.ts";
import { until } from "../support/until.ts";

const PAGE = "x".repeat(4000);

/** A database with a table, and no room for a dozen pages more. */
function fullDatabase() {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (n INTEGER, text TEXT); PRAGMA max_page_count = 8");
  const insert = (n: number, pages: number) => () =>
    void database.prepare("INSERT INTO t VALUES (?, ?)").run(n, PAGE.repeat(pages));
  const rows = () => database.prepare("SELECT n FROM t ORDER BY n").all().map(({ n }) => n);
  return { database, insert, rows, writes: new Writes(database) };
}

Deno.test("concurrent writes are made together and confirmed when done", async () => {
  const { insert, rows, writes, database } = fullDatabase();
  const both = [writes.add(insert(1, 0)), writes.attempt(insert(2, 0))];
  assertEquals(rows(), []);
  await Promise.all(both);
  assertEquals(rows(), [1, 2]);
  writes.close();
  database.close();
});

Deno.test("a full disk refuses optional writes, and makes the others when there is room", async () => {
  const { database, insert, rows, writes } = fullDatabase();
  const refused = writes.attempt(insert(1, 20));
  const kept = writes.add(insert(2, 0));
  writes.flush();
  const error = await assertRejects(() => refused, ServiceError, "full");
  assertEquals(error.code, "BUSY");
  assertMatch(writes.problem ?? "", /can't be written .*full.* make room/);
  assertEquals(rows(), []);
  database.exec("PRAGMA max_page_count = 1000");
  await kept; // tried again by itself
  assertEquals([rows(), writes.problem], [[2], null]);
  writes.close();
  database.close();
});

Deno.test("free space is noticed without a pending write", async () => {
  const { database, insert, writes } = fullDatabase();
  database.exec("PRAGMA query_only = 1");
  await assertRejects(() => writes.attempt(insert(1, 0)), ServiceError, "readonly");
  writes.flush();
  assertMatch(writes.problem ?? "", /readonly/);
  database.exec("PRAGMA query_only = 0");
  await until("the state to be written", () => writes.problem === null);
  writes.close();
  database.close();
});

Deno.test("a deleted file is noticed although the database still accepts writes", async () => {
  const { database, insert, rows } = fullDatabase();
  let there = false;
  const writes = new Writes(database, () => {
    if (!there) throw new Error("it was removed");
  });
  const kept = writes.add(insert(1, 0));
  await assertRejects(() => writes.attempt(insert(2, 0)), ServiceError, "it was removed");
  assertEquals(rows(), []);
  there = true;
  await kept;
  assertEquals(rows(), [1]);
  writes.close();
  database.close();
});

Deno.test("mandatory writes are made once and in order, whatever fails", async () => {
  for (let round = 0; round < 20; round++) {
    const random = fuzzRandom(round);
    const { database, insert, rows, writes } = fullDatabase();
    database.exec("PRAGMA max_page_count = 100000");
    const must: number[] = [], may: number[] = [], pending: Promise<void>[] = [];
    for (let n = 0; n < 200; n++) {
      if (random(10) === 0) database.exec(`PRAGMA query_only = ${random(2)}`);
      if (random(3) > 0) {
        must.push(n);
        pending.push(writes.add(insert(n, 0)));
      } else pending.push(writes.attempt(insert(n, 0)).then(() => void may.push(n), () => {}));
      if (random(4) === 0) writes.flush();
      if (random(4) === 0) await Promise.resolve();
    }
    database.exec("PRAGMA query_only = 0");
    writes.flush();
    await Promise.all(pending);
    assertEquals(rows(), [...must, ...may].sort((a, b) => a - b));
    const order = database.prepare("SELECT n FROM t ORDER BY rowid").all().map(({ n }) => n);
    assertEquals(order.filter((n) => must.includes(n as number)), must);
    writes.close();
    database.close();
  }
});
