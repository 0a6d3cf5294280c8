import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { NEVER_LOST, startClusterServer, startNode } from "../support/cluster.ts";
import { readColumn } from "../support/fixtures.ts";
import { type RunningServer, startServer, tempDir, ways } from "../support/harness.ts";
import { api, pageOf } from "../support/http_client.ts";
import { end, submit, writeFormulas } from "../support/job_requests.ts";
import { testWith } from "../support/needs.ts";
import { SEED } from "../support/suite_options.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";
import { missingRedis, RedisServer } from "../support/redis.ts";
import { shareSample } from "../support/shared_service.ts";

const ROWS = 500;
const sample = shareSample(ROWS, ROWS);
/** Results of one length, whatever the value that fills them. */
const FORMULA =
  `export const map = ({ u }, { params }) => ({ v: u.map((x, k) => params + k / 1000) });`;
const NAMES = ["first", "second"] as const;
type Name = typeof NAMES[number];

const steps: ((story: Story, name: Name, random: Random) => Promise<void>)[] = [
  (story, name) => story.run(name, 1),
  (story, name) => story.run(name, 1),
  (story, name) => story.run(name, 3),
  (story, name) => story.copyOver(name),
  (story, name) => story.writeAgain(name),
  (story, name) => story.remove(name),
  (story) => story.restart(),
];

/** Jobs whose results take each other's place, and what else may happen to these. */
class Story {
  readonly #folder: string;
  readonly #start: () => Promise<RunningServer>;
  #server!: RunningServer;
  #page!: URL;
  #value = 0;
  readonly #jobs: { id: string; name: Name; value: number }[] = [];
  /** The value of the job that wrote what lies there; null where that is nobody's. */
  readonly #there: Record<Name, number | null> = { first: null, second: null };

  constructor(folder: string, start: () => Promise<RunningServer>) {
    this.#folder = folder;
    this.#start = start;
  }

  async open(): Promise<void> {
    this.#server = await this.#start();
    this.#page = await pageOf(this.#server);
  }

  close(): Promise<void> {
    return this.#server.stop();
  }

  /** Some jobs at once, the last of which leaves its result. */
  async run(name: Name, count: number): Promise<void> {
    const jobs = await Promise.all(Array.from({ length: count }, async () => {
      const value = ++this.#value;
      const fields = { Params: value, Output: name };
      const { Id: id } = await submit(this.#server, this.#folder, "own.ts", fields);
      return { id, name, value };
    }));
    for (const { id } of jobs) assertEquals((await end(this.#server, id)).State, "complete");
    this.#jobs.push(...jobs);
    const [value] = await readColumn(this.#path(name), "v");
    this.#there[name] = value as number;
  }

  /** Another file of the same length, with the times of the other. */
  async copyOver(name: Name): Promise<void> {
    const other = NAMES.find((one) => one !== name)!;
    if (this.#there[other] === null) return;
    const copy = join(this.#folder, "copy");
    await Deno.copyFile(this.#path(other), copy);
    const { mtime, atime } = await Deno.stat(this.#path(other));
    await Deno.utime(copy, atime!, mtime!);
    await Deno.rename(copy, this.#path(name));
    this.#there[name] = null;
  }

  async writeAgain(name: Name): Promise<void> {
    if (this.#there[name] === null) return;
    await Deno.writeFile(this.#path(name), await Deno.readFile(this.#path(name)));
    this.#there[name] = null;
  }

  async remove(name: Name): Promise<void> {
    await Deno.remove(this.#path(name)).catch(() => {});
    this.#there[name] = null;
  }

  async restart(): Promise<void> {
    await this.close();
    await this.open();
  }

  /** Each job's result is what it wrote, or told to be gone. */
  async look(random: Random): Promise<void> {
    const some = this.#jobs.filter(({ value, name }, index) =>
      index > this.#jobs.length - 6 || value === this.#there[name] || !random(4)
    );
    for (const { id, name, value } of some) {
      const told = await api(this.#page, `jobs/${id}/result`);
      const plot = await api(this.#page, `jobs/${id}/plot?y=v&points=1`);
      const what = `job ${value} of ${name}, where ${this.#there[name]} lies, seed ${SEED}`;
      if (this.#there[name] === value) {
        assertEquals([told.File, told.Rows], [`${name}.parquet`, ROWS], what);
        const [{ min, max }] = plot.Plot.lines;
        assertEquals([min, max], [[value], [value + (ROWS - 1) / 1000]], what);
      } else {
        assertEquals(
          [told.Error?.Code, plot.Error?.Code],
          ["BASE_NOT_FOUND", "BASE_NOT_FOUND"],
          what,
        );
      }
    }
  }

  #path(name: Name): string {
    return join(this.#folder, `${name}.parquet`);
  }
}

async function tell(folder: string, start: () => Promise<RunningServer>, length: number) {
  await sample(folder);
  await writeFormulas(folder, { "own.ts": FORMULA });
  const random = randomFrom(SEED + 71);
  const story = new Story(folder, start);
  await story.open();
  try {
    for (let step = 0; step < length; step++) {
      const next = step === 0 ? steps[0]! : steps[random(steps.length)]!;
      await next(story, NAMES[random(2)]!, random);
      await story.look(random);
    }
  } finally {
    await story.close();
  }
}

for (const way of ways) {
  Deno.test(`the page shows a job's result, or that it is gone [${way.name}]`, async () => {
    await using folder = await tempDir();
    await using state = await tempDir();
    const args = ["--http", "127.0.0.1:0", "--state", state.path];
    await tell(folder.path, () => startServer(way, { root: folder.path, args }), 25);
  });

  testWith(
    missingRedis,
    `the page shows the result of a job in a cluster, or that it is gone [${way.name}]`,
    async () => {
      await using folder = await tempDir();
      await using state = await tempDir();
      await using redis = await RedisServer.start();
      await using _node = await startNode(way, redis, folder.path, NEVER_LOST);
      const args = ["--http", "127.0.0.1:0", "--state", state.path, "--cluster-wait"];
      await tell(folder.path, () => startClusterServer(way, redis, folder.path, args), 8);
    },
  );
}
