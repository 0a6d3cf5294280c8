import { assert, assertEquals, assertMatch } from "@std/assert";
import { join, relative } from "@std/path";
import { job, listing, readColumn, runFormula, writeSample } from "../support/fixtures.ts";
import {
  bothWays,
  type RunningServer,
  type TempDir,
  tempDir,
  type Way,
  ways,
} from "../support/harness.ts";
import { notRoot, testWith } from "../support/needs.ts";
import { shareSample, shareService } from "../support/shared_service.ts";

const services = new Map(bothWays.map((way) => [way, shareService(way)]));
const copySample = shareSample(140_000, 70_000);
const copySmall = shareSample(500, 500);

/** A folder that no service may use, with a file. */
let outside: TempDir;
Deno.test.beforeAll(async () => {
  outside = await tempDir();
  await writeSample(outside.path, 500, 500, "outside.parquet");
});
Deno.test.afterAll(async () => await outside[Symbol.asyncDispose]());

const HONEST = `export const map = ({ u }) => ({ u });`;

/** What must hold after whatever came in: Info answers, and an honest job gives the right result. */
async function assertAlive(server: RunningServer, folder: string): Promise<void> {
  const info = await server.request({ Header: "Info", Request: "Status" });
  assertEquals(info.Response.Discription, "Status: Ready");
  const healthy = join(folder, "healthy");
  await Deno.mkdir(healthy);
  const { u } = await copySmall(healthy);
  const reply = await runFormula(server, healthy, HONEST);
  assertEquals(reply.Response.Status, "complete", JSON.stringify(reply));
  assertEquals(await readColumn(join(healthy, "work_ansver.parquet"), "u"), Array.from(u));
  await Deno.remove(healthy, { recursive: true });
}

/** What a bad job must come to. */
interface Expected {
  code: string;
  message: RegExp;
  where?: string;
  /** Further fields of the request. */
  fields?: Record<string, unknown>;
}

/** A test that a formula fails as it should, leaves nothing, and the server lives. */
function badFormula(
  name: string,
  text: string,
  expected: Expected,
  inWays: readonly Way[] = ways,
): void {
  for (const way of inWays) {
    Deno.test(`${name} [${way.name}]`, async () => {
      const { server, folder: makeFolder } = services.get(way)!;
      const folder = await makeFolder();
      await copySample(folder);
      const reply = await runFormula(server, folder, text, expected.fields);
      const error = reply.Response.Error;
      assertEquals([reply.Response.Status, error?.Code], ["error", expected.code], error?.Message);
      assertMatch(error!.Message, expected.message);
      assertEquals(error!.Message, reply.Response.Discription);
      if (expected.where) assertEquals(error!.Where, expected.where);
      assertEquals(listing(folder), ["time_series.parquet", "work.ts"]);
      await assertAlive(server, folder);
    });
  }
}

