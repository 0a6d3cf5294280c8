/** Whenever a process dies that gives tables their names, all of them are there afterwards, or none. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { partialPath } from "../../mod/result/place.ts";
import { publishedReport } from "../../mod/result/publish.ts";
import { removeLeftovers } from "../../mod/system/leftovers.ts";
import { listing, readRows, runFormula, writeSample } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { until } from "../support/until.ts";

const SCRIPT = fromFileUrl(new URL("../support/killed_move.ts", import.meta.url));
const NAMES = ["a", "b", "c"];
/** The second has no earlier file; the third one's is what `write` is told. */
const FILES = NAMES.map((name) => `work_ansver.${name}.parquet`);

interface Published {
  place: { id: string; attempt: number; directory: string; stem: string };
  /** What files of the folder hold, or what is no file. */
  now: () => Record<string, string>;
}

/** Has a process publish tables in a folder that holds earlier ones, and dies before its call of this number. */
async function publishKilled(
  directory: string,
  call: number,
): Promise<Published & { killed: boolean }> {
  const place = { id: crypto.randomUUID(), attempt: 1, directory, stem: "work_ansver" };
  const hidden = partialPath(place);
  await Deno.mkdir(hidden);
  for (const file of FILES) await Deno.writeTextFile(join(hidden, file), "new");
  const { signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SCRIPT, JSON.stringify(place), JSON.stringify(FILES), String(call)],
  }).output();
  const now = () =>
    Object.fromEntries(FILES.flatMap((file) => {
      try {
        return [[file, Deno.readTextFileSync(join(directory, file))]];
      } catch (thrown) {
        return thrown instanceof Deno.errors.NotFound ? [] : [[file, "a folder"]];
      }
    }));
  return { place, now, killed: signal === "SIGKILL" };
}

const OLD = { [FILES[0]!]: "old", [FILES[2]!]: "old" };
const NEW = Object.fromEntries(FILES.map((file) => [file, "new"]));

async function earlier(folder: string, third: "file" | "folder"): Promise<Record<string, string>> {
  await Deno.writeTextFile(join(folder, FILES[0]!), "old");
  if (third === "file") {
    await Deno.writeTextFile(join(folder, FILES[2]!), "old");
    return OLD;
  }
  await Deno.mkdir(join(folder, FILES[2]!, "mine"), { recursive: true });
  return { ...OLD, [FILES[2]!]: "a folder" };
}

for (const third of ["file", "folder"] as const) {
  Deno.test(`a start brings tables to an end whose process was killed before any call, where the last name is a ${third}'s`, async () => {
    const ends = new Set<string>();
    for (let call = 1;; call++) {
      await using root = await tempDir();
      const old = await earlier(root.path, third);
      const { now, killed } = await publishKilled(root.path, call);
      const left = now();
      await removeLeftovers([root.path], new AbortController().signal);
      const found = now();
      const told = `call ${call}: ${JSON.stringify(left)}, then ${JSON.stringify(found)}`;
      const isNew = found[FILES[0]!] === "new";
      assertEquals(found, isNew ? NEW : old, told);
      assertEquals(listing(root.path), Object.keys(found).sort(), told);
      assert(third === "file" || !isNew, told);
      ends.add(isNew ? "new" : "old");
      if (!killed) {
        assert(call > 8, `it made only ${call} calls`);
        break;
      }
      // Some died between two names, so that there was something to bring to an end.
      if (
        JSON.stringify(left) !== JSON.stringify(old) && JSON.stringify(left) !== JSON.stringify(NEW)
      ) {
        ends.add("half");
      }
    }
    assertEquals([...ends].sort(), third === "file" ? ["half", "new", "old"] : ["half", "old"]);
  });
}

Deno.test("a job whose engine was killed is complete if its tables have their names, and else is not", async () => {
  const seen = new Set<boolean>();
  for (let call = 1;; call++) {
    await using root = await tempDir();
    const old = await earlier(root.path, "file");
    const before = { now: Deno.statSync(join(root.path, FILES[0]!)).ino };
    const { place, now, killed } = await publishKilled(root.path, call);
    const inode = await inodeOfNew(root.path, before.now!);
    const tables = NAMES.map((name, k) => ({ name, file: FILES[k]!, rows: 0, bytes: 3 }));
    const report = publishedReport(place, {
      inode,
      report: {
        id: place.id,
        kind: "map",
        file: FILES[0]!,
        tables,
        rows: 0,
        partitions: 1,
        seconds: 1,
        bytesRead: 0,
        bytesWritten: 9,
        workers: 1,
        log: [],
      },
    });
    assertEquals(now(), report === null ? old : NEW, `call ${call}`);
    assertEquals(listing(root.path), Object.keys(now()).sort(), `call ${call}`);
    if (report !== null) {
      assertEquals(
        report.tables?.map(({ written }) => written?.inode),
        FILES.map((file) => Deno.statSync(join(root.path, file)).ino),
      );
    }
    seen.add(report !== null);
    if (!killed) break;
  }
  assertEquals(seen.size, 2);
});

/** The number of the first table, wherever it is. */
async function inodeOfNew(folder: string, old: number | null): Promise<number> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory) continue;
    try {
      return Deno.statSync(join(folder, name, FILES[0]!)).ino!;
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }
  const { ino } = Deno.statSync(join(folder, FILES[0]!));
  return ino === old ? 0 : ino!;
}

for (const way of ways) {
  Deno.test(`a service ends what was left of tables, at its start and when a job writes them again [${way.name}]`, async () => {
    await using root = await tempDir();
    await earlier(root.path, "file");
    const { now } = await publishKilled(root.path, 6);
    assert(listing(root.path).some((name) => name.endsWith(".tables")), String(listing(root.path)));
    await writeSample(root.path, 1000);
    await using server = await startServer(way, { root: root.path });
    await until(
      "the tables have their names",
      () => listing(root.path)[0]?.startsWith(".") === false,
    );
    assertEquals(now(), NEW);

    await earlier(root.path, "file");
    await Deno.remove(join(root.path, FILES[1]!));
    const left = await publishKilled(root.path, 6);
    assertEquals(left.now(), OLD);
    const formula = `export const tables = ["a"]; export const map = () => ({ a: { v: [7] } });`;
    const { Response } = await runFormula(server, root.path, formula);
    assertEquals(Response.Status, "complete");
    assertEquals(await readRows(join(root.path, FILES[0]!)), [{ v: 7 }]);
    assertEquals([left.now()[FILES[1]!], left.now()[FILES[2]!]], ["new", "new"]);
    assertEquals(listing(root.path).filter((name) => name.startsWith(".")), []);
  });
}

Deno.test("what is no list of a result's files stays as it is", async () => {
  await using root = await tempDir();
  await Deno.writeTextFile(join(root.path, "mine"), "mine");
  const folders: string[] = [];
  for (const list of [`[{"file":"../mine","inode":1}]`, `[{"file":".x","inode":1}]`, "{", null]) {
    const folder = join(root.path, `.work_ansver.${crypto.randomUUID()}.tables`);
    folders.push(folder);
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "other"), "other");
    if (list !== null) await Deno.writeTextFile(join(folder, ".journal"), list);
  }
  await removeLeftovers([root.path], new AbortController().signal);
  for (const folder of folders) assertEquals(Deno.readTextFileSync(join(folder, "other")), "other");
  assertEquals(Deno.readTextFileSync(join(root.path, "mine")), "mine");
});
