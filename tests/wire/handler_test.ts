import { assert, assertEquals } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { Handler } from "../../mod/handler.ts";
import type { JobReport, JobRequest } from "../../mod/job/request.ts";
import { Jobs } from "../../mod/jobs/jobs.ts";
import type { JobsLimits } from "../../mod/job/retention.ts";
import { defaultLimits } from "../../mod/settings/limits.ts";
import { JobStore } from "../../mod/jobs/store.ts";
import { Manager } from "../../mod/manager.ts";
import type { Math as MathPart } from "../../mod/math.ts";
import type { RunOptions } from "../../mod/math.ts";
import { Service } from "../../mod/service.ts";
import { TCP } from "../../mod/tcp.ts";
import type { TcpLimits } from "../../mod/wire/connection_limits.ts";
import { writeAll } from "../support/harness.ts";
import { exchange } from "../support/exchange.ts";

const REPORT: JobReport = {
  id: "7",
  kind: "reduction",
  file: "work_ansver.txt",
  rows: 1000,
  partitions: 2,
  seconds: 0.25,
  bytesRead: 8000,
  bytesWritten: 20,
  workers: 2,
  log: [],
};

/** A whole service but for its jobs, which are run by a function of the test. */
async function withJobs(
  run: (job: JobRequest, options: RunOptions) => Promise<JobReport>,
  use: (port: number, tcp: TCP) => Promise<void>,
  limits: Partial<TcpLimits & JobsLimits> = {},
): Promise<void> {
  const math = {
    engines: () => [],
    check: () => {},
    run,
  } as unknown as MathPart;
  const jobs = new Jobs(math, new JobStore(), { ...defaultLimits(), ...limits });
  jobs.start();
  const tcp = new TCP("127.0.0.1", 0, limits);
  const service = new Service({ jobs, math, connections: () => tcp.connections, workers: 2 });
  const handler = new Handler(tcp, new Manager(service, jobs, tcp.limits));
  const { port } = tcp.listen();
  const served = tcp.serve((connection) => handler.handle(connection));
  try {
    await use(port, tcp);
  } finally {
    await tcp.close();
    await served;
    await service.close();
    await jobs.stop(0);
    jobs.close();
  }
}

const complete = (extra: Partial<JobReport> = {}) => () => Promise.resolve({ ...REPORT, ...extra });

function job(fields: Record<string, unknown> = {}, top: Record<string, unknown> = {}): string {
  const Request = { Directory: "data", Base: "a.parquet", File: "work.ts", ...fields };
  return JSON.stringify({ Header: "Dask", Request, ...top });
}

Deno.test("a job gets its fields, and its report becomes the reply", async () => {
  const seen: JobRequest[] = [];
  const run = (one: JobRequest) => {
    seen.push(one);
    return complete()();
  };
  await withJobs(run, async (port) => {
    const request = job({
      Params: { gain: [1, null] },
      Output: "power.parquet",
      TimeoutSeconds: 2.5,
      Priority: -3,
    });
    const reply = JSON.parse(await exchange(port, request));
    assertEquals(seen, [{
      directory: "data",
      base: "a.parquet",
      file: "work.ts",
      params: { gain: [1, null] },
      output: "power.parquet",
      timeoutSeconds: 2.5,
      priority: -3,
    }]);
    assertEquals(reply, {
      ...JSON.parse(request),
      Response: {
        Status: "complete",
        Discription: { Directory: "data", File: "work_ansver.txt" },
        Job: {
          Id: "7",
          Kind: "reduction",
          Rows: 1000,
          Partitions: 2,
          Seconds: 0.25,
          BytesRead: 8000,
          BytesWritten: 20,
          Workers: 2,
        },
      },
    });
    await exchange(port, job());
    assertEquals(seen[1], { directory: "data", base: "a.parquet", file: "work.ts" });
  });
});

