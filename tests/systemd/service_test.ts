/**
 * The compiled service under a real systemd: `denow task test:systemd`. It is installed by the README's
 * own commands, in a container.
 */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { join } from "@std/path";
import { BINARY } from "../../scripts/binary.ts";
import { ROOT } from "../../scripts/sources.ts";
import { writeSample } from "../support/fixtures.ts";
import type { Reply } from "../support/harness.ts";
import { end, GATE, reach, submit, type Told, writeFormulas } from "../support/job_requests.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { Container, whyNoContainer } from "../support/systemd/container.ts";
import { MemoryGroup } from "../support/systemd/memory_group.ts";

const HOME = "/srv/tcp_server";
const DATA = `${HOME}/data`;

const FORMULAS = {
  "map.ts":
    "export function map({ u, i }: { u: Float64Array; i: Float64Array }) { return { p: u.map((x, k) => x * i[k]) }; }",
  "sum.js":
    "export const chunk = ({ n }) => n.reduce((a, b) => a + b, 0); export const combine = (a, b) => a + b; export const aggregate = (sum) => sum;",
  "hang.js": "export const map = () => { for (;;); };",
  "heap.js":
    "export const map = () => { const a = []; for (;;) a.push(new Array(1e5).fill({})); };",
  "buffers.js":
    "export const main = () => { const a = []; for (;;) a.push(new Uint8Array(2 ** 24).fill(1)); };",
  "spectrum.js": `import { spectrum } from "measuring/fft";
    export const main = async (frame) => spectrum(await frame.column("u"), 1000);`,
  "gate.js": GATE,
};

/** The installed service, seen from inside its container. */
class Installed {
  readonly container: Container;

  constructor(container: Container) {
    this.container = container;
  }

  async request(request: unknown): Promise<Reply> {
    const text = JSON.stringify(request).replaceAll("'", "'\\''");
    return JSON.parse((await this.container.run(`${HOME}/tcp_server send '${text}'`)).text);
  }

  /** A property as `systemctl show` tells it. */
  show(property: string): Promise<string> {
    return this.container.succeed(`systemctl show --property=${property} --value tcp_server`);
  }

  /** Waits until the service knows its machine's figures and those of all its processes. */
  async figures(): Promise<void> {
    await until("figures of the machine and all processes", async () => {
      const { Response } = await this.request({ Header: "Info", Request: "Status" });
      const { Memory, Load, Processes } = Response.Statistic!;
      const known = (Processes as { Resident: number | null; Cpu: number | null }[])
        .every(({ Resident, Cpu }) => Resident !== null && Cpu !== null);
      return Memory !== null && Load !== null && known;
    });
  }

  /** Waits until signs of life have come for so many seconds. */
  async alive(seconds: number): Promise<void> {
    const last = async () => Number(await this.show("WatchdogTimestampMonotonic")) / 1e6;
    const first = await last();
    await until(`signs of life for ${seconds} s`, async () => await last() >= first + seconds, 200);
  }

  /** What the service and systemd have written of it. */
  journal(): Promise<string> {
    return this.container.succeed("journalctl --unit=tcp_server --output=cat --no-pager");
  }

  /** Opens or closes the gate that formulas wait at. */
  async gate(open: boolean): Promise<void> {
    await this.container.succeed(open ? `touch ${DATA}/go` : `rm --force ${DATA}/go`);
  }

  /** Submits as many jobs that wait at the gate. */
  async submitted(count: number): Promise<Told[]> {
    const jobs = [];
    for (let k = 0; k < count; k++) {
      jobs.push(await submit(this, DATA, "gate.js", { Output: `o${k}` }));
    }
    return jobs;
  }

  /** Opens the gate and waits for jobs. @return their attempts */
  async finish(jobs: Told[]): Promise<number[]> {
    await this.gate(true);
    const attempts = [];
    for (const { Id } of jobs) {
      const job = await end(this, Id);
      assertEquals(job.State, "complete", JSON.stringify(job));
      attempts.push(job.Attempts);
    }
    await this.gate(false);
    return attempts;
  }

