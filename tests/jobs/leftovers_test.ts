/** A start removes what killed processes left, and waits for nothing that others put there. */
import { assert, assertEquals } from "@std/assert";
import { basename, join } from "@std/path";
import { removeLeftovers } from "../../mod/system/leftovers.ts";
import { listing, runFormula, writeSample } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { missingCommand, testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const noPipes = missingCommand(["mkfifo", "coreutils"]);
const LATE = new Date(Date.now() - 2 * 86_400_000);

async function pipe(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert(success, path);
}

/** Ways to put something in a file's place that can't be opened, or not without waiting. */
const PLANTED: Readonly<Record<string, (path: string, elsewhere: string) => Promise<void> | void>> =
  {
    "a pipe": pipe,
    "a link to a pipe": (path, elsewhere) => Deno.symlink(join(elsewhere, "pipe"), path),
    "a link to a file": (path, elsewhere) => Deno.symlink(join(elsewhere, "file"), path),
    "a link to itself": (path) => Deno.symlink(path, path),
    "a folder": (path) => Deno.mkdir(path),
    "a socket": (path, elsewhere) => {
      const short = join(elsewhere, "socket");
      const listener = Deno.listen({ transport: "unix", path: short });
      Deno.renameSync(short, path);
      listener.close();
    },
  };

function hidden(stem: string): string {
  return `.${stem}.${crypto.randomUUID()}.part`;
}

for (const way of ways) {
  testWith(noPipes, `foreign files and pipes don't block a start [${way.name}]`, async () => {
    await using root = await tempDir();
    await using elsewhere = await tempDir();
    await using temporary = await tempDir();
    await pipe(join(elsewhere.path, "pipe"));
    await Deno.writeTextFile(join(elsewhere.path, "file"), "stays");
    await writeSample(root.path, 1000);
    const stays: string[] = [], goes: string[] = [];
    for (const [index, plant] of Object.values(PLANTED).entries()) {
      const engine = join(temporary.path, `tcp_server_engine_${index}`);
      await Deno.mkdir(engine);
      await plant(join(engine, "alive"), elsewhere.path);
      const result = join(root.path, hidden(`folder${index}_ansver`));
      await Deno.mkdir(result);
      await plant(join(result, "part.0.parquet"), elsewhere.path);
      const file = join(root.path, hidden(`file${index}_ansver`));
      await plant(file, elsewhere.path);
      stays.push(engine, result);
      // A folder without files is as a folder that was just begun.
      if (!(await Deno.lstat(file)).isDirectory) stays.push(file);
    }
    for (const name of ["work_ansver", "a b.c_ansver"]) {
      const file = join(root.path, hidden(name));
      await Deno.writeTextFile(file, "half");
      const folder = join(root.path, hidden(name));
      await Deno.mkdir(folder);
      await Deno.writeTextFile(join(folder, "part.0.parquet"), "half");
      const parted = join(root.path, hidden(name));
      await Deno.mkdir(join(parted, "unit=1/day=2"), { recursive: true });
      await Deno.writeTextFile(join(parted, "unit=1/day=2/part.0.parquet"), "half");
      goes.push(parted);
      const foreign = join(root.path, hidden(name));
      await Deno.mkdir(join(foreign, "unit=1/notes"), { recursive: true });
      stays.push(foreign);
      const engine = join(temporary.path, `tcp_server_engine_${crypto.randomUUID()}`);
      await Deno.mkdir(engine);
      await Deno.writeTextFile(join(engine, "alive"), "");
      const bare = join(temporary.path, `tcp_server_engine_${crypto.randomUUID()}`);
      await Deno.mkdir(bare);
      await Deno.utime(bare, LATE, LATE);
      goes.push(file, folder, engine, bare);
    }
    {
      await using server = await startServer(way, {
        root: root.path,
        env: { TMPDIR: temporary.path },
      });
      const { Response } = await runFormula(
        server,
        root.path,
        "export const chunk = ({ u }) => u.length; export const combine = (a, b) => a + b;",
      );
      assertEquals(Response.Result, 1000, JSON.stringify(Response));
      for (const path of goes) {
        await until(`${path} to be removed`, async () => !await isThere(path));
      }
      assertEquals((await server.request({ Header: "Info", Request: "Status" })).Header, "Info");
    } // it ends well
    for (const path of stays) assert(await isThere(path), path);
    assertEquals(await Deno.readTextFile(join(elsewhere.path, "file")), "stays");
  });
}

Deno.test("only old parts are removed without a known cluster", async () => {
  await using folder = await tempDir();
  const [old, fresh] = ["old", "fresh"].map((stem) =>
    join(folder.path, `.${stem}.${crypto.randomUUID()}.0-0123abcd.part`)
  ) as [string, string];
  await Deno.writeTextFile(fresh, "");
  await Deno.mkdir(old);
  const yesterday = new Date(Date.now() - 2 * 86_400_000);
  await Deno.utime(old, yesterday, yesterday);
  assertEquals(await removeLeftovers([folder.path], new AbortController().signal), 1);
  assertEquals(listing(folder.path), [basename(fresh)]);
});

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}
