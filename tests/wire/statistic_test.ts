import { assert, assertEquals, assertThrows } from "@std/assert";
import { listByProc, listByPs } from "../../mod/system/processes.ts";
import { INFO_NAMES, Service, type ServiceParts } from "../../mod/service.ts";
import { VERSION } from "../../mod/common/version.ts";
import { until } from "../support/until.ts";

/** A service beside as many running jobs and open connections as wanted. */
function serviceOf(
  running: number,
  connections: number,
  engines: ReturnType<ServiceParts["math"]["engines"]> = [],
) {
  const counters = { running, queued: 2, done: 5, failed: 1 };
  const parts = {
    jobs: { counters },
    math: { engines: () => engines },
    connections: () => connections,
    workers: 4,
  };
  return { service: new Service(parts), counters };
}

for (const [running, state] of [[0, "Ready"], [3, "Work"], [5, "Work"]] as const) {
  Deno.test(`the four information texts describe ${running} running jobs`, () => {
    const { service } = serviceOf(running, 1);
    const texts = INFO_NAMES.map((name) => service.describe(name.toLowerCase()));
    assertEquals(texts, [
      `Status: ${state}`,
      `Dask process: ${running}`,
      "All process: 2",
      `All statistic: Status: ${state} Dask process: ${running} All process: 2`,
    ]);
    assertThrows(() => service.describe("something else"), RangeError);
  });
}

Deno.test("the process count is the server and its open connections", () => {
  for (const connections of [0, 3, 5]) {
    const { service } = serviceOf(0, connections);
    assertEquals(service.allProcess(), `All process: ${1 + connections}`);
  }
});

Deno.test("the statistic describes the machine, the processes and the jobs", async () => {
  const began = performance.now(), started = began - 5000;
  await using child = new Deno.Command("sleep", { args: ["3600"], stdout: "null" }).spawn();
  const { service } = serviceOf(1, 3, [{ pid: child.pid, job: "job 7", started }]);
  const read = () => JSON.parse(service.statistic());
  // What the listing doesn't know yet is null, and asking doesn't wait for it.
  const first = read();
  const { Age, ...figures } = first.Processes[1];
  assertEquals(figures, {
    Pid: child.pid,
    Role: "engine",
    Job: "job 7",
    Resident: null,
    Cpu: null,
  });
  assert(
    Number.isInteger(Age) && Age >= 5 && Age * 1000 <= performance.now() - started,
    `${Age} s`,
  );
  assert(first.Processes[0].Resident > 1e6);
  await until("a listing of its processes", () => read().Processes[1].Resident !== null, 10);

  const statistic = read();
  const memory = Deno.systemMemoryInfo();
  assertEquals(statistic.Memory.Total, memory.total);
  assertEquals(statistic.Memory.SwapTotal, memory.swapTotal);
  assert(statistic.Memory.Available > 0 && statistic.Memory.Available <= memory.total);
  assertEquals(statistic.Load.length, 3);
  assert(statistic.Uptime >= 0 && statistic.Uptime <= (performance.now() - began) / 1000);
  assertEquals(statistic.Version, VERSION);
  assertEquals(statistic.Connections, 3);
  assertEquals(statistic.Jobs, { Running: 1, Queued: 2, Done: 5, Failed: 1 });
  assertEquals(statistic.Workers, 4);
  const [server, engine] = statistic.Processes;
  assertEquals([server.Pid, server.Role, server.Job], [Deno.pid, "server", null]);
  assert(server.Resident > 10e6 && server.Cpu >= 0 && server.Age >= 0);
  assertEquals([engine.Pid, engine.Role, engine.Job], [child.pid, "engine", "job 7"]);
  assert(engine.Resident > 0 && engine.Resident < 50e6);

  await service.close();
});

Deno.test("counters in the statistic are current", () => {
  const { service, counters } = serviceOf(0, 0);
  assertEquals(JSON.parse(service.statistic()).Jobs.Running, 0);
  counters.running = 2;
  counters.done = 9;
  assertEquals(JSON.parse(service.statistic()).Jobs, {
    Running: 2,
    Queued: 2,
    Done: 9,
    Failed: 1,
  });
  return service.close();
});

Deno.test("ps and /proc give the same figures for a process", async () => {
  const pids = [Deno.pid, 2 ** 22 + 1];
  const before = (await listByProc(pids)).get(Deno.pid)!;
  const byPs = await listByPs(pids), byProc = await listByProc(pids);
  assertEquals([...byPs.keys()], [Deno.pid]);
  assertEquals([...byProc.keys()], [Deno.pid]);
  const ps = byPs.get(Deno.pid)!, proc = byProc.get(Deno.pid)!;
  // What ps tells is from between the two; it counts whole seconds.
  const resident = [before.residentBytes, proc.residentBytes];
  assert(ps.residentBytes > 0.8 * Math.min(...resident), `${ps.residentBytes} of ${resident}`);
  assert(ps.residentBytes < 1.2 * Math.max(...resident), `${ps.residentBytes} of ${resident}`);
  assert(ps.ageSeconds >= before.ageSeconds - 2, `${ps.ageSeconds} s`);
  assert(ps.ageSeconds <= proc.ageSeconds + 2, `${ps.ageSeconds} s`);
  assert(Number.isFinite(ps.cpuPercent) && Number.isFinite(proc.cpuPercent));
});

Deno.test("processes are listed from /proc when it is readable, otherwise from ps", async () => {
  const Command = Deno.Command, readTextFile = Deno.readTextFile;
  const started: string[] = [];
  Deno.Command = class extends Command {
    constructor(command: string, options: Deno.CommandOptions) {
      started.push(command);
      super(command, options);
    }
  };
  const figures = async () => {
    const { service } = serviceOf(0, 0, [{ pid: Deno.ppid, job: null, started: Date.now() }]);
    service.start();
    await service.close();
    return JSON.parse(service.statistic()).Processes[1];
  };
  try {
    assert((await figures()).Resident > 1e5);
    assertEquals(started, []);
    Deno.readTextFile = () => Promise.reject(new Deno.errors.NotCapable("no /proc"));
    assert((await figures()).Resident > 1e5);
    assertEquals(started, ["ps"]);
  } finally {
    Deno.Command = Command;
    Deno.readTextFile = readTextFile;
  }
});

Deno.test("the service lists only itself when processes can't be listed", async () => {
  const Command = Deno.Command, readTextFile = Deno.readTextFile;
  const engines = [{ pid: 1, job: null, started: Date.now() }];
  try {
    Deno.Command = class {
      constructor() {
        throw new Deno.errors.NotFound("no ps");
      }
    } as unknown as typeof Deno.Command;
    Deno.readTextFile = () => Promise.reject(new Deno.errors.NotCapable("no /proc"));
    const { service } = serviceOf(0, 0, engines);
    service.start();
    await service.close();
    const [server, engine] = JSON.parse(service.statistic()).Processes;
    assert(server.Resident > 10e6);
    assertEquals([engine.Resident, engine.Cpu], [null, null]);
  } finally {
    Deno.Command = Command;
    Deno.readTextFile = readTextFile;
  }
});