  /** Adds settings to the unit. */
  async override(name: string, settings: string): Promise<void> {
    const folder = "/etc/systemd/system/tcp_server.service.d";
    await this.container.succeed(
      `mkdir -p ${folder} && printf '[Service]\n${settings}\n' > ${folder}/${name}.conf && systemctl daemon-reload`,
    );
  }

  /** Waits until the main process is another one and ready. */
  restarted(pid: string): Promise<void> {
    const other = `case $(systemctl show -P MainPID tcp_server) in ${pid}|0) false; esac`;
    return this.container.until(`${other} && systemctl is-active tcp_server`);
  }
}

/** The commands of the README's section on systemd. */
async function installation(): Promise<string[]> {
  const text = await Deno.readTextFile(join(ROOT, "README.md"));
  const [, block] = /^## As a service under systemd\n\n```sh\n(.*?)^```$/ms.exec(text)!;
  return block!.trim().split("\n");
}

testWith(await whyNoContainer(), "the service under systemd", async (t) => {
  await using container = await Container.boot();
  const service = new Installed(container);
  // Each step starts where the last one ended.
  const step = async (name: string, run: () => Promise<void>) => {
    assert(await t.step(name, run), `${name}: failed`);
  };
  const commands = await installation();
  const removal = commands.pop()!;
  const data = join(container.root, DATA);

  await step("the README's commands install and start it", async () => {
    await Deno.mkdir(join(container.root, "root/dist"));
    await Deno.copyFile(BINARY, join(container.root, "root/dist/tcp_server"));
    for (const command of commands) await container.succeed(command);
    const last = await container.succeed("systemctl status --no-pager tcp_server");
    assertMatch(last, /active \(running\)/);
    assertMatch(last, /Status: "jobs: 0 running, 0 queued"/);
    assertMatch(last, /listening on 127\.0\.0\.1:27700/);
    assertEquals(await service.show("Type"), "notify");
    assertEquals(await container.succeed("systemctl is-enabled tcp_server"), "enabled");
    assertEquals(await service.show("NRestarts"), "0");
    await writeSample(data, 20_000, 5000);
    await writeFormulas(data, FORMULAS);
  });

  await step("it is exposed no more than 2.5", async () => {
    const text = await container.succeed("systemd-analyze security --no-pager tcp_server");
    const [, level] = /Overall exposure level for tcp_server\.service: ([\d.]+)/.exec(text)!;
    console.log(`exposure ${level}`);
    assert(Number(level) <= 2.5, text);
    const pid = await service.show("MainPID");
    assertMatch(await container.succeed(`cat /proc/${pid}/status`), /^Seccomp:\t2$/m);
  });

  await step(
    "jobs of every kind run under its restrictions, and engines are ended",
    async () => {
      const pid = await service.show("MainPID");
      const run = async (file: string, fields = {}) => {
        const Request = { Directory: DATA, Base: "time_series.parquet", File: file, ...fields };
        return (await service.request({ Header: "Dask", Request })).Response;
      };
      for (const file of ["map.ts", "sum.js", "spectrum.js"]) {
        const { Status, Discription } = await run(file);
        assertEquals(Status, "complete", `${file}: ${JSON.stringify(Discription)}`);
      }
      assertEquals((await run("sum.js")).Result, 199_990_000);
      assertEquals((await run("hang.js", { TimeoutSeconds: 1 })).Error?.Code, "FORMULA_TIMEOUT");
      assertEquals(
        (await run("heap.js", { Limits: { HeapBytes: 2 ** 26 } })).Error?.Code,
        "OUT_OF_MEMORY",
      );
      // The journal has lines later than they are written.
      await until(
        "warnings of both jobs in the journal",
        async () =>
          /^job: \S+ failed with FORMULA_TIMEOUT\njob: \S+ failed with OUT_OF_MEMORY$/m.test(
            await container.succeed("journalctl -u tcp_server -p warning -o cat --no-pager"),
          ),
      );
      await service.figures();
      assertEquals(await service.show("MainPID"), pid);
    },
  );

  await step("where memory is short the kernel ends an engine, and the service lives", async () => {
    const pid = await service.show("MainPID");
    const run = async (File: string) => {
      const Request = { Directory: DATA, Base: "time_series.parquet", File };
      return (await service.request({ Header: "Dask", Request })).Response;
    };
    const made = await MemoryGroup.make(600 * 2 ** 20);
    if (typeof made === "string") return console.log(`not tried, without control groups: ${made}`);
    await using group = made;
    for (const one of await container.pids("tcp_server")) await group.add(one);
    const { Error } = await run("buffers.js");
    assertEquals(Error?.Code, "OUT_OF_MEMORY", Error?.Message);
    assert(await group.kills() > 0, "our own limit came first");
    assertEquals((await run("sum.js")).Result, 199_990_000);
    assertEquals(await service.show("MainPID"), pid);
    await container.succeed("systemctl restart tcp_server"); // outside of the group
  });

  await step(
    "status tells of its jobs; killed, it comes back and goes on with them",
    async () => {
      const jobs = await service.submitted(3);
      await reach(service, jobs[1]!.Id, "running");
      await container.until("systemctl status tcp_server | grep 'jobs: 2 running, 1 queued'");
      const pid = await service.show("MainPID");
      await container.succeed(`kill -9 ${pid}`);
      await service.restarted(pid);
      assertEquals(await service.show("NRestarts"), "1");
      assertMatch(await service.journal(), /Main process exited, code=killed, status=9\/KILL/);
      assertEquals(await service.finish(jobs), [2, 2, 1]);
      assertEquals(await service.show("RestartUSec"), "10s");
    },
  );

  await step("reload takes new settings on in the same process", async () => {
    await service.override("settings", "Environment=MEASURING_CONFIG=/etc/tcp_server.toml");
    await container.succeed(
      "echo 'limits.jobs = 2' > /etc/tcp_server.toml && systemctl restart tcp_server",
    );
    const pid = await service.show("MainPID");
    await container.succeed(
      "echo 'limits.jobs = 1' > /etc/tcp_server.toml && systemctl reload tcp_server",
    );
    await container.until("journalctl --unit=tcp_server | grep 'configuration was read again'");
    const jobs = await service.submitted(2);
    await container.until("systemctl status tcp_server | grep 'jobs: 1 running, 1 queued'");
    await service.finish(jobs);
    assertEquals(await service.show("MainPID"), pid);
  });

  await step("restart keeps the queue", async () => {
    const jobs = await service.submitted(2);
    await reach(service, jobs[0]!.Id, "running");
    const pid = await service.show("MainPID");
    await container.succeed("systemctl restart tcp_server");
    assertNotEquals(await service.show("MainPID"), pid);
    assertEquals(await service.finish(jobs), [1, 1]);
  });

  await step("systemd starts it again when it gives no sign of life", async () => {
    const watchdog = 5;
    await service.override("watchdog", `WatchdogSec=${watchdog}\nRestartSec=1`);
    await container.succeed("systemctl restart tcp_server");
    const pid = await service.show("MainPID");
    await service.alive(2 * watchdog);
    assertEquals(await service.show("MainPID"), pid);
    await container.succeed(`kill -STOP ${pid}`);
    await service.restarted(pid);
    assertMatch(await service.journal(), /Watchdog timeout/);
  });

  await step("it starts with the machine, and its queue goes on", async () => {
    const jobs = await service.submitted(2);
    await reach(service, jobs[0]!.Id, "running");
    await container.reboot();
    await container.until("systemctl is-active tcp_server");
    assertEquals(await service.finish(jobs), [1, 1]);
  });

  await step("stop ends it well, and start starts it", async () => {
    await container.succeed("systemctl stop tcp_server");
    assertEquals(await service.show("ActiveState"), "inactive");
    assertEquals(await service.show("Result"), "success");
    assertEquals((await container.run("cat /proc/[0-9]*/comm")).text.match(/tcp_server/g), null);
    await container.succeed("systemctl start tcp_server");
    assertEquals(await service.show("StatusText"), "jobs: 0 running, 0 queued");
  });

  await step("the README's last command stops it for good", async () => {
    await container.succeed(removal);
    assertEquals(await service.show("ActiveState"), "inactive");
    assertEquals(
      (await container.run("systemctl is-enabled tcp_server")).text.trim(),
      "disabled",
    );
  });
});
