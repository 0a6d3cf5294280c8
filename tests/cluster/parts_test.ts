/** How jobs are divided for a cluster, and how parts of results travel. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { partitionsEach } from "../../mod/cluster/division.ts";
import { blockLength } from "../../mod/formula/merge.ts";
import { errorOf } from "../../mod/cluster/task_failure.ts";
import { jobOfPart, partialPath } from "../../mod/result/place.ts";
import { encodeRowGroup } from "../../mod/parquet/write/encode.ts";
import { GroupsFile, readGroups } from "../../mod/parquet/write/groups_file.ts";
import { tempDir } from "../support/harness.ts";

Deno.test("the number of parts is a power of two, enough for all nodes and bounded for Redis", () => {
  const nodes = (count: number) => Array.from({ length: count }, () => ({ slots: 2, workers: 16 }));
  for (const isGrouped of [false, true]) {
    for (const partitions of [1, 2, 63, 1000, 20_480, 639_999, 640_001, 1_250_000, 1e8]) {
      for (const count of [0, 1, 3, 1000]) {
        const kind = isGrouped ? "reduction" : "map";
        const least = isGrouped ? blockLength(partitions) : 1;
        const each = partitionsEach({ kind, partitions, least }, nodes(count), 64);
        assert(Number.isInteger(Math.log2(each)), `${each}`);
        assert(each >= least, `${partitions}: ${each}`);
        assert(Math.ceil(partitions / each) <= 10_000, `${partitions} in parts of ${each}`);
        assert(each <= 64 || partitions / each > 5000, `${partitions} in parts of ${each}`);
      }
    }
  }
  assertEquals(partitionsEach({ kind: "map", partitions: 512, least: 1 }, nodes(2), 64), 4);
  assertEquals(partitionsEach({ kind: "map", partitions: 512, least: 1 }, nodes(2), 2), 2);
  assertEquals(partitionsEach({ kind: "main", partitions: 512, least: 1 }, nodes(2), 64), 512);
});

Deno.test("stored row groups are read back unchanged, or not at all", async () => {
  await using folder = await tempDir();
  const path = join(folder.path, "groups");
  const groups = [1, 2, 3].map((factor) => {
    const u = Float64Array.from({ length: 1000 }, (_, k) => k * factor);
    const group = encodeRowGroup([{ name: "u", type: "float64", values: u }]);
    return { rows: group.rows, parts: [[group]] };
  });
  const file = new GroupsFile(path);
  for (const group of groups) file.appendJoined(group);
  const { bytes, rows, checksum } = file.finish();
  file.close();
  assertEquals([bytes, rows], [Deno.statSync(path).size, 3000]);
  const read = [...readGroups(path, checksum)];
  assertEquals(read.map(({ rows }) => rows), [1000, 1000, 1000]);
  read.forEach(({ parts }, index) => {
    const [[own]] = parts as [[typeof groups[0]["parts"][0][0]]];
    const [[written]] = groups[index]!.parts as [[typeof own]];
    assertEquals([own.columns, own.bytes], [written.columns, written.bytes]);
  });
  const whole = await Deno.readFile(path);
  for (const at of [0, bytes >> 1, bytes - 1]) {
    const damaged = whole.slice();
    damaged[at]! ^= 1;
    await Deno.writeFile(path, damaged);
    assertThrows(() => [...readGroups(path, checksum)]);
  }
  await Deno.writeFile(path, whole.subarray(0, bytes - 9));
  assertThrows(() => [...readGroups(path, checksum)]);
});

Deno.test("a part's name gives its job, and no other name does", () => {
  const id = crypto.randomUUID();
  const place = { id, attempt: 2, directory: "/data", stem: "a.b" };
  const name = (path: string) => path.slice("/data/".length);
  assertEquals(jobOfPart(name(partialPath({ ...place, part: "12-0123abcd" }))), id);
  assertEquals(jobOfPart(name(partialPath(place))), null);
  assertEquals(jobOfPart(`.${id}.part`), null);
  assertEquals(jobOfPart(`a.${id}.1-2.part`), null);
});

Deno.test("a BullMQ failure becomes an error for clients", () => {
  const known = errorOf('{"code":"FORMULA_FAILED","message":"too deep","where":"work.ts:1:2"}');
  assertEquals(known.toRecord(), {
    code: "FORMULA_FAILED",
    message: "too deep",
    where: "work.ts:1:2",
  });
  assertEquals(errorOf("job stalled more than allowable limit").code, "INTERRUPTED");
  assertEquals(errorOf("Missing key for job x").code, "INTERNAL");
});
