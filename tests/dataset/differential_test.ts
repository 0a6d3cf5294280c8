/**
 * Random tables in random files by pyarrow, Polars, DuckDB and fastparquet: what jobs make of them, against the tables
 * themselves. Results are read back by pyarrow, Polars and DuckDB. `tests/support/peers/differential` makes the cases
 * and knows what is right. `DIFFERENTIAL_CASES=17,208` runs these alone, with the seed of the suite.
 */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { SEED } from "../support/suite_options.ts";
import { type Asked, formulaOf } from "../support/differential.ts";
import { runFormula } from "../support/fixtures.ts";
import { type RunningServer, ways } from "../support/harness.ts";
import { callPeer, peerTest } from "../support/peers/peers.ts";
import { randomCases, tellAmount } from "../support/random_tests.ts";
import { shareService } from "../support/shared_service.ts";

/** A folder of files, and the jobs that are run on it. */
interface Case {
  base: string;
  jobs: Asked[];
  /** For people. */
  files: string[];
}

/** What differs in the results of a case, and of how many results a reader lacks what the files have, too. */
interface Checked {
  wrong: string[];
  unread: number;
}

/** Cases that are under way at once: Python makes and checks others while the service has one. */
const AT_ONCE = 3;

/** What is done for one case after the other. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

const pythonTurns = new Turns(), serviceTurns = new Turns();

function python<T>(name: string, ...args: unknown[]): Promise<T> {
  return pythonTurns.take(() => callPeer<T>("differential", name, ...args));
}

/** Runs the jobs of a case; gives what differs, and what is needed to see why. */
async function differences(
  server: RunningServer,
  folder: string,
  index: number,
): Promise<{ told: string[]; jobs: number; unread: number }> {
  const { base, jobs, files } = await python<Case>("make_case", SEED, index, folder);
  const { results, failed } = await serviceTurns.take(() => runJobs(server, folder, base, jobs));
  const { wrong, unread } = await python<Checked>("check_case", index, results);
  const told = [...failed, ...wrong];
  if (told.length > 0) {
    told.unshift(`seed ${SEED}, case ${index} of ${base}`, ...files);
    told.push(JSON.stringify(jobs));
  }
  return { told, jobs: jobs.length, unread };
}

/** Runs jobs one after the other; gives the paths of their results, and what is said of those that failed. */
async function runJobs(server: RunningServer, folder: string, base: string, jobs: Asked[]) {
  const results: Record<string, string> = {}, failed: string[] = [];
  for (const asked of jobs) {
    const { kind } = asked;
    const formula = formulaOf(asked);
    const fields = { Base: base, File: `${kind}.ts` };
    const { Response } = await runFormula(server, folder, formula, fields);
    if (Response.Status === "complete") {
      const ending = kind === "values" || kind === "filter" ? "txt" : "parquet";
      results[kind] = join(folder, `${kind}_ansver.${ending}`);
    } else failed.push(`${kind}: ${JSON.stringify(Response.Error ?? Response)}\n${formula}`);
  }
  return { results, failed };
}

function chosenCases(): Iterator<number, unknown> & Iterable<number> {
  const chosen = Deno.env.get("DIFFERENTIAL_CASES");
  if (chosen !== undefined) return chosen.split(",").map(Number).values();
  return randomCases("differential-cases");
}

for (const way of ways) {
  const shared = shareService(way);

  peerTest(
    `files of four writers are read value for value, and three readers read the results [${way.name}]`,
    async () => {
      using _told = tellAmount("differential-cases");
      const cases = chosenCases();
      const wrong: string[] = [];
      let jobs = 0, unread = 0;
      const work = async () => {
        for (const index of cases) {
          const folder = await shared.folder();
          const found = await differences(shared.server, folder, index);
          jobs += found.jobs;
          unread += found.unread;
          await Deno.remove(folder, { recursive: true });
          if (found.told.length === 0) continue;
          console.error(found.told.join("\n  "));
          wrong.push(found.told[0]!);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      console.log(
        `${jobs} jobs; ${unread} results have what a reader can't read in the files either`,
      );
      assertEquals(wrong, []);
    },
  );
}