badFormula(
  "a syntax error is told with its position",
  `export function map({ u }) {\n  return { u };\n}}\n`,
  { code: "FORMULA_INVALID", message: /can't be loaded: SyntaxError/, where: "work.ts:3:2" },
);

badFormula(
  "a formula without a known export is refused",
  `export const power = 1;\n`,
  { code: "FORMULA_INVALID", message: /none of "map".*it exports power/ },
);

badFormula(
  "a formula that throws is told with position, kind and partition",
  `export function map({ u }) {\n  const deep = () => { throw new RangeError("too deep"); };\n  return deep(u);\n}\n`,
  {
    code: "FORMULA_FAILED",
    message: /^map on partition 0: RangeError: too deep$/,
    where: "work.ts:2:30",
  },
);

badFormula(
  "a formula that throws what is no error is told so",
  `export function map() { throw null; }`,
  { code: "FORMULA_FAILED", message: /threw null/ },
);

badFormula(
  "columns of unequal length are refused by name and length",
  `export const map = ({ u }) => ({ u, short: u.subarray(1) });`,
  { code: "FORMULA_FAILED", message: /"u" has \d+ rows, "short" has \d+/ },
);

badFormula(
  "partitions whose columns differ are refused",
  `export const map = ({ u, i }, { partition }) => partition ? { u } : { u, i };`,
  { code: "FORMULA_FAILED", message: /column/ },
);

badFormula(
  "partitions whose types differ are refused",
  `export const map = ({ u }, { partition }) => ({ u: partition ? Float32Array.from(u) : u });`,
  { code: "FORMULA_FAILED", message: /column "u"/ },
);

badFormula(
  "a column that isn't there is told with the columns that are",
  `export const map = ({ voltage }) => ({ voltage });`,
  {
    code: "FORMULA_FAILED",
    message:
      /no column "voltage" in time_series\.parquet.*the columns are "time", "unit", "u", "i", "n"/,
  },
);

badFormula(
  "a result that can't be written down is refused",
  `export const main = () => ({ f: () => 1 });`,
  { code: "FORMULA_FAILED", message: /function/ },
);

badFormula(
  "a partial result that can't be handed over is refused",
  `export const chunk = () => ({ f: () => 1 }); export const combine = (a) => a;`,
  { code: "FORMULA_FAILED", message: /could not be cloned/ },
);

badFormula(
  "an endless loop ends at the time limit",
  `export function map() { while (true); }`,
  { code: "FORMULA_TIMEOUT", message: /limit of 1 s/, fields: { TimeoutSeconds: 1 } },
);

badFormula(
  "an endless import ends at the time limit",
  `await new Promise(() => {}); export const map = () => ({});`,
  { code: "FORMULA_TIMEOUT", message: /limit of 1 s/, fields: { TimeoutSeconds: 1 } },
);

badFormula(
  "a full heap ends the job, not the server",
  `const kept = []; export function map() { for (;;) kept.push(new Array(1e5).fill({})); }`,
  {
    code: "OUT_OF_MEMORY",
    message: /filled the JavaScript heap of its worker, 100 MiB/,
    fields: { TimeoutSeconds: 600, Limits: { HeapBytes: 100 << 20 } },
  },
);

badFormula(
  "a formula may not read outside its folder",
  `export const map = () => ({ text: [Deno.readTextFileSync("/etc/hostname")] });`,
  { code: "FORMULA_FAILED", message: /NotCapable/ },
  bothWays,
);

badFormula(
  "a formula may not write, not even into its own folder",
  `export const map = () => { Deno.writeTextFileSync(new URL("left", import.meta.url), "x"); };`,
  { code: "FORMULA_FAILED", message: /writeTextFileSync is not a function/ },
  bothWays,
);

/** A test that a job is refused for the files it names. */
function badFiles(
  name: string,
  prepare: (folder: string) => Promise<Record<string, unknown>>,
  expected: Omit<Expected, "fields">,
): void {
  for (const way of ways) {
    Deno.test(`${name} [${way.name}]`, async () => {
      const { server, folder: makeFolder } = services.get(way)!;
      const folder = await makeFolder();
      await copySmall(folder);
      await Deno.writeTextFile(join(folder, "work.ts"), HONEST);
      const request = job(folder, await prepare(folder));
      const before = listing(folder);
      const { Response: response } = await server.request(request);
      assertEquals([response.Status, response.Error?.Code], ["error", expected.code]);
      assertMatch(response.Error!.Message, expected.message);
      assertEquals(listing(folder), before);
      await assertAlive(server, folder);
    });
  }
}

const write = (name: string, bytes: Uint8Array) => async (folder: string) => {
  await Deno.writeFile(join(folder, name), bytes);
  return { Base: name };
};

badFiles("a missing folder is told", () => Promise.resolve({ Directory: "nowhere" }), {
  code: "BASE_NOT_FOUND",
  message: /nowhere/,
});

badFiles("a missing file is told", () => Promise.resolve({ Base: "none.parquet" }), {
  code: "BASE_NOT_FOUND",
  message: /none\.parquet/,
});

badFiles("a missing formula is told", () => Promise.resolve({ File: "none.ts" }), {
  code: "FORMULA_NOT_FOUND",
  message: /none\.ts/,
});

badFiles("a Python formula is told what to do", async (folder) => {
  await Deno.writeTextFile(join(folder, "work.py"), "def main(ddf): return ddf");
  return { File: "work.py" };
}, { code: "FORMULA_INVALID", message: /TypeScript/ });

badFiles("a folder above the root is refused", () => Promise.resolve({ Directory: ".." }), {
  code: "FORBIDDEN_PATH",
  message: /\.\./,
});

badFiles("a folder elsewhere is refused", () => Promise.resolve({ Directory: "/etc" }), {
  code: "FORBIDDEN_PATH",
  message: /\/etc/,
});

badFiles("a file outside of the root is refused", (folder) => {
  return Promise.resolve({ Base: relative(folder, join(outside.path, "outside.parquet")) });
}, { code: "FORBIDDEN_PATH", message: /outside\.parquet/ });

badFiles("a link that leads out of the root is refused", async (folder) => {
  await Deno.symlink(join(outside.path, "outside.parquet"), join(folder, "link.parquet"));
  return { Base: "link.parquet" };
}, { code: "FORBIDDEN_PATH", message: /link\.parquet/ });

badFiles(
  "a text file is no Parquet",
  write("notes.parquet", new TextEncoder().encode("time,u\n1,2\n")),
  {
    code: "BASE_NOT_PARQUET",
    message: /notes\.parquet/,
  },
);

badFiles("a file of no bytes is no Parquet", write("none.parquet", new Uint8Array()), {
  code: "BASE_NOT_PARQUET",
  message: /none\.parquet/,
});

badFiles("a truncated file is no Parquet", async (folder) => {
  const bytes = await Deno.readFile(join(folder, "time_series.parquet"));
  return await write("cut.parquet", bytes.subarray(0, bytes.length / 2))(folder);
}, { code: "BASE_NOT_PARQUET", message: /cut\.parquet/ });

badFiles("pages that are no pages are told, and never give a value", async (folder) => {
  const bytes = await Deno.readFile(join(folder, "time_series.parquet"));
  bytes.fill(0xff, 4, bytes.length / 2);
  return await write("torn.parquet", bytes)(folder);
}, { code: "BASE_UNREADABLE", message: /torn\.parquet/ });

/** Mounts a small file system. */
async function mounted(folder: string, options: string): Promise<AsyncDisposable> {
  const { success, stderr } = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", options, "none", folder],
    stderr: "piped",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return {
    [Symbol.asyncDispose]: async () => {
      await new Deno.Command("umount", { args: ["-l", folder] }).output();
    },
  };
}

/** Why no file system may be mounted; null where one may. */
async function mountIsMissing(): Promise<string | null> {
  if (notRoot !== null) return notRoot;
  const { success } = await new Deno.Command("unshare", { args: ["-m", "true"], stderr: "null" })
    .output().catch(() => ({ success: false }));
  return success ? null : "no file system may be mounted here";
}

const noMount = await mountIsMissing();

for (const way of ways) {
  testWith(noMount, `a job fails on a full disk and leaves no file [${way.name}]`, async () => {
    const { server, folder: makeFolder } = services.get(way)!;
    const folder = await makeFolder();
    const small = join(folder, "small");
    await Deno.mkdir(small);
    await using _mount = await mounted(small, "size=4m");
    await writeSample(small, 40_000);
    const reply = await runFormula(
      server,
      small,
      `export const map = ({ u }) => ({ many: Float64Array.from({ length: 2e6 }, Math.random) });`,
    );
    assertEquals(reply.Response.Error?.Code, "OUTPUT_FAILED");
    assertMatch(reply.Response.Error!.Message, /no space is left/);
    assertEquals(listing(small), ["time_series.parquet", "work.ts"]);
    await assertAlive(server, folder);
  });

  // Root may write everywhere else.
  testWith(noMount, `a job fails when its folder is read-only [${way.name}]`, async () => {
    const { server, folder: makeFolder } = services.get(way)!;
    const folder = await makeFolder();
    const fixed = join(folder, "fixed");
    await Deno.mkdir(fixed);
    await using _mount = await mounted(fixed, "size=4m");
    await writeSample(fixed, 1000);
    await Deno.writeTextFile(join(fixed, "work.ts"), HONEST);
    await new Deno.Command("mount", { args: ["-o", "remount,ro", fixed] }).output();
    const reply = await server.request(job(fixed));
    assertEquals(reply.Response.Error?.Code, "OUTPUT_FAILED");
    assertMatch(reply.Response.Error!.Message, /may not write/);
    await assertAlive(server, folder);
  });
}