Deno.test("a reply has the result's digits and the log unchanged", async () => {
  const result = '{"n":12345678901234567890,"x":1.0,"e":1e-7,"__proto__":"\\u00e9 \\n"}';
  await withJobs(
    complete({ result, log: [{ text: "one" }, { text: "two", time: 1 }] }),
    async (port) => {
      const text = await exchange(port, job());
      assert(text.endsWith(`,"Result":${result}}}\n`), text);
      assertEquals(JSON.parse(text).Response.Job.Log, ["one", "two"]);
    },
  );
  await withJobs(complete({ result: '{\n  "a": "b c"\n}' }), async (port) => {
    const text = await exchange(port, job());
    assert(text.endsWith(',"Result":{"a":"b c"}}}\n'), text);
  });
});

Deno.test("a result or log that is too long for a reply stays in its file", async () => {
  const result = JSON.stringify("x".repeat(3000));
  await withJobs(complete({ result, log: [{ text: "short" }] }), async (port) => {
    const { Response } = JSON.parse(await exchange(port, job()));
    assertEquals(Response.Status, "complete");
    assertEquals(Response.Result, undefined);
    assertEquals(Response.Job.Log, ["short"]);
  }, { replyBytes: 2000 });
  await withJobs(complete({ result, log: [{ text: "é".repeat(1500) }] }), async (port) => {
    const { Response } = JSON.parse(await exchange(port, job()));
    assertEquals([Response.Status, Response.Job.Log], ["complete", undefined]);
  }, { replyBytes: 2000 });
});

Deno.test("an echo that makes the reply too long gives TOO_LARGE", async () => {
  await withJobs(complete(), async (port) => {
    const request = job({ Params: "x".repeat(3000) });
    const reply = JSON.parse(await exchange(port, request));
    assertEquals(reply.Header, "noheader");
    assertEquals(reply.Response.Error.Code, "TOO_LARGE");
  }, { replyBytes: 2000 });
});

Deno.test("a failed job gives its code, message and place", async () => {
  const position = { where: "work.ts:3:7", stack: "at map (work.ts:3:7)" };
  const run = () => Promise.reject(new ServiceError("FORMULA_FAILED", "no such column", position));
  await withJobs(run, async (port) => {
    const { Header, Id, Response } = JSON.parse(await exchange(port, job({}, { Id: "a" })));
    assertEquals([Header, Id], ["Dask", "a"]);
    assertEquals(Response, {
      Status: "error",
      Discription: "no such column",
      Error: {
        Code: "FORMULA_FAILED",
        Message: "no such column",
        Where: "work.ts:3:7",
        Stack: "at map (work.ts:3:7)",
      },
    });
  });
});

Deno.test("a fault of the service is reported as INTERNAL, and the next request is answered", async () => {
  const report = console.error;
  let reports = 0;
  console.error = () => void reports++;
  try {
    await withJobs(() => Promise.reject(new TypeError("a defect")), async (port) => {
      const { Response } = JSON.parse(await exchange(port, job()));
      assertEquals(Response.Error, { Code: "INTERNAL", Message: "TypeError: a defect" });
      assertEquals(JSON.parse(await exchange(port, job())).Response.Error.Code, "INTERNAL");
    });
  } finally {
    console.error = report;
  }
  assertEquals(reports, 2);
});

Deno.test("requests of one connection are answered in order, even when the first takes longest", async () => {
  let wait = 100;
  const run = async (one: JobRequest) => {
    const mine = wait;
    wait -= 40;
    await new Promise((resolve) => setTimeout(resolve, mine));
    return { ...REPORT, id: String(one.params) };
  };
  await withJobs(run, async (port) => {
    const alive = { Connection: "keep-alive" };
    const input = job({ Params: 1 }, alive) + job({ Params: 2 }, alive) +
      JSON.stringify({ Header: "Info", Request: "Status", ...alive }) + job({ Params: 3 });
    const replies = (await exchange(port, input)).trimEnd().split("\n").map((line) =>
      JSON.parse(line).Response
    );
    assertEquals(replies.map(({ Job }) => Job?.Id), ["1", "2", undefined, "3"]);
    assertEquals(replies[2].Discription, "Status: Ready");
  });
});

Deno.test("a job continues when its client vanishes", async () => {
  const started = Promise.withResolvers<void>(), release = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const run = async () => {
    started.resolve();
    await release.promise;
    ended.resolve();
    return REPORT;
  };
  await withJobs(run, async (port) => {
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(new TextEncoder().encode(job()));
    await started.promise;
    client.close();
    release.resolve();
    await ended.promise;
    assertEquals(JSON.parse(await exchange(port, job())).Response.Status, "complete");
  });
});

