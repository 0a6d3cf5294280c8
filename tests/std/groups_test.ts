import { assert, assertEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { BARE_NAMES } from "../../mod/std/common/module_names.ts";
import { groupBy, type Groups, interval, resample, type ResampleOptions } from "measuring/groups";
import { mean, median, quantile, rms, standardDeviation, sum } from "measuring/statistics";
import { quoted } from "../support/parquet/duckdb.ts";
import { runFormula } from "../support/fixtures.ts";
import { bothWays, ways } from "../support/harness.ts";
import { sharedDuckDB } from "../support/shared_duckdb.ts";
import { shareSample, shareService } from "../support/shared_service.ts";
import { assertClose, assertSameBits, noise, withGaps } from "../support/numeric_values.ts";

const duckdb = await sharedDuckDB();
const services = new Map(bothWays.map((way) => [way, shareService(way)]));
const copySample = shareSample(100_000, 15_000);

type Columns = Record<string, ArrayLike<unknown> & { slice(from: number, to: number): unknown }>;

interface Reduction<Table> {
  chunk(chunk: object): Groups;
  combine(a: Groups, b: Groups): Groups;
  aggregate(total: Groups): Table;
}

/** Runs a grouping over columns cut at places, partial results going through a structured clone. */
function run<Table>(grouping: Reduction<Table>, columns: Columns, cuts: number[] = []): Table {
  const rows = Object.values(columns)[0]!.length;
  const borders = [0, ...cuts, rows];
  const parts = borders.slice(1).map((to, k) => {
    const part = Object.entries(columns).map(([name, values]) => [
      name,
      values.slice(borders[k]!, to),
    ]);
    return structuredClone(grouping.chunk(Object.fromEntries(part)));
  });
  // Pairwise, as the engine does.
  let level = parts;
  while (level.length > 1) {
    const next: Groups[] = [];
    for (let k = 0; k < level.length; k += 2) {
      const [a, b] = [level[k]!, level[k + 1]];
      next.push(b ? structuredClone(grouping.combine(a, b)) : a);
    }
    level = next;
  }
  return grouping.aggregate(level[0]!);
}

Deno.test("groups equal those of a simple loop, however the rows are divided", () => {
  const rows = 5000, u = withGaps(rows).map((value) => value + 1e6), i = noise(rows, 5);
  const unit = Array.from({ length: rows }, (_, k) => `unit ${(k * k) % 7}`);
  const grouping = groupBy("unit").mean("u").std("u").sum("u").count().count("u", "there")
    .min("u").max("u").rms("i", "effective").first("u").last("u");
  const names = [...new Set(unit)].sort();
  const of = (values: Float64Array, name: string) => values.filter((_, k) => unit[k] === name);
  for (const cuts of [[], [1], [2500], [0, 0, 17, 1000, 4999], [700, 1400, 2100, 2800, 3500]]) {
    const table = run(grouping, { unit, u, i }, cuts);
    assertEquals(Object.keys(table), [
      "unit",
      "mean_u",
      "std_u",
      "sum_u",
      "count",
      "there",
      "min_u",
      "max_u",
      "effective",
      "first_u",
      "last_u",
    ]);
    assertEquals(table.unit, names);
    const there = names.map((name) => of(u, name).filter((value) => value === value));
    assertEquals(Array.from(table.count), names.map((name) => of(u, name).length));
    assertEquals(Array.from(table.there), there.map((values) => values.length));
    assertClose(table.sum_u, there.map(sum), 1e-16);
    assertClose(table.mean_u, there.map(mean), 1e-15);
    assertClose(table.std_u, there.map((values) => standardDeviation(values)), 1e-13);
    assertClose(table.effective, names.map((name) => rms(of(i, name))), 1e-15);
    assertEquals(Array.from(table.min_u), there.map((values) => Math.min(...values)));
    assertEquals(Array.from(table.max_u), there.map((values) => Math.max(...values)));
    assertEquals(Array.from(table.first_u), there.map((values) => values[0]));
    assertEquals(Array.from(table.last_u), there.map((values) => values.at(-1)));
  }
});

Deno.test("groups may be in one part only, and values may be missing", () => {
  const a = { k: ["b", null, "a"], v: Float64Array.of(1, 2, NaN) };
  const b = { k: ["c", "a", null], v: Float64Array.of(5, NaN, 3) };
  const { chunk, combine, aggregate } = groupBy("k").mean("v").sum("v").std("v").min("v").max("v")
    .first("v").last("v").count("v").count(null, "rows");
  assertEquals(aggregate(combine(chunk(a), chunk(b))), {
    k: ["a", "b", "c", null],
    mean_v: Float64Array.of(NaN, 1, 5, 2.5),
    sum_v: Float64Array.of(0, 1, 5, 5),
    std_v: Float64Array.of(NaN, NaN, NaN, Math.SQRT1_2),
    min_v: Float64Array.of(NaN, 1, 5, 2),
    max_v: Float64Array.of(NaN, 1, 5, 3),
    first_v: Float64Array.of(NaN, 1, 5, 2),
    last_v: Float64Array.of(NaN, 1, 5, 3),
    count_v: Int32Array.of(0, 1, 1, 2),
    rows: Int32Array.of(2, 1, 1, 2),
  });
});

Deno.test("keys keep their type, in rising order, with what is missing last", () => {
  const key = (values: Columns[string]) =>
    run(groupBy("k").count(), { k: values }, [values.length >> 1]);
  assertEquals(key(Int32Array.of(5, -3, 5, 70_000_000, -3)), {
    k: Int32Array.of(-3, 5, 70_000_000),
    count: Int32Array.of(2, 2, 1),
  });
  assertEquals(key(Float64Array.of(0.5, NaN, -0, 0, Infinity, NaN, 1e300, -Infinity, 0.5)), {
    k: Float64Array.of(-Infinity, 0, 0.5, 1e300, Infinity, NaN),
    count: Int32Array.of(1, 2, 2, 1, 1, 2),
  });
  assertEquals(key(Uint8Array.of(1, 0, 1)), { k: Uint8Array.of(0, 1), count: Int32Array.of(1, 2) });
  assertEquals(key([true, null, false, true]), {
    k: [false, true, null],
    count: Int32Array.of(1, 2, 1),
  });
  assertEquals(key(["10", "9", "", "é", "10"]).k, ["", "10", "9", "é"]);
  assertEquals(key([null, null, "a"]).k, ["a", null]);
});

Deno.test("texts are ordered by code points, however the rows are divided", () => {
  const letters = ["a", "\u{10FFFF}", "\uFFEE", "\u{1F600}", "\uE000", "z", "ж", ""];
  const k = Array.from(
    { length: 500 },
    (_, row) => letters[row % 8]! + letters[row * 7 % 5]! + letters[row * row % 7]!,
  );
  const bytes = (text: string) => new TextEncoder().encode(text).toHex();
  const wanted = [...new Set(k)].sort((a, b) => bytes(a) < bytes(b) ? -1 : 1);
  for (const cuts of [[], [250], [1, 30, 31, 200, 444]]) {
    assertEquals(run(groupBy("k").count(), { k }, cuts).k, wanted);
  }
});

Deno.test("the schema identifies a boolean column", () => {
  const schema = [{ name: "on", kind: "boolean", type: "BOOLEAN", nullable: true }];
  const { chunk, aggregate } = groupBy("on").count();
  const table = aggregate(chunk({ on: Float64Array.of(1, NaN, 0, 1) }, { schema }));
  assertEquals(table.on, [false, true, null]);
});

Deno.test("there may be many different keys of any kind", () => {
  const rows = 30_000, v = noise(rows), whole = v.map((value) => Math.floor(value * 9000));
  for (const k of [v, whole, Array.from(whole, String)]) {
    const table = run(groupBy("k").sum("v"), { k, v }, [9_999, 20_000]);
    const expected = new Map<unknown, number>();
    for (let row = 0; row < rows; row++) {
      expected.set(k[row], (expected.get(k[row]) ?? 0) + v[row]!);
    }
    const sorted = [...expected.keys()].sort((a, b) => a as number < (b as number) ? -1 : 1);
    assertEquals<unknown[]>(Array.from(table.k), sorted);
    assertClose(table.sum_v, sorted.map((key) => expected.get(key)!), 1e-15);
  }
});

Deno.test("several keys give a group for each combination that occurs", () => {
  const table = run(
    groupBy(["unit", "n", "on"]).count().sum("v"),
    {
      unit: ["b", "a", "b", "a", null, "b"],
      n: Int32Array.of(1, 2, 1, 1, 1, 1),
      on: Uint8Array.of(0, 1, 0, 1, 1, 1),
      v: Float64Array.of(1, 2, 3, 4, 5, 6),
    },
    [2, 3],
  );
  assertEquals(table, {
    unit: ["a", "a", "b", "b", null],
    n: Int32Array.of(1, 2, 1, 1, 1),
    on: Uint8Array.of(1, 1, 0, 1, 1),
    count: Int32Array.of(1, 1, 2, 1, 1),
    sum_v: Float64Array.of(4, 2, 4, 6, 5),
  });
});

Deno.test("all rows are one group without a key", () => {
  const table = run(groupBy([]).mean("v").count(), { v: Float64Array.of(1, 2, 6) }, [1]);
  assertEquals(table, { mean_v: Float64Array.of(3), count: Int32Array.of(3) });
});

Deno.test("medians and quantiles of groups are those of their values, to the last bit", () => {
  const rows = 4000, u = withGaps(rows).map((value, k) => k % 31 ? value : -0);
  u.set([Infinity, -Infinity, 0, -0], 17);
  const unit = Array.from({ length: rows }, (_, k) => k < 3 ? "rare" : `unit ${(k * k) % 7}`);
  u.set([NaN, NaN, NaN]);
  const grouping = groupBy("unit").median("u").quantile("u", 0.9).quantile("u", 1, "top").mean("u")
    .median("v").max("u");
  const v = noise(rows, 7), names = [...new Set(unit)].sort();
  const of = (values: Float64Array, name: string) => values.filter((_, k) => unit[k] === name);
  for (const cuts of [[], [1], [2500], [0, 0, 17, 1000, 3999], [700, 1400, 2100, 2800, 3500]]) {
    const table = run(grouping, { unit, u, v }, cuts);
    const each = (figure: (values: Float64Array) => number, values: Float64Array = u) =>
      Float64Array.from(names, (name) => figure(of(values, name)));
    assertEquals(table.unit, names);
    const found = [table.median_u, table["quantile_0.9_u"], table.top, table.median_v];
    const wanted = [
      each(median),
      each((values) => quantile(values, 0.9)),
      each((values) => quantile(values, 1)),
      each(median, v),
    ];
    for (const [k, values] of found.entries()) assertSameBits(values, wanted[k]!, `${cuts}`);
    assert(Number.isNaN(table.median_u[0]));
  }
  const all = run(groupBy([]).median("u"), { u }, [5, 1000]);
  assertEquals(all.median_u, Float64Array.of(median(u)));
});

Deno.test("quantiles of empty intervals are filled as other figures are", () => {
  const t = Float64Array.of(1000, 1100, 4000, NaN), u = Float64Array.of(2, 4, 9, 1);
  const of = (empty: "keep" | "previous" | "linear") =>
    Array.from(run(resample("t", "1s", { empty }).median("u"), { t, u }, [1]).median_u);
  assertEquals(of("keep"), [3, NaN, NaN, 9, 1]);
  assertEquals(of("previous"), [3, 3, 3, 9, 1]);
  assertEquals(of("linear"), [3, 5, 7, 9, 1]);
});

Deno.test("more values than may be held are refused, wherever they come together", () => {
  const u = noise(100, 3), unit = Array.from(u, (_, k) => k % 7);
  for (const cuts of [[], [50], [1, 20, 60]]) {
    const of = (mostValues: number) =>
      run(groupBy("unit", { mostValues }).median("u").median("v"), { unit, u, v: u }, cuts);
    assertEquals(of(200).median_u, of(1000).median_v);
    assertThrows(() => of(199), RangeError, `more than 199 values of "u", "v"`);
    assertThrows(() => of(199), RangeError, "groupBy(…, { mostValues: 398 })");
  }
  // Rows without a value take no place, and figures of other kinds hold nothing.
  const gaps = Float64Array.from(u, (value, k) => k % 2 ? NaN : value);
  run(groupBy([], { mostValues: 50 }).median("u").mean("v"), { u: gaps, v: u }, [30]);
  const resampled = resample("t", "1s", { unit: "s", mostValues: 99 }).median("u");
  assertThrows(() => run(resampled, { t: u, u }), RangeError, "more than 99 values");
  assertThrows(() => groupBy("unit", { mostValues: 0 }), RangeError, `"mostValues"`);
  assertThrows(() => groupBy("unit", { most: 1 } as never), RangeError, `no option "most"`);
  assertThrows(() => groupBy("unit").quantile("u", 90), RangeError, "no quantile 90: 0 to 1 are");
  assertThrows(() => groupBy("a").median("u").median("u"), RangeError, `called "median_u"`);
});

Deno.test("codes of texts are used when a chunk has them", () => {
  const schema = [{ name: "unit", kind: "string", type: "STRING", nullable: true }];
  const chunk = {
    v: Float64Array.of(1, 2, 3, 4, 5),
    get unit(): never {
      throw new Error("the texts were decoded");
    },
    codes: () => ({
      codes: Int32Array.of(2, 0, -1, 2, 3),
      dictionary: ["b", "unused", "a", null],
    }),
  };
  const grouping = groupBy("unit").sum("v");
  assertEquals(grouping.aggregate(grouping.chunk(chunk, { schema })), {
    unit: ["a", "b", null],
    sum_v: Float64Array.of(5, 2, 8),
  });
});

Deno.test("a standard deviation keeps its digits next to a large mean", () => {
  const u = noise(10_000).map((value) => value + 1e9), k = new Int32Array(10_000);
  const cuts = Array.from({ length: 99 }, (_, j) => 100 * (j + 1));
  const { std_u } = run(groupBy("k").std("u"), { k, u }, cuts);
  assertClose(std_u, [standardDeviation(u)], 1e-12);
});

Deno.test("resampled times follow the clock, whatever the partitions", () => {
  const start = Date.UTC(2024, 1, 28, 23, 58, 30);
  const time = Float64Array.from({ length: 10 }, (_, k) => start + k * 25_000);
  const u = Float64Array.from(time, (_, k) => k);
  const minutes = [58, 59, 60, 61, 62].map((minute) => Date.UTC(2024, 1, 28, 23, minute));
  for (const cuts of [[], [1], [3, 4, 7]]) {
    assertEquals(run(resample("time", "1m").mean("u").count(), { time, u }, cuts), {
      time: Float64Array.from(minutes),
      mean_u: Float64Array.of(0.5, 2.5, 4.5, 7, 9),
      count: Int32Array.of(2, 2, 2, 3, 1),
    });
  }
  const day = run(resample("time", "1d", { name: "day" }).last("u"), { time, u });
  assertEquals(day.day, Float64Array.of(Date.UTC(2024, 1, 28), Date.UTC(2024, 1, 29)));
});

Deno.test("durations have the right bounds and origins", () => {
  const starts = (every: string | number, times: number[], options = {}) =>
    Array.from(run(resample("t", every, options).count(), { t: Float64Array.from(times) }).t);
  const monday = Date.UTC(2024, 6, 1), hour = 3_600_000;
  assertEquals(starts("1w", [monday, monday + 7 * 24 * hour - 1]), [monday]);
  assertEquals(starts("0.5 s", [1499, 1500, -1]), [-500, 1000, 1500]);
  for (const every of ["15m", "15min", "900s", "0.25h", 900_000]) {
    assertEquals(starts(every, [monday + hour - 1]), [monday + 0.75 * hour], `${every}`);
  }
  const shift = { origin: monday + 6 * hour }; // shifts of 8 hours from 6 o'clock on
  assertEquals(starts("8h", [monday, monday + 6 * hour], shift), [
    monday - 2 * hour,
    monday + 6 * hour,
  ]);
  assertEquals(starts("0.1ms", [0.3, 0.70000001]).length, 2);
  for (const every of ["1M", "1.5y", "0mo", "m1", "", "0s", "-1s", 0, NaN, Infinity]) {
    assertThrows(() => resample("t", every), RangeError, "is no duration");
  }
});

/** Starts of intervals in a zone as its clocks show them, and the rows of each. */
function inZone(
  zone: string,
  every: string,
  times: readonly string[],
  options: ResampleOptions<"t"> = {},
): string[] {
  const grouping = resample("t", every, { unit: "ms", zone, ...options }).count();
  const instants = times.map((time) => Temporal.Instant.from(time).epochMilliseconds);
  const { t, count } = run(grouping, { t: Float64Array.from(instants) }) as {
    t: Float64Array;
    count: Int32Array;
  };
  return Array.from(t, (start, k) => {
    const there = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(zone);
    return `${there.toPlainDateTime()}${there.offset} ${count[k]}`;
  });
}

Deno.test("intervals in a zone go through both changes of summer time", () => {
  const autumn = [
    "2024-10-26T23:30Z",
    "2024-10-27T00:15Z",
    "2024-10-27T01:15Z",
    "2024-10-27T02:15Z",
  ];
  const spring = ["2024-03-31T00:30Z", "2024-03-31T01:30Z", "2024-03-31T20:30Z"];
  const cases: [every: string, autumn: string[], spring: string[]][] = [
    ["30m", [
      "2024-10-27T01:30:00+02:00 1",
      "2024-10-27T02:00:00+02:00 1",
      "2024-10-27T02:00:00+01:00 1",
      "2024-10-27T03:00:00+01:00 1",
    ], [
      "2024-03-31T01:30:00+01:00 1",
      "2024-03-31T03:30:00+02:00 1",
      "2024-03-31T22:30:00+02:00 1",
    ]],
    ["1h", [
      "2024-10-27T01:00:00+02:00 1",
      "2024-10-27T02:00:00+02:00 1",
      "2024-10-27T02:00:00+01:00 1",
      "2024-10-27T03:00:00+01:00 1",
    ], [
      "2024-03-31T01:00:00+01:00 1",
      "2024-03-31T03:00:00+02:00 1",
      "2024-03-31T22:00:00+02:00 1",
    ]],
    // What comes twice in part comes once, and is longer; what is skipped in part begins behind it.
    ["2h", ["2024-10-27T00:00:00+02:00 1", "2024-10-27T02:00:00+02:00 3"], [
      "2024-03-31T00:00:00+01:00 1",
      "2024-03-31T03:00:00+02:00 1",
      "2024-03-31T22:00:00+02:00 1",
    ]],
    ["1d", ["2024-10-27T00:00:00+02:00 4"], ["2024-03-31T00:00:00+01:00 3"]],
    ["1w", ["2024-10-21T00:00:00+02:00 4"], ["2024-03-25T00:00:00+01:00 3"]],
    ["1mo", ["2024-10-01T00:00:00+02:00 4"], ["2024-03-01T00:00:00+01:00 3"]],
    ["1q", ["2024-10-01T00:00:00+02:00 4"], ["2024-01-01T00:00:00+01:00 3"]],
    ["1y", ["2024-01-01T00:00:00+01:00 4"], ["2024-01-01T00:00:00+01:00 3"]],
  ];
  for (const [every, ofAutumn, ofSpring] of cases) {
    assertEquals(inZone("Europe/Berlin", every, autumn), ofAutumn, every);
    assertEquals(inZone("Europe/Berlin", every, spring), ofSpring, every);
  }
  const shifts = { origin: "06:00" };
  assertEquals(inZone("Europe/Berlin", "8h", autumn, shifts), ["2024-10-26T22:00:00+02:00 4"]);
  assertEquals(inZone("Europe/Berlin", "8h", spring, shifts), [
    "2024-03-30T22:00:00+01:00 2",
    "2024-03-31T22:00:00+02:00 1",
  ]);
});

Deno.test("days of zones are those of their calendars, however odd", () => {
  const kept = { empty: "keep" } as const;
  assertEquals(
    inZone("Pacific/Apia", "1d", ["2011-12-29T12:00Z", "2012-01-01T12:00Z"], kept),
    [
      "2011-12-29T00:00:00-10:00 1",
      "2011-12-31T00:00:00+14:00 0",
      "2012-01-01T00:00:00+14:00 0",
      "2012-01-02T00:00:00+14:00 1",
    ],
  );
  // There was no midnight.
  assertEquals(
    inZone("America/Sao_Paulo", "1d", ["2018-11-03T12:00Z", "2018-11-05T12:00Z"], kept),
    [
      "2018-11-03T00:00:00-03:00 1",
      "2018-11-04T01:00:00-02:00 0",
      "2018-11-05T00:00:00-02:00 1",
    ],
  );
  // A minute after midnight it was 23:01 again.
  const midnights = ["2006-10-29T02:30:30Z", "2006-10-29T03:00Z", "2006-10-29T03:40Z"];
  assertEquals(inZone("America/St_Johns", "1d", midnights), [
    "2006-10-28T00:00:00-02:30 1",
    "2006-10-29T00:00:00-02:30 2",
  ]);
  assertEquals(inZone("Asia/Kathmandu", "1h", ["2024-01-01T00:20Z"]), [
    "2024-01-01T06:00:00+05:45 1",
  ]);
  assertEquals(
    inZone("Australia/Lord_Howe", "30m", ["2024-04-06T14:40Z", "2024-04-06T15:10Z"]),
    ["2024-04-07T01:30:00+11:00 1", "2024-04-07T01:30:00+10:30 1"],
  );
  assertEquals(inZone("Europe/Moscow", "1d", ["1879-12-31T21:29:43Z"]), [
    "1880-01-01T00:00:00+02:30:17 1",
  ]);
});

Deno.test("weeks, months and years begin where they are told to", () => {
  const times = ["2024-06-30T03:59Z", "2024-06-30T04:00Z"];
  const starts = (every: string, options: ResampleOptions<"t">) =>
    inZone("Europe/Berlin", every, times, options).map((start) => start.slice(0, 16));
  assertEquals(starts("1w", { weekStart: "sunday" }), ["2024-06-30T00:00"]);
  assertEquals(starts("1w", { weekStart: "sunday", origin: "06:00" }), [
    "2024-06-23T06:00",
    "2024-06-30T06:00",
  ]);
  assertEquals(starts("1w", { weekStart: "saturday" }), ["2024-06-29T00:00"]);
  assertEquals(starts("1mo", { origin: "2024-01-28T06:00" }), [
    "2024-06-28T06:00",
  ]);
  assertEquals(starts("1y", { origin: "1999-06-28T06:00" }), [
    "2024-06-28T06:00",
  ]);
  assertEquals(starts("2mo", { origin: "2024-02-01" }), ["2024-06-01T00:00"]);
  assertEquals(starts("1d", { origin: "2000-01-01T04:00Z" }), ["2024-06-30T05:00"]);
  // Without a zone they are those of UTC.
  const t = Float64Array.of(Date.UTC(2024, 1, 29, 23));
  const of = (every: string, options = {}) =>
    run(resample("t", every, { unit: "ms", ...options }).count(), { t }).t;
  assertEquals(of("1mo"), Float64Array.of(Date.UTC(2024, 1, 1)));
  assertEquals(of("1w", { weekStart: "sunday" }), Float64Array.of(Date.UTC(2024, 1, 25)));
  assertEquals(of("1d", { origin: "06:00" }), Float64Array.of(Date.UTC(2024, 1, 29, 6)));
});

Deno.test("a zone, a unit, a start of weeks and an origin that are none are refused", () => {
  const cases: [every: string, options: Record<string, unknown>, message: string][] = [
    ["1d", { zone: "Europe/Moskow" }, `no zone "Europe/Moskow"; did you mean "Europe/Moscow"?`],
    ["1d", { zone: "moscow" }, `did you mean "Europe/Moscow"?`],
    ["1d", { zone: "UTC+3" }, `did you mean "+03:00"?`],
    ["1d", { zone: "Europe" }, `the nearest is "`],
    ["1d", { zone: "2024-01-01T00:00Z" }, "no zone"],
    ["1d", { zone: "+99:00" }, "no zone"],
    ["1M", {}, `"1M" is no duration; did you mean "mo"? Write`],
    ["1 month", {}, `did you mean "mo"?`],
    ["2 yaers", {}, `did you mean "y"?`],
    ["3 fortnights", {}, `"3 fortnights" is no duration; write`],
    ["1.5mo", {}, "whole numbers"],
    ["1w", { weekStart: "sundy" }, `did you mean "sunday"?`],
    ["1d", { weekStart: "sunday" }, `"weekStart" is for weeks`],
    ["1mo", { weekStart: "sunday" }, `"weekStart" is for weeks`],
    ["1w", { weekStart: "sunday", origin: "2024-01-01" }, "leave one out"],
    ["1w", { weekStart: "sunday", origin: 0 }, "leave one out"],
    ["1d", { origin: "noon" }, `"origin" is no time: "noon"`],
    ["1d", { origin: "25:00" }, `"origin" is no time`],
    ["1d", { origin: "2024-02-30" }, `"origin" is no time`],
    ["1mo", { origin: "2024-01-31" }, "day 31"],
    ["1mo", { origin: 1e18 }, `"origin" is no time`],
  ];
  for (const [every, options, message] of cases) {
    assertThrows(() => resample("t", every, options), RangeError, message);
  }
  assertThrows(() => resample("t", "1d", { zone: 3 as never }), TypeError, `"zone"`);
  assertThrows(
    () => resample("t", "1d", { origin: [] as never }),
    TypeError,
    `"origin" is no time`,
  );
  const far = resample("t", "1d", { zone: "Europe/Berlin", unit: "s" });
  assertThrows(
    () => far.chunk({ t: Float64Array.of(1e15) }),
    RangeError,
    `column "t": there is no calendar for 1000000000000000000 ms`,
  );
});

Deno.test("empty intervals are left out or kept, and rows without a time come last", () => {
  const t = Float64Array.of(7000, 1500, NaN, 1000), u = Float64Array.of(1, 2, 3, 4);
  assertEquals(run(resample("t", "1s").sum("u"), { t, u }), {
    t: Float64Array.of(1000, 7000, NaN),
    sum_u: Float64Array.of(6, 1, 3),
  });
  const kept = resample("t", "2s", { empty: "kept" }).sum("u").mean("u").max("u").first("u")
    .count();
  for (const cuts of [[], [1], [2, 3]]) {
    assertEquals(run(kept, { t, u }, cuts), {
      t: Float64Array.of(0, 2000, 4000, 6000, NaN),
      sum_u: Float64Array.of(6, 0, 0, 1, 3),
      mean_u: Float64Array.of(3, NaN, NaN, 1, 3),
      max_u: Float64Array.of(4, NaN, NaN, 1, 3),
      first_u: Float64Array.of(2, NaN, NaN, 1, 3),
      count: Int32Array.of(2, 0, 0, 1, 1),
    });
  }
});

Deno.test("empty intervals get the figures before them, or those on a line", () => {
  const t = Float64Array.of(1000, 1100, 4000, 9000, NaN), u = Float64Array.of(2, 4, 9, NaN, 100);
  const v = Float64Array.of(NaN, NaN, 1, 2, 7);
  const filled = (empty: "previous" | "linear" | "keep") =>
    resample("t", "1s", { empty }).mean("u").sum("u").std("u").last("v").count();
  const all = [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, NaN];
  const sums = [6, 0, 0, 9, 0, 0, 0, 0, 0, 100], counts = [2, 0, 0, 1, 0, 0, 0, 0, 1, 1];
  const figures = { t: all, sum_u: sums, count: counts };
  for (const cuts of [[], [1], [2, 3]]) {
    const of = (empty: "previous" | "linear" | "keep") =>
      Object.fromEntries(
        Object.entries(run(filled(empty), { t, u, v }, cuts))
          .map(([name, values]) => [name, Array.from(values as ArrayLike<number>)]),
      );
    const deviation = Math.SQRT2;
    assertEquals(of("previous"), {
      ...figures,
      mean_u: [3, 3, 3, 9, 9, 9, 9, 9, 9, 100],
      std_u: [deviation, deviation, deviation, ...new Array(7).fill(NaN)],
      last_v: [NaN, NaN, NaN, 1, 1, 1, 1, 1, 2, 7],
    });
    // Behind the last value there is no line.
    assertEquals(of("linear"), {
      ...figures,
      mean_u: [3, 5, 7, 9, NaN, NaN, NaN, NaN, NaN, 100],
      std_u: [deviation, ...new Array(9).fill(NaN)],
      last_v: [NaN, NaN, NaN, 1, 1.2, 1.4, 1.6, 1.8, 2, 7],
    });
    assertEquals(of("keep").mean_u, [3, NaN, NaN, 9, NaN, NaN, NaN, NaN, NaN, 100]);
  }
  for (const older of ["left out", "drop"] as const) {
    assertEquals(run(resample("t", "1s", { empty: older }).count(), { t }).count.length, 4);
  }
  assertThrows(
    () => resample("t", "1s", { empty: "liner" as never }),
    RangeError,
    `"empty" must be "drop", "keep", "previous" or "linear", not "liner"; did you mean "linear"?`,
  );
});

Deno.test("a table is not filled with more intervals than it can hold", () => {
  const t = Float64Array.of(0, Date.UTC(2000));
  for (const zone of [{}, { zone: "Europe/Berlin" }]) {
    const grouping = resample("t", "1s", { unit: "ms", empty: "keep", ...zone }).count();
    assertThrows(() => run(grouping, { t }), RangeError, "intervals lie between");
  }
});

Deno.test("a line between months goes over their lengths", () => {
  const t = Float64Array.of(Date.UTC(2023, 11, 31, 22), Date.UTC(2024, 2, 1));
  const options = { zone: "Europe/Moscow", unit: "ms", empty: "linear" } as const;
  const { mean_u } = run(resample("t", "1mo", options).mean("u"), { t, u: Float64Array.of(0, 60) });
  assertEquals(mean_u, Float64Array.of(0, 31, 60));
});

Deno.test("an interval can be a key next to others", () => {
  const table = run(groupBy(["unit", interval("t", "1s", { name: "second" })]).count(), {
    unit: ["b", "a", "b"],
    t: Float64Array.of(100, 200, 1200),
  });
  assertEquals(table.second, Float64Array.of(0, 0, 1000));
  assertEquals(table.unit, ["a", "b", "b"]);
});

Deno.test("an error names the column that can't be computed with", () => {
  const u = Float64Array.of(1), unit = ["a"];
  assertThrows(() => groupBy("u").mean("unit").chunk({ u, unit }), TypeError, `"unit"`);
  assertThrows(
    () => groupBy("u").mean("n").chunk({ u, n: BigInt64Array.of(1n) }),
    TypeError,
    "bigint",
  );
  assertThrows(() => resample("unit", "1s").chunk({ unit }), TypeError, "text");
  assertThrows(
    () => groupBy("u").mean("v").chunk({ u, v: new Float64Array(2) }),
    RangeError,
    "2 rows",
  );
  assertThrows(() => groupBy("a").mean("u").mean("u"), RangeError, `called "mean_u"`);
  assertThrows(() => groupBy("a").mean("u", "a"), RangeError, `called "a"`);
  const texts = run(groupBy("u").count("unit"), { u, unit });
  assertEquals(texts.count_unit, Int32Array.of(1));
});

for (const way of ways) {
  Deno.test(`groupBy and resample in formulas equal DuckDB's results [${way.name}]`, async () => {
    const { server, folder } = services.get(way)!;
    const path = await folder();
    await copySample(path);
    const base = quoted(join(path, "time_series.parquet"));
    const result = quoted(join(path, "work_ansver.parquet"));
    const cases: [formula: string, sql: string][] = [
      [
        `groupBy("unit").mean("u").std("u").count()`,
        `SELECT unit, avg(u), stddev_samp(u), count(*)::INT FROM ${base} GROUP BY 1 ORDER BY 1`,
      ],
      [
        `groupBy(["unit", interval("time", "1d", { name: "day" })]).median("u").quantile("i", 0.95).count()`,
        `SELECT unit, epoch_ms(date_trunc('day', time::TIMESTAMP))::DOUBLE AS day, median(u),
           quantile_cont(i, 0.95), count(*)::INT FROM ${base} GROUP BY 1, 2 ORDER BY 1, 2`,
      ],
      [
        `groupBy(["unit", interval("time", "1w", { name: "week" })]).min("u").max("i").sum("n")`,
        `SELECT unit, epoch_ms(time_bucket(INTERVAL 1 WEEK, time::TIMESTAMP))::DOUBLE AS week, min(u),
           max(i), sum(n)::DOUBLE FROM ${base} GROUP BY 1, 2 ORDER BY 1, 2`,
      ],
      [
        `resample("time", "1d").rms("u").first("n").last("n")`,
        `SELECT epoch_ms(date_trunc('day', time::TIMESTAMP))::DOUBLE AS time, sqrt(avg(u * u)),
           min(n)::DOUBLE, max(n)::DOUBLE FROM ${base} GROUP BY 1 ORDER BY 1`,
      ],
    ];
    for (const [formula, sql] of cases) {
      const text = `import { groupBy, interval, resample } from "measuring/groups";
        export const { chunk, combine, aggregate } = ${formula};`;
      const { Response } = await runFormula(server, path, text);
      assertEquals(Response.Status, "complete", JSON.stringify(Response));
      assert(Response.Job!.Partitions > 1);
      const found = await duckdb.plainRows(`FROM ${result}`),
        expected = await duckdb.plainRows(sql);
      assertEquals(found.length, expected.length);
      for (const [row, values] of expected.entries()) {
        values.forEach((value, column) => {
          const other = found[row]![column];
          if (typeof value === "number") assertClose([other as number], [value], 1e-12, formula);
          else assertEquals(other, value);
        });
      }
    }
  });

  Deno.test(`a grouping works through frame.reduction in main [${way.name}]`, async () => {
    const { server, folder } = services.get(way)!;
    const path = await folder();
    const { u, unit } = await copySample(path);
    const { Response } = await runFormula(
      server,
      path,
      `import { groupBy } from "measuring/groups";
       const units = groupBy("unit").mean("u");
       export const { chunk: byUnit, combine: merge } = units;
       export async function main(frame) {
         const { unit, mean_u } = units.aggregate(await frame.reduction(byUnit, merge));
         return { unit, twice: mean_u.map((mean) => 2 * mean) };
       }`,
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const rows = await duckdb.plainRows(`FROM ${quoted(join(path, "work_ansver.parquet"))}`);
    const names = [...new Set(unit)].sort();
    assertEquals(rows.map(([name]) => name), names);
    const means = names.map((name) => 2 * mean(u.filter((_, k) => unit[k] === name)));
    assertClose(rows.map(([, twice]) => twice as number), means, 1e-14);
  });
}

// The library is embedded in the program.
for (const way of bothWays) {
  Deno.test(`a formula can import every name of the library [${way.name}]`, async () => {
    const { server, folder } = services.get(way)!;
    const path = await folder();
    await copySample(path);
    const imports = BARE_NAMES.map((name, k) => `import * as m${k} from "${name}";`).join("\n");
    const sizes = BARE_NAMES.map((_, k) => `Object.keys(m${k}).length`).join(", ");
    const text =
      `${imports}\nexport const chunk = () => [${sizes}];\nexport const combine = (a) => a;`;
    const { Response } = await runFormula(server, path, text);
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const sizesFound = JSON.parse(await Deno.readTextFile(join(path, "work_ansver.txt")));
    BARE_NAMES.forEach((name, k) => assert(name === "measuring/types" || sizesFound[k] > 0, name));
  });
}
