import { assertEquals } from "@std/assert";
import { findImports } from "../../mod/engine/imports.ts";

const look = (code: string) => {
  const { stateless, lendable } = findImports(code)!;
  return { stateless, lendable };
};

const KEEPS_NOTHING: Record<string, string> = {
  "a function": `export function map({ u }) { return { v: u.map((x) => 2 * x) }; }`,
  "a parameter of the name of a function": `export function chunk(chunk, context) {
    const { u } = chunk; let sum = 0; for (const x of u) sum += x; return sum; }
    export const combine = (a, b) => a + b;`,
  "constants of numbers and texts": `const START = Date.UTC(2024, 4, 1), GAIN = 3 * Math.PI / 2;
    const NAME = \`u\${1}\`, NONE = -1;
    export const map = (chunk) => ({ v: chunk[NAME].map((x) => x === NONE ? NaN : GAIN * x + START) });`,
  "lists and records that are read": `const LIMITS = { low: 1, high: 2 }, STEPS = [1, 2, 3];
    const BANDS = [{ from: 0, to: 5 }, { from: 5, to: 10 }];
    export const map = ({ u }) => ({ v: u.map((x) => x > LIMITS.high ? STEPS[0] : STEPS.at(1)),
      w: u.map((x) => x < BANDS[0].to ? 1 : 0), m: Math.max(...STEPS) && u });
    export const keep = ["time"];
    export const filter = { time: { $gte: 3, $lt: Date.UTC(2024, 0, 1) } };
    export const overlap = { before: 2, after: 0 };`,
  "the library": `import { groupBy } from "measuring/groups"; import * as fft from "measuring/fft";
    import { hann } from "measuring/windows";
    const WINDOW = hann(1024);
    export const { chunk, combine, aggregate } = groupBy("unit").mean("u");
    export const map = ({ u }) => ({ v: fft.rfft(u).re, w: u.map((x, k) => x * WINDOW[k]) });`,
  "a class whose objects are made anew": `class Sum { total = 0; add(x) { this.total += x; } }
    export const chunk = ({ u }) => { const sum = new Sum(); for (const x of u) sum.add(x); return sum.total; };
    export const combine = (a, b) => a + b;`,
  "another file":
    `import { gain, scaled } from "./calibration.js"; import table from "./table.json" with { type: "json" };
    export const map = ({ u }) => ({ v: scaled(u), w: u.map((x) => x * gain * table.factor) });
    export { chunk } from "./other.js";`,
  "a local of the name of a global":
    `export const map = ({ u }) => { const self = u, top = 3; return { self, top: u.map(() => top) }; };`,
};

