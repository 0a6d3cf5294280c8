import { assertEquals } from "@std/assert";
import { JobClock } from "../../mod/jobs/clock.ts";
import { ActiveJob } from "../../mod/jobs/active.ts";
import { JobTable } from "../../mod/jobs/job_table.ts";
import { searchedWords } from "../../mod/jobs/job_words.ts";
import { KnownJobs } from "../../mod/jobs/known_jobs.ts";
import { JobStore } from "../../mod/jobs/store.ts";
import {
  isEnded,
  JOB_ORDERS,
  JOB_STATES,
  type JobFilter,
  type JobRecord,
} from "../../mod/job/record.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { SEED } from "../support/suite_options.ts";

const FILES = ["power.ts", "Mean.ts", "мощность.ts"], CLIENTS = ["lab 7", "stand", "Цех"];
const PARAMS = [null, '{"gain":2}', '{"gain":20,"Name":"Ось X"}', '"50%"', '{"a_b":1}'];
const SEARCHES = [
  "gain",
  "GAIN 20",
  "ось",
  "цех power",
  "%",
  "_",
  "a_b",
  "failed because",
  "'",
  "",
];

/** A job as it may be; one that has ended is in the store alone. */
function randomJob(random: Random, seq: number): JobRecord {
  const one = <Value>(values: readonly Value[]): Value => values[random(values.length)]!;
  const state = one(JOB_STATES);
  const started = state === "queued" || state === "cancelled" && random(2) === 0
    ? null
    : 1000 * seq + random(500);
  const fails = state === "failed" || state === "cancelled";
  const message = one(["failed because", "Не удалось", "50% of the rows"]);
  return {
    ...{ seq, id: crypto.randomUUID(), key: one([null, `key ${seq}`]), client: one(CLIENTS) },
    ...{ owner: one([null, "ann"]), roots: null, attached: false, priority: 0, precedence: 0 },
    ...{ directory: "/data", base: "time_series.parquet", file: one(FILES), state, attempts: 0 },
    ...{ params: one(PARAMS), output: one([null, "out.csv"]), submitted: 1000 * seq, started },
    ended: isEnded(state) ? 1000 * seq + 500 + 10 * random(20) : null,
    report: null,
    error: fails ? { code: "FORMULA_FAILED", message } : null,
  };
}

/** What a list has to be, told otherwise. */
function expected(jobs: JobRecord[], filter: JobFilter, search: string): string[] {
  const { states, client, owner, file, from = -1, to = Infinity, order, limit } = filter;
  const fits = jobs.filter((job) => {
    const { error, id, key, params, output } = job;
    const text = [id, job.file, job.base, job.directory, job.client, job.owner, key, params, output]
      .concat(error ? [error.code, error.message] : []).map((one) => (one ?? "").toLowerCase());
    const words = search.split(" ").filter(Boolean).map((word) => word.toLowerCase());
    return (!states || states.includes(job.state)) && (client ?? job.client) === job.client &&
      (owner ?? job.owner) === job.owner && (file ?? job.file) === job.file &&
      job.submitted >= from && job.submitted < to &&
      words.every((word) => text.some((one) => one.includes(word)));
  });
  const value = (job: JobRecord): number | string => {
    if (order?.by === "file") return job.file;
    if (order?.by === "client") return job.client;
    if (order?.by === "state") return JOB_STATES.indexOf(job.state);
    if (order?.by === "seconds") return job.ended! - job.started!;
    return job.seq;
  };
  const hasNone = (job: JobRecord) =>
    order?.by === "seconds" && (job.started === null || job.ended === null);
  const some = fits.filter((job) => !hasNone(job)), none = fits.filter(hasNone);
  const sign = order === undefined || order.descending ? -1 : 1;
  some.sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    return left === right ? b.seq - a.seq : left < right ? -sign : sign;
  });
  none.sort((a, b) => b.seq - a.seq);
  return [...some, ...none].slice(0, limit).map(({ id }) => id);
}

Deno.test(`jobs are found, sorted and cut off as a plain list of them would be (seed ${SEED})`, async () => {
  const random = fuzzRandom(28);
  const store = new JobStore(), table = new JobTable();
  const jobs = Array.from({ length: 200 }, (_, seq) => randomJob(random, seq + 1));
  for (const job of jobs) {
    if (!isEnded(job.state)) {
      table.add(new ActiveJob(job, new JobClock(job.submitted)));
      continue;
    }
    const { directory, base, file, error } = job;
    await store.insert({ ...job, state: "queued", error: null }, { directory, base, file });
    const outcome = job.state === "complete"
      ? {
        state: job.state,
        report: {
          ...{ id: job.id, kind: "main" as const, file: "x.txt", rows: 1, partitions: 1 },
          ...{ seconds: 1, bytesRead: 0, bytesWritten: 0, workers: 1, log: [] },
        },
      }
      : { state: job.state as "failed", error: error! };
    await store.end(job, outcome, { log: [], formula: null });
  }
  const known = new KnownJobs(table, store);
  const maybe = <Value>(values: readonly Value[]): Value | undefined =>
    random(3) === 0 ? values[random(values.length)] : undefined;
  for (let round = 0; round < 400; round++) {
    const search = maybe(SEARCHES), by = maybe(JOB_ORDERS), from = maybe([50_000, 120_000]);
    const states = maybe([["failed"], ["queued", "running"], ["complete", "failed"]] as const);
    const [client, file, owner] = [maybe(CLIENTS), maybe(FILES), maybe(["ann"])];
    const to = maybe([100_000, 150_000]);
    // Running jobs have no time of their own here, so they come last as those that never started.
    const filter: JobFilter = {
      limit: [1, 7, 50, 500][random(4)]!,
      ...(search === undefined ? {} : { words: searchedWords(search) }),
      ...(by === undefined ? {} : { order: { by, descending: random(2) === 0 } }),
      ...(states === undefined ? {} : { states: [...states] }),
      ...(client === undefined ? {} : { client }),
      ...(file === undefined ? {} : { file }),
      ...(owner === undefined ? {} : { owner }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
    const timed = by === "seconds" ? jobs.filter(({ state }) => state !== "running") : jobs;
    const found = known.list({ ...filter, limit: by === "seconds" ? 500 : filter.limit })
      .map(({ record }) => record)
      .filter(({ state }) => by !== "seconds" || state !== "running")
      .map(({ id }) => id);
    const wanted = expected(
      timed,
      by === "seconds" ? { ...filter, limit: 500 } : filter,
      search ?? "",
    );
    assertEquals(found, wanted, JSON.stringify({ ...filter, search }));
  }
  const names = (owner: string | undefined) => {
    const own = jobs.filter((job) => owner === undefined || job.owner === owner);
    const distinct = (values: string[]) => [...new Set(values)].sort();
    return {
      files: distinct(own.map(({ file }) => file)),
      clients: distinct(own.map(({ client }) => client)),
    };
  };
  assertEquals(known.names(undefined, 10), names(undefined));
  assertEquals(known.names("ann", 10), names("ann"));
  assertEquals(known.names("nobody", 10), { files: [], clients: [] });
  assertEquals(known.names(undefined, 2).files, names(undefined).files.slice(0, 2));
  store.close();
});
