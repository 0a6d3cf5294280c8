import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { job, listing, readRows, runFormula, writeSample } from "../support/fixtures.ts";
import { bothWays, startServer, tempDir, ways } from "../support/harness.ts";
import { HALF, STALLS } from "../support/job_requests.ts";
import { missingCommand, testWith } from "../support/needs.ts";
import {
  busyEngine,
  enginesOf,
  formulaThreads,
  lives,
  openFiles,
  partialResult,
} from "../support/processes.ts";
import { until } from "../support/until.ts";

const noPipes = missingCommand(["mkfifo", "coreutils"]);

for (const way of bothWays) {
  for (const behind of [false, true]) {
    const which = behind ? ", which has not read all they told it," : "";
    Deno.test(`the engines and partial files of a server that is killed${which} disappear [${way.name}]`, async () => {
      await using folder = await tempDir();
      const { path } = folder;
      await writeSample(path, 300_000, 70_000);
      const server = await startServer(way, { root: path });
      const stalled = runFormula(server, path, STALLS).catch(() => null);
      const { pid } = await busyEngine(server);
      await partialResult(path);
      if (behind) {
        Deno.kill(server.pid, "SIGSTOP");
        await new Promise((resolve) => setTimeout(resolve, 600)); // the engine says that it lives
      }
      await server.kill();
      await stalled;
      await until("the engine to end", () => !lives(pid));
      assertEquals(listing(path), ["time_series.parquet", "work.ts"]);
    });
  }

  Deno.test(`an engine's C library gets the setting for copies in addition to its own [${way.name}]`, async () => {
    await using folder = await tempDir();
    await writeSample(folder.path, 1000);
    const env = { GLIBC_TUNABLES: "glibc.malloc.tcache_count=9" };
    await using server = await startServer(way, { root: folder.path, env });
    await runFormula(server, folder.path, `export const main = (frame) => frame.rows;`);
    const [engine] = await enginesOf(server);
    // The C library ends each of its words with a zero byte.
    const environment = Deno.readTextFileSync(`/proc/${engine!.pid}/environ`);
    assertMatch(environment, /GLIBC_TUNABLES=glibc\.cpu\.x86_rep_movsb_threshold=0x40000000\W/);
    assertMatch(environment, /\Wglibc\.malloc\.tcache_count=9\W/);
  });

  Deno.test(`jobs that follow each other at once are served by the same threads [${way.name}]`, async () => {
    await using folder = await tempDir();
    await writeSample(folder.path, 300_000, 70_000);
    await using server = await startServer(way, { root: folder.path, args: ["--workers", "2"] });
    for (let round = 0; round < 40; round++) {
      const { Response } = await runFormula(
        server,
        folder.path,
        `export const chunk = ({ u }) => u.length; export const combine = (a, b) => a + b;`,
      );
      assertEquals(Response.Result, 300_000, JSON.stringify(Response));
    }
    // One that was late in letting go of its job may be about to end.
    await until("the engine to have two threads for formulas", async () => {
      const counts = (await enginesOf(server)).map(({ pid }) => formulaThreads(pid).length);
      return counts.filter((count) => count > 0).join() === "2";
    });
  });

  Deno.test(`a stopped server ends its engines [${way.name}]`, async () => {
    await using folder = await tempDir();
    await writeSample(folder.path, 1000);
    const server = await startServer(way, { root: folder.path });
    await runFormula(server, folder.path, `export const main = (frame) => frame.rows;`);
    const { Response } = await server.request({ Header: "Info", Request: "Status" });
    const { Processes } = Response.Statistic as unknown as { Processes: Record<string, unknown>[] };
    const pids = Processes.map((process) => Number(process.Pid));
    assert(pids.includes(server.pid), JSON.stringify(Processes));
    await server.stop();
    await until("the engines to end", () => !pids.some(lives));
  });
}

for (const way of ways) {
  Deno.test(`a killed engine fails its own job only [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeSample(path, 300_000, 70_000);
    await using server = await startServer(way, { root: path });
    // Rows of a file of Arrow are gathered in a hidden file more.
    for (const Output of ["made.parquet", "made.arrow"]) {
      const stalled = runFormula(server, path, STALLS, { Output });
      const { pid } = await busyEngine(server);
      await partialResult(path);
      Deno.kill(pid, "SIGKILL");
      const { Response } = await stalled;
      assertEquals(Response.Error?.Code, "FORMULA_FAILED", JSON.stringify(Response));
      assertEquals(listing(path), ["time_series.parquet", "work.ts"]);
    }
    const honest = await runFormula(server, path, `export const main = (frame) => frame.rows;`);
    assertEquals(honest.Response.Result, 300_000);
  });

  testWith(
    noPipes,
    `a result replaces whatever has its name, and the engine closes it [${way.name}]`,
    async () => {
      await using folder = await tempDir();
      const { path } = folder;
      await writeSample(path, 1000);
      await using server = await startServer(way, { root: path });
      const elsewhere = join(path, "elsewhere");
      await Deno.writeTextFile(elsewhere, "stays");
      const before: [what: string, make: (name: string) => Promise<unknown>][] = [
        ["nothing", () => Promise.resolve()],
        ["an earlier result", () => Promise.resolve()],
        ["a file that nobody may read", (name) => Deno.chmod(name, 0)],
        ["a link", async (name) => {
          await Deno.remove(name);
          await Deno.symlink(elsewhere, name);
        }],
        ["a pipe", async (name) => {
          await Deno.remove(name);
          await new Deno.Command("mkfifo", { args: [name] }).output();
        }],
      ];
      const formulas = {
        "work_ansver.parquet": `export const main = (frame) => ({ n: [frame.rows] });`,
        "work_ansver.txt": `export const main = (frame) => frame.rows;`,
      };
      for (const [what, make] of before) {
        for (const [name, formula] of Object.entries(formulas)) {
          const result = join(path, name);
          await make(result);
          const { Response } = await runFormula(server, path, formula);
          assertEquals(Response.Status, "complete", `${name} in place of ${what}`);
          assert((await Deno.lstat(result)).isFile, `${name} in place of ${what}`);
          if (name.endsWith(".txt")) assertEquals(await Deno.readTextFile(result), "1000\n");
          else assertEquals(await readRows(result), [{ n: 1000 }]);
        }
      }
      assertEquals(await Deno.readTextFile(elsewhere), "stays");
      const [engine] = await enginesOf(server);
      await until(
        "the engine to let go of results",
        () => !openFiles(engine!.pid).some((file) => file.includes("work_ansver")),
      );
    },
  );

  Deno.test(`a job fails when its data changes while it runs [${way.name}]`, async () => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeSample(path, 300_000, 70_000);
    await using server = await startServer(way, { root: path });
    await Deno.writeTextFile(join(path, "work.ts"), HALF);
    const reply = server.request(job(path));
    await partialResult(path);
    await Deno.utime(join(path, "time_series.parquet"), new Date(), new Date(Date.now() + 5000));
    await Deno.writeTextFile(join(path, "go"), "");
    const { Response } = await reply;
    assertEquals(Response.Error?.Code, "BASE_UNREADABLE", JSON.stringify(Response));
    assertEquals(listing(path), ["go", "time_series.parquet", "work.ts"]);
  });
}
