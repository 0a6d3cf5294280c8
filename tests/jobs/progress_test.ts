import { assert, assertEquals } from "@std/assert";
import type { JobProgress, JobReport } from "../../mod/job/request.ts";
import { Jobs } from "../../mod/jobs/jobs.ts";
import { secondsLeft } from "../../mod/job/record.ts";
import { JobStore } from "../../mod/jobs/store.ts";
import type { RunOptions } from "../../mod/math.ts";

const REPORT: JobReport = {
  ...{ id: "", kind: "map", file: "work.parquet", rows: 1, partitions: 1, seconds: 1 },
  ...{ bytesRead: 1, bytesWritten: 1, workers: 1, log: [] },
};

/** Jobs whose only run is the test's to tell of. */
async function runningJob() {
  const began = Promise.withResolvers<RunOptions>();
  const report = Promise.withResolvers<JobReport>();
  const run = (_: unknown, options: RunOptions = {}) => {
    began.resolve(options);
    return report.promise;
  };
  const jobs = new Jobs({ run, check: () => Promise.resolve() as Promise<never> }, new JobStore());
  jobs.start();
  const { record } = await jobs.submit({ directory: "d", base: "b", file: "f.ts" });
  return { jobs, id: record.id, options: await began.promise, report };
}

Deno.test("changes are merged while the last one is not yet taken", async () => {
  const { jobs, id, options, report } = await runningJob();
  const watch = jobs.watch(id);
  const first = await watch.next();
  assertEquals(first.value?.record.state, "running");
  for (let done = 1; done <= 1000; done++) {
    options.onProgress!({ done, total: 1000, rowsDone: done, rows: 1000 });
  }
  const second = await watch.next();
  assertEquals(second.value?.progress?.done, 1000);
  report.resolve({ ...REPORT, id });
  assertEquals((await watch.next()).value?.record.state, "complete");
  assert((await watch.next()).done);
  await jobs.stop(0);
  jobs.close();
});

Deno.test("the time left is estimated by rows, or by tasks where rows are not reported", () => {
  const progress: JobProgress = { done: 1, total: 4, rowsDone: 300, rows: 400 };
  assertEquals(secondsLeft(progress, 6), 2);
  assertEquals(secondsLeft({ ...progress, rowsDone: 0 }, 6), 18);
  assertEquals(secondsLeft({ ...progress, rowsDone: 0, done: 0 }, 6), null);
  assertEquals(secondsLeft({ ...progress, rowsDone: 400 }, 6), 0);
});
