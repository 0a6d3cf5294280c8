import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Writes } from "../../mod/jobs/writes.ts";

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

Deno.test("writes that come together are made together, and told when they are", async () => {
  const { insert, rows, writes, database } = fullDatabase();
  const both = [writes.add(insert(1, 0)), writes.attempt(insert(2, 0))];
  assertEquals(rows(), []);
  await Promise.all(both);
  assertEquals(rows(), [1, 2]);
  writes.close();
  database.close();
});

Deno.test("on a full disk what may be given up is refused, and the rest made when there is room", async () => {
  const { database, insert, rows, writes } = fullDatabase();
  const refused = writes.attempt(insert(1, 20));
  const kept = writes.add(insert(2, 0));
  assertThrows(() => writes.flush(), Error, "full");
  await assertRejects(() => refused, Error, "full");
  assertEquals(rows(), []);
  database.exec("PRAGMA max_page_count = 1000");
  await kept; // tried again by itself
  assertEquals(rows(), [2]);
  writes.close();
  database.close();
});
