/** Intervals by the clocks and the calendar of a zone, in jobs: against DuckDB's ICU, Python's zoneinfo, and pandas. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { quoted } from "../support/parquet/duckdb.ts";
import { pythonScript, pythonTest } from "../support/peers/python.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomCases, randomTest, tellAmount } from "../support/random_tests.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareService } from "../support/shared_service.ts";

const duckdb = await sharedDuckDB();
const ask = pythonScript("zones.py");

async function python<T>(name: string, ...args: unknown[]): Promise<T> {
  const answer = JSON.parse(await ask(JSON.stringify([name, args]), name));
  if ("error" in answer) throw new Error(answer.error);
  return answer.value;
}

/** Zones whose past all databases tell alike: odd offsets, odd changes, days that are skipped or come twice. */
const ZONES = [
  ...["Europe/Moscow", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Kyiv"],
  ...["America/New_York", "America/Sao_Paulo", "America/St_Johns", "America/Havana"],
  ...["America/Juneau", "America/Santiago", "Africa/Cairo", "Africa/Casablanca", "Africa/Monrovia"],
  ...["Asia/Kathmandu", "Asia/Tehran", "Asia/Tokyo", "Asia/Kolkata", "Asia/Gaza", "Asia/Manila"],
  ...["Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia", "Pacific/Kwajalein"],
  ...["Pacific/Chatham", "Pacific/Honolulu", "Antarctica/Troll", "UTC", "+05:30", "-03:00"],
];

/** Zones whose hours pandas counts as clocks do: those that change by whole hours, and not at midnight. */
const WITH_PANDAS = [
  ...["Europe/Moscow", "Europe/Berlin", "America/New_York", "Australia/Sydney"],
  ...["Asia/Tokyo", "Pacific/Honolulu", "UTC"],
];

const SECOND = 1_000_000_000n, DAY = 86_400n * SECOND, MS = 1_000_000n;
const FIRST = BigInt(Date.UTC(1850, 0, 1)) * MS, LAST = BigInt(Date.UTC(2024, 0, 1)) * MS;

const LENGTHS: readonly [every: string, length: bigint][] = [
  ["250us", SECOND / 4000n],
  ["0.5s", SECOND / 2n],
  ["7s", 7n * SECOND],
  ["7m", 420n * SECOND],
  ["15m", 900n * SECOND],
  ["45m", 2700n * SECOND],
  ["1h", 3600n * SECOND],
  ["90m", 5400n * SECOND],
  ["2h", 7200n * SECOND],
  ["7h", 25_200n * SECOND],
  ["8h", 28_800n * SECOND],
  ["12h", 43_200n * SECOND],
  ["1d", DAY],
  ["36h", DAY + DAY / 2n],
  ["3d", 3n * DAY],
  ["1w", 7n * DAY],
  ["2w", 14n * DAY],
];
const MONTHS: readonly [every: string, months: number][] = [
  ["1mo", 1],
  ["2mo", 2],
  ["1q", 3],
  ["1y", 12],
  ["5y", 60],
];
const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const KINDS = [
  ...["ms utc", "us utc", "ns utc", "ms", "us", "ns", "int96", "date"],
  ...["s count", "ms count", "us count", "ns count", "s double", "ms double"],
];

function pick<T>(random: Random, of: readonly T[]): T {
  return of[random(of.length)]!;
}

/** A number from 0 to below a bound, of any size. */
function below(random: Random, bound: bigint): bigint {
  return (BigInt(random(2 ** 31)) * 2n ** 31n + BigInt(random(2 ** 31))) % bound;
}

/** An instant, often one at which the clocks of a zone are set. */
function instantIn(random: Random, zone: string): bigint {
  const time = FIRST + below(random, LAST - FIRST);
  if (random(4) === 0) return time;
  const there = Temporal.Instant.fromEpochNanoseconds(time).toZonedDateTimeISO(zone);
  const change = there.getTimeZoneTransition(random(2) ? "next" : "previous");
  const found = change?.epochNanoseconds ?? time;
  return found > FIRST && found < LAST ? found : time;
}

/** Intervals as options and as whole numbers of wall-clock time. */
function intervalsOf(random: Random) {
  const options: Record<string, unknown> = {};
  const origins = [undefined, undefined, "06:00", "02:30", "2001-02-13", "2001-02-13T05:45:30"];
  const origin = random(8) === 0
    ? Number(below(random, 2_000_000n)) * 997_000
    : pick(random, origins);
  if (origin !== undefined) options.origin = origin;
  const clock = origin === "06:00" ? 21_600n : origin === "02:30" ? 9000n : 0n;
  const date = typeof origin === "string" && clock === 0n;
  const dated = date
    ? BigInt(Date.parse(`${origin.slice(0, 10)}T${origin.slice(11) || "00:00"}Z`)) * MS
    : 0n;
  const instant = typeof origin === "number" ? { instant: origin } : {};
  if (random(3) === 0) {
    const [every, months] = pick(random, MONTHS);
    const at = date
      ? [2001, 2, Number(dated - BigInt(Date.UTC(2001, 1, 1)) * MS)]
      : [2000, 1, Number(clock * SECOND)];
    if (typeof origin === "number" && new Date(origin).getUTCDate() > 26) {
      delete options.origin;
      return { every, options, grid: { months, origin: at } };
    }
    return { every, options, grid: { months, origin: at, ...instant } };
  }
  const [every, length] = pick(random, LENGTHS);
  let wall = BigInt(Date.UTC(2000, 0, 3)) * MS + clock * SECOND;
  if (every.endsWith("w") && !date && typeof origin !== "number" && random(2)) {
    const day = random(7);
    options.weekStart = WEEKDAYS[day];
    wall += BigInt(day) * DAY;
  }
  return { every, options, grid: { length, origin: date ? dated : wall, ...instant } };
}

for (const way of ways) {
  const shared = shareService(way);

  pythonTest(`intervals of zones begin where Python's zoneinfo has it [${way.name}]`, async () => {
    using _told = tellAmount("zones");
    for (const index of randomCases("zones")) {
      const random = fuzzRandom(index);
      const zone = pick(random, ZONES), kind = pick(random, KINDS);
      const { every, options, grid } = intervalsOf(random);
      const isDouble = kind.endsWith("double");
      const unit = / (count|double)$/.test(kind) ? kind.split(" ")[0]! : undefined;
      const near = instantIn(random, zone), rows = 1 + random(600);
      const wide =
        below(random, [SECOND, 3600n * SECOND, 6n * 3600n * SECOND, 40n * DAY][random(4)]!) + 1n;
      const times = Array.from({ length: rows }, (_, row) => {
        if (random(40) === 0) return null;
        const at = random(2) ? row : random(rows);
        const time = near + (BigInt(at) - BigInt(rows >> 1)) * wide;
        return String(isDouble ? time / MS * MS : time);
      });
      const path = await shared.folder();
      const data = join(path, "time_series.parquet");
      await python("write", data, kind, times, 1 + random(rows));
      // Without a zone they are those of UTC, by another way.
      const named = random(8) === 0 ? undefined : zone;
      const given = JSON.stringify({ zone: named, ...options, ...unit && { unit } });
      const { Response } = await runFormula(
        shared.server,
        path,
        `import { resample } from "measuring/groups";
         export const { chunk, combine, aggregate } =
           resample("t", ${JSON.stringify(every)}, ${given}).count().sum("n");`,
      );
      const where = `case ${index}: ${every} of ${kind}, ${given}, near ${near}`;
      assertEquals(Response.Status, "complete", `${where}: ${JSON.stringify(Response)}`);
      const numbers = JSON.parse(
        JSON.stringify(grid, (_, value) => typeof value === "bigint" ? Number(value) : value),
      );
      const result = join(path, "work_ansver.parquet");
      const unlike = await python("check", data, result, named ?? "UTC", numbers, unit ?? null);
      assertEquals(unlike, null, where);
    }
  });

  pythonTest(
    `intervals of zones, empty ones, too, have the means of pandas [${way.name}]`,
    async () => {
      using _told = tellAmount("zones");
      for (const index of randomCases("zones")) {
        const random = fuzzRandom(1_299_709 + index);
        const zone = pick(random, WITH_PANDAS), kind = pick(random, KINDS.slice(0, 6));
        const [every, freq, options] = pick(
          random,
          [
            ["15m", "15min", {}],
            ["1h", "h", {}],
            ["1d", "D", {}],
            ["1w", "W-MON", {}],
            ["1w", "W-SUN", { weekStart: "sunday" }],
            ["1w", "W-THU", { weekStart: "thursday" }],
            ["1mo", "MS", {}],
            ["1q", "QS", {}],
            ["1y", "YS", {}],
          ] as const,
        );
        const empty = pick(random, ["drop", "keep", "previous", "linear"]);
        const hours = {
          "15m": 1,
          "1h": 6,
          "1d": 100,
          "1w": 700,
          "1mo": 3000,
          "1q": 9000,
          "1y": 30_000,
        };
        const wide = BigInt(hours[every]) * 3600n * SECOND;
        const near = BigInt(Date.UTC(1990 + random(20), random(12), random(28))) * MS;
        const rows = 1 + random(60);
        const times = Array.from(
          { length: rows },
          () => String(near + below(random, 40n * wide) / MS * MS),
        );
        const path = await shared.folder();
        const data = join(path, "time_series.parquet"), result = join(path, "work_ansver.parquet");
        await python("write", data, kind, times, 1 + random(rows));
        const given = JSON.stringify({ zone, ...options, empty });
        const { Response } = await runFormula(
          shared.server,
          path,
          `import { resample } from "measuring/groups";
         export const { chunk, combine, aggregate } =
           resample("t", "${every}", ${given}).count().mean("u");`,
        );
        const where = `case ${index}: ${every} of ${kind}, ${given}, from ${near}`;
        assertEquals(Response.Status, "complete", `${where}: ${JSON.stringify(Response)}`);
        assertEquals(await python("resampled", data, result, zone, freq, empty), null, where);
      }
    },
  );

  randomTest(
    "zones",
    `days, weeks, months and shifts of zones have the rows that DuckDB's ICU gives them [${way.name}]`,
    async () => {
      const far = [0, -600_000_000_000, 700_000_000_000, 1_200_000_000_000];
      for (const index of randomCases("zones")) {
        const random = fuzzRandom(104_729 + index);
        const zone = pick(random, ZONES.filter((name) => /^[A-Z]/.test(name)));
        const start = far[random(4)]! + Number(below(random, 400_000_000_000n));
        const [every, options, local] = pick(
          random,
          [
            ["1d", {}, "date_trunc('day', l)"],
            ["1w", {}, "date_trunc('week', l)"],
            [
              "1w",
              { weekStart: "sunday" },
              "date_trunc('week', l + interval 1 day) - interval 1 day",
            ],
            ["1mo", {}, "date_trunc('month', l)"],
            ["1q", {}, "date_trunc('quarter', l)"],
            ["1y", {}, "date_trunc('year', l)"],
            ["5y", {}, "time_bucket(interval 5 year, l, timestamp '2000-01-01')"],
            [
              "8h",
              { origin: "06:00" },
              "time_bucket(interval 8 hour, l, timestamp '2000-01-03 06:00')",
            ],
            ["15m", {}, "time_bucket(interval 15 minute, l)"],
            [
              "1mo",
              { origin: "06:00" },
              "date_trunc('month', l - interval 6 hour) + interval 6 hour",
            ],
          ] as const,
        );
        const step = pick(random, [60_000, 900_000, 3_600_000, 86_400_000]);
        const path = await shared.folder();
        const data = quoted(join(path, "time_series.parquet"));
        await duckdb.run(
          `copy (select make_timestamptz(((${start} + (i * 7919 % 3000) * ${step}) * 1000)::bigint) as t,
             i::double as n from range(3000) r(i)) to ${data} (format parquet, row_group_size 2048)`,
        );
        const given = JSON.stringify({ zone, ...options });
        const { Response } = await runFormula(
          shared.server,
          path,
          `import { resample } from "measuring/groups";
           export const { chunk, combine, aggregate } =
             resample("t", "${every}", ${given}).count().sum("n").min("t");`,
        );
        const where = `case ${index}: ${every} ${given} from ${start} by ${step}`;
        assertEquals(Response.Status, "complete", `${where}: ${JSON.stringify(Response)}`);
        const labelled = (table: string, columns: string, time: string) =>
          `select ${local} as label, ${columns} from
             (select *, ${time} at time zone '${zone}' as l from ${table}) group by 1`;
        const wanted = labelled(data, "count(*)::int, sum(n)", "t");
        const result = quoted(join(path, "work_ansver.parquet"));
        const found = labelled(result, "sum(count)::int, sum(sum_n)", "t");
        const [[same, ordered]] = await duckdb.rows(
          `select not exists ((${wanted}) except all (${found})) and not exists ((${found}) except all (${wanted})),
             (select bool_and(t <= min_t) from ${result})`,
        ) as [[boolean, boolean]];
        assert(same && ordered, where);
      }
    },
  );
}
