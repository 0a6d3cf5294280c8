import { assert, assertEquals, assertMatch } from "@std/assert";
import { promiseIn } from "../../mod/formula/promises.ts";
import { runFormula } from "../support/fixtures.ts";
import { ways } from "../support/harness.ts";
import { SEED } from "../support/suite_options.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";
import { shareSample, shareService } from "../support/shared_service.ts";

const sample = shareSample(140_000, 70_000);
const services = ways.map((way) => ({ way, shared: shareService(way) }));

/** Each is a formula, and the message it has to fail with. */
const FORMULAS: [formula: string, message: RegExp][] = [
  [
    `export const map = ({ u }) => ({ u, late: Promise.resolve(u) });`,
    /map on partition 0: TypeError: it returned a Promise as late; await it/,
  ],
  [
    `export const map = ({ u }) => ({ late: Array.from(u, async (v) => v) });`,
    /it returned a Promise as late\[0\]; await it/,
  ],
  [
    `export const chunk = ({ u }) => ({ sum: Promise.resolve(u[0]) }); export const combine = (a, b) => ({ sum: a.sum + b.sum });`,
    /chunk on partition \d: TypeError: it returned a Promise as sum; await it/,
  ],
  [
    `export const chunk = () => 1; export const combine = (a, b) => ({ all: new Map([["k", [Promise.resolve(a + b)]]]) });`,
    /combine: TypeError: it returned a Promise as all\.k\[0\]; await it/,
  ],
  [
    `export const chunk = () => 1; export const combine = () => 1; export const aggregate = () => [{ a: new Set([Promise.resolve()]) }];`,
    /aggregate: TypeError: it returned a Promise as \[0\]\.a\.a member of a Set; await it/,
  ],
  [
    `export const main = (frame) => ({ u: frame.column("u") });`,
    /main: TypeError: it returned a Promise as u; await it/,
  ],
  [
    `export const sum = () => 1; export const add = (a, b) => a + b;
     export const main = async (frame) => ({ deep: [0, { sum: frame.reduction(sum, add) }] });`,
    /main: TypeError: it returned a Promise as deep\[1\]\.sum; await it/,
  ],
  [
    `export const sum = () => 1; export const add = (a, b) => a + b;
     export const main = (frame) => frame.reduction(sum, add, frame.column("u"));`,
    /main: TypeError: frame\.reduction was given a Promise as \[0\]; await it/,
  ],
  [
    `export const sum = ({ u }) => ({ u }); export const main = (frame) => frame.mapPartitions(sum, { at: frame.column("u") });`,
    /main: TypeError: frame\.mapPartitions was given a Promise as \[0\]\.at; await it/,
  ],
  [
    `export const main = (frame) => frame.columns("u", "i");`,
    /main: TypeError: frame\.columns takes a list: frame\.columns\(\["u", "i"\]\)/,
  ],
  [
    `export const main = (frame) => frame.column(["u", "i"]);`,
    /main: TypeError: frame\.column takes one name: frame\.columns\(\["u", "i"\]\) takes a list/,
  ],
  [`export const main = (frame) => frame.columns(["u", 5]);`, /takes a list of .* not 5/],
  [`export const main = (frame) => frame.columns({ u: 1 });`, /takes a list of .* not \{ u: 1 \}/],
  [`export const main = (frame) => frame.column();`, /takes a column's name: .* not undefined/],
  [
    `export const main = (frame) => frame.columns(["ui", "u"]);`,
    /frame\.column: there is no column "ui" in time_series\.parquet; the columns are "u", "i", "unit"/,
  ],
];

for (const { way, shared } of services) {
  Deno.test(`a promise in a result is reported with its place [${way.name}]`, async () => {
    const folder = await shared.folder();
    await sample(folder);
    for (const [formula, message] of FORMULAS) {
      const { Response } = await runFormula(shared.server, folder, formula);
      assertEquals(Response.Error?.Code, "FORMULA_FAILED", formula);
      assertMatch(Response.Error!.Message, message);
      assert(!Response.Error!.Message.includes("meddle"), Response.Error!.Message);
    }
  });
}

/** A value of some depth without a promise, or with one at the path that is given. */
function randomValue(
  random: Random,
  depth: number,
  promise: Promise<void> | null,
): [unknown, string] {
  if (depth === 0) {
    return [promise ?? [1, "a", null, new Float64Array(3), new Date()][random(5)], ""];
  }
  const [inner, path] = randomValue(random, depth - 1, promise);
  const [beside] = randomValue(random, random(2), null);
  switch (random(3)) {
    case 0:
      return [[beside, inner, 5], `[1]${path}`];
    case 1:
      return [{ x: beside, y: inner, z: beside }, `.y${path}`];
    default:
      return [new Map<string, unknown>([["x", beside], ["k", inner]]), `.k${path}`];
  }
}

Deno.test("a promise is found at any place in a value, and only there", () => {
  const random = randomFrom(SEED + 51), promise = Promise.resolve();
  for (let k = 0; k < 3000; k++) {
    const depth = random(8);
    const [value, path] = randomValue(random, depth, promise);
    assertEquals(promiseIn(value), path.replace(/^\./, ""), `seed ${SEED}`);
    assertEquals(promiseIn(randomValue(random, depth, null)[0]), null);
  }
  const circle: Record<string, unknown> = { a: [1] };
  circle.self = { circle };
  assertEquals(promiseIn(circle), null);
  circle.b = [circle, promise];
  assertEquals(promiseIn(circle), "b[1]");
  assertEquals(promiseIn({ then: 1 }), null);
});