const KEEPS_SOMETHING: Record<string, string> = {
  "a variable": `let calls = 0; export const map = ({ u }) => ({ v: u.map(() => calls++) });`,
  "an old variable": `var calls = 0; export const map = ({ u }) => ({ v: u.map(() => calls++) });`,
  "a list that grows":
    `const seen = []; export const map = ({ u }) => { seen.push(u); return { u }; };`,
  "a list by a method that is not known":
    `const seen = [1, 2]; export const map = ({ u }) => { seen.sort(); return { u }; };`,
  "a list by a function that it is given to":
    `const seen = [1, 2]; const count = (x, i, all) => all[0]++; export const map = ({ u }) => { seen.forEach(count); return { u }; };`,
  "an array of the library's that is filled":
    `import { hann } from "measuring/windows"; const w = hann(8);
    export const map = ({ u }) => { w.fill(u[0]); return { u }; };`,
  "an array of the library's by a function that it is given to":
    `import { hann } from "measuring/windows"; const w = hann(8);
    export const map = ({ u }) => { w.forEach((x, i, all) => all[i]++); return { u }; };`,
  "an array of the library's by a method that is not told":
    `import { hann } from "measuring/windows";
    const w = hann(8); export const map = ({ u }) => { w["fi" + "ll"](1); return { u }; };`,
  "a part of an array of the library's that is returned":
    `import { hann } from "measuring/windows"; const w = hann(8);
    export const map = ({ u }) => ({ w: w.subarray(0, u.length) });`,
  "a record that is written":
    `const state = { n: 0 }; export const map = ({ u }) => { state.n++; return { u }; };`,
  "a nested record that gets out":
    `const state = { at: { n: 0 } }; export const map = ({ u }) => { const { at } = state; at.n++; return { u }; };`,
  "a nested record by an alias":
    `const state = [{ n: 0 }]; export const map = ({ u }) => { const first = state[0]; first.n++; return { u }; };`,
  "a record that is returned":
    `const empty = { n: 0 }; export const chunk = () => empty; export const combine = (a, b) => { a.n += b.n; return a; };`,
  "a record that is handed on":
    `const state = { n: 0 }; const count = (it) => it.n++; export const map = ({ u }) => { count(state); return { u }; };`,
  "a map":
    `const seen = new Map(); export const map = ({ u }) => { seen.set(1, u); return { u }; };`,
  "a member of a function":
    `export function map({ u }) { map.calls = (map.calls ?? 0) + 1; return { u }; }`,
  "a function that is assigned":
    `function step() {} export const map = ({ u }) => { step = () => u; return { u }; };`,
  "a static field":
    `class Count { static n = 0; } export const map = ({ u }) => { Count.n++; return { u }; };`,
  "a static block": `class Count { static { this.n = 0; } } export const map = ({ u }) => ({ u });`,
  "a class by its objects":
    `class A {} export const map = ({ u }) => { new A().constructor.n = u; return { u }; };`,
  "a class by a pattern":
    `class A {} export const map = ({ u }) => { const { constructor: it } = new A(); it.n = u; return { u }; };`,
  "a record that is written by patterns":
    `const state = { n: 0 }; export const map = ({ u }) => { ({ a: state.n } = { a: u }); [state.n] = u; return { u }; };`,
  "a prototype": `class A {} export const map = ({ u }) => { A.prototype.n = u; return { u }; };`,
  "a pattern with a place":
    `const WORD = /a/g; export const map = ({ s, u }) => ({ u: u.map((_, k) => WORD.test(s[k]) ? 1 : 0) });`,
  "a closure":
    `const next = (() => { let n = 0; return () => n++; })(); export const map = ({ u }) => ({ v: u.map(next) });`,
  "a generator":
    `const numbers = (function* () { yield 1; })(); export const map = ({ u }) => ({ v: u.map(() => numbers.next().value) });`,
  "the global object":
    `export const map = ({ u }) => { globalThis.n = (globalThis.n ?? 0) + 1; return { u }; };`,
  "a global that is written":
    `export const map = ({ u }) => { Error.stackTraceLimit = 3; return { u }; };`,
  "a timer": `export const map = ({ u }) => { setInterval(() => {}, 1); return { u }; };`,
  "a channel": `export const map = ({ u }) => { new MessageChannel(); return { u }; };`,
  "code from text": `export const map = ({ u }) => { eval("1"); return { u }; };`,
  "what import.meta may carry":
    `export const map = ({ u }) => { import.meta.n = u; return { u }; };`,
  "an import at run time":
    `export const map = async ({ u }) => { await import("./a.js"); return { u }; };`,
  "a statement of its own":
    `const table = [1]; table[0] = Math.random(); export const map = ({ u }) => ({ u });`,
  "a list from another file":
    `import { seen } from "./seen.js"; export const map = ({ u }) => { seen.push(u); return { u }; };`,
  "a window of the library that is written":
    `import { hann } from "measuring/windows"; const w = hann(8);
    export const map = ({ u }) => { w[0] = u[0]; return { u }; };`,
};

Deno.test("a module that keeps nothing from call to call is known as such", () => {
  for (const [what, code] of Object.entries(KEEPS_NOTHING)) {
    assertEquals(look(code), { stateless: true, lendable: true }, what);
  }
});

Deno.test("a module that may keep something is never taken for one that doesn't", () => {
  for (const [what, code] of Object.entries(KEEPS_SOMETHING)) {
    assertEquals(look(code), { stateless: false, lendable: false }, what);
  }
});

Deno.test("a call that goes on after it returned, or looks at a buffer, is lent nothing", () => {
  const codes = [
    `export const map = async ({ u }) => ({ u });`,
    `export const map = ({ u }) => Promise.resolve({ u });`,
    `export const map = ({ u }) => ({ v: new Float32Array(u.buffer) });`,
    `export const map = ({ u: { buffer } }) => ({ v: new Float32Array(buffer) });`,
    `const later = async (u) => { await null; u[0] = 1; };
     export const map = ({ u }) => { later(u); return { v: u.slice() }; };`,
  ];
  for (const code of codes) assertEquals(look(code), { stateless: true, lendable: false }, code);
});

Deno.test("what main awaits is no rows: its chunks are lent arrays", () => {
  assertEquals(
    look(
      `export const part = ({ u }) => u.length; export const add = (a, b) => a + b;
       export async function main(frame) { return await frame.reduction(part, add); }`,
    ),
    { stateless: true, lendable: true },
  );
});