Deno.test("a watcher that doesn't read uses no memory, and gets the end when it reads", async () => {
  // Together far more than the system keeps of what nobody reads.
  const CHANGES = 400, TEXT = "x".repeat(250_000);
  const watched = Promise.withResolvers<void>(), over = Promise.withResolvers<void>();
  const run = async (_: JobRequest, { onProgress }: RunOptions) => {
    await watched.promise;
    for (let done = 1; done <= CHANGES; done++) {
      onProgress!({ done, total: CHANGES, rowsDone: done, rows: CHANGES });
      await new Promise((resolve) => setTimeout(resolve));
    }
    over.resolve();
    return REPORT;
  };
  await withJobs(run, async (port) => {
    const ask = (Request: unknown) => JSON.stringify({ Header: "Job", Request, Id: TEXT });
    const fields = { Directory: "d", Base: "b", File: "f.ts" };
    const submitted = JSON.parse(await exchange(port, ask({ Action: "Submit", ...fields })));
    const { Id } = submitted.Response.Job;
    const connection = await Deno.connect({ port });
    await writeAll(connection, new TextEncoder().encode(ask({ Action: "Watch", Id })));
    watched.resolve();
    await over.promise;
    const lines = (await new Response(connection.readable).text()).trimEnd().split("\n");
    assert(lines.length < CHANGES, `${lines.length} lines for ${CHANGES} changes`);
    assertEquals(JSON.parse(lines.at(-1)!).Response.Job.State, "complete");
  });
});

const FIELD_FAULTS: [fields: Record<string, unknown>, message: string][] = [
  [{ Base: undefined }, "Request.Base must be the name of a Parquet file"],
  [{ Base: undefined, base: "x" }, "Request.base is not known: it is written Base"],
  [{ Directory: 5 }, "Request.Directory must be a folder's path"],
  [{ Directory: "" }, "but the string"],
  [{ File: null }, "but null came"],
  [{ File: ["work.ts"] }, 'but the array ["work.ts"] came'],
  [{ Output: "a/b" }, "Request.Output must be a plain file name"],
  [{ Output: "a\\b" }, "Request.Output must be a plain file name"],
  [{ Output: ".." }, "Request.Output must be a plain file name"],
  [{ Output: ".hidden" }, "Request.Output must be a plain file name"],
  [{ Output: "" }, "Request.Output must be a plain file name"],
  [{ Output: "a\u0000" }, "Request.Output must be a plain file name"],
  [{ Output: "é".repeat(91) }, "Request.Output must be a plain file name"],
  [{ Output: 1 }, "but the number 1 came"],
  [{ TimeoutSeconds: 0 }, "Request.TimeoutSeconds must be a number of seconds above 0"],
  [{ TimeoutSeconds: "5" }, 'but the string "5" came'],
  [{ TimeoutSeconds: true }, "but true came"],
  [{ Priority: 1.5 }, "Request.Priority must be an integer"],
  [{ Priority: 101 }, "Request.Priority must be an integer from -100 to 100, but the number 101"],
  [{ Priority: -101 }, "Request.Priority must be an integer from -100 to 100"],
  [{ params: {} }, "Request.params is not known: it is written Params"],
];

for (const [fields, message] of FIELD_FAULTS) {
  Deno.test(`a job with ${JSON.stringify(fields)} is a BAD_REQUEST: ${message}`, async () => {
    await withJobs(() => Promise.reject(new Error("never run")), async (port) => {
      const { Header, Response } = JSON.parse(await exchange(port, job(fields)));
      assertEquals([Header, Response.Error.Code], ["Dask", "BAD_REQUEST"]);
      assert(Response.Discription.includes(message), Response.Discription);
    });
  });
}

Deno.test("a number that overflows to infinity is not accepted as a time", async () => {
  await withJobs(complete(), async (port) => {
    const text = job({ TimeoutSeconds: 77 }).replace("77", "1e999");
    assertEquals(JSON.parse(await exchange(port, text)).Response.Error.Code, "BAD_REQUEST");
  });
});
