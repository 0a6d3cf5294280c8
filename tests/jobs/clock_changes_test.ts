/** The machine's clock is set while the service runs: no duration and no limit changes. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { writeSample } from "../support/fixtures.ts";
import { compiled, startServer, tempDir } from "../support/harness.ts";
import { GATE, reach, submit, told } from "../support/job_requests.ts";
import { missingCommand, testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { isFile } from "../../scripts/is_file.ts";

/** Debian's libfaketime, by the folder of each processor's libraries. */
const LIBRARIES = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
  .map((processor) => `/usr/lib/${processor}/faketime/libfaketime.so.1`);

const noFaketime = missingCommand(["faketime", "faketime"]);

/** No test takes as long, in seconds. */
const LONG = 3600;

// Deno lets no program with the rights of the sources hand libraries to its engines.
for (const way of [compiled]) {
  testWith(noFaketime, `setting the clock changes no duration [${way.name}]`, async (t) => {
    await using folder = await tempDir();
    const { path } = folder;
    const clock = join(path, "clock");
    const set = (offset: string) => Deno.writeTextFile(clock, offset);
    await set("+0");
    await writeSample(path, 1000);
    await Deno.writeTextFile(join(path, "gate.js"), GATE);
    await using server = await startServer(way, {
      root: path,
      env: {
        LD_PRELOAD: LIBRARIES.find(isFile)!,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
      },
    });
    const isShort = (seconds: number, what: string) =>
      assert(0 <= seconds && seconds < LONG, `${what} is ${seconds} s`);
    const today = Date.now();
    for (const offset of ["-1d", "+1d", "-400d", "+0"]) {
      await t.step(offset, async () => {
        const { Id } = await submit(server, path, "gate.js", {
          Params: { gate: offset },
          TimeoutSeconds: LONG,
        });
        await reach(server, Id, "running");
        await set(offset);
        await until("the clock to be set", async () => {
          const { Submitted } = await submit(server, path, "gate.js", {
            Params: { gate: "clock" },
          });
          const days = Math.round((Date.parse(Submitted) - today) / 86_400_000);
          return days === Number.parseInt(offset);
        });
        const running = await told(server, "Status", { Id });
        isShort(running.Seconds, "Seconds of a running job");
        const { Response } = await server.request({ Header: "Info", Request: "Status" });
        const { Uptime, Processes } = Response.Statistic as {
          Uptime: number;
          Processes: { Age: number }[];
        };
        isShort(Uptime, "Uptime");
        for (const { Age } of Processes) isShort(Age, "Age");
        await Deno.writeTextFile(join(path, offset), "");
        const { Seconds, Submitted, Started, Ended } = await reach(server, Id, "complete");
        isShort(Seconds, "Seconds of a job");
        isShort((Date.parse(Started) - Date.parse(Submitted)) / 1000, "the wait");
        isShort((Date.parse(Ended) - Date.parse(Started)) / 1000, "the run");
      });
    }
    assertEquals((await server.request({ Header: "Info", Request: "Status" })).Header, "Info");
  });
}
