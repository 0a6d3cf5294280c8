/** Which modules are written in the language that can keep nothing, and which are not. */
import { assertEquals } from "@std/assert";
import { findImports } from "../../mod/engine/snapshot/imports.ts";

function isPlain(code: string): boolean {
  const found = findImports(code);
  if ("message" in found) throw new Error(`${found.message}: ${code}`);
  return found.plain;
}

const PLAIN: Record<string, string> = {
  "a loop": `export function map({ u, i }) {
    const power = new Float64Array(u.length);
    for (let row = 0; row < power.length; row++) power[row] = u[row] * i[row];
    return { power };
  }`,
  "a sum of numbers and what is no number for sure": `export function chunk(columns, { params }) {
    const values = columns[params.column];
    let sum = 0, rows = 0;
    for (const value of values) { if (Number.isNaN(value)) continue; sum += value; rows++; }
    return { rows, sum };
  }
  export const combine = (a, b) => ({ rows: a.rows + b.rows, sum: a.sum + b.sum });`,
  "an index that is worked out": `export function map({ u }) {
    const out = new Float64Array(u.length);
    const put = (at, value) => { out[+at] = value; };
    for (let row = 1; row < u.length; row += 2) {
      let k = row - 1;
      k = Math.max(0, k);
      out[row] = out[k + 1] + u[-(-k)];
      put(k, 1);
    }
    out.fill(2, 0, 1);
    return { out, first: u.subarray(0, u.length) };
  }`,
  "constants and tables":
    `const START = Date.UTC(2024, 4, 1), GAIN = 3 * Math.PI / 2, NAME = \`u\${1}\`;
    const LIMITS = { low: 1, high: [2, 3] }, STEPS = [1, 2, 3];
    export const map = ({ u }) => ({ v: u.map((x) => x > LIMITS.high[0] ? STEPS[0] : GAIN * x + START) });
    export const keep = ["time"];
    export const overlap = { before: 2, after: 0 };
    export const filter = { time: { $gte: 3, $lt: Date.UTC(2024, 0, 1) } };`,
  "the library":
    `import { hann } from "measuring/windows"; import { movingMean, windowOverlap } from "measuring/filters";
    import { groupBy } from "measuring/groups"; import { rfft } from "measuring/fft";
    const WINDOW = hann(1024);
    export const overlap = windowOverlap(9);
    export const { chunk, combine, aggregate } = groupBy("unit").mean("u");
    export const spectra = ({ u }) => ({ v: movingMean(u, 9).map((x, k) => x * WINDOW[k % WINDOW.length]), re: rfft(u).re });`,
  "main": `import { spectrum } from "measuring/fft";
    export async function main(frame, { params }) { return spectrum(await frame.column("u"), params.rate); }`,
  "another file":
    `import { gain } from "./gain.js"; export { combine } from "./sums.js"; export * from "./more.js";
    export function chunk({ u }) { let s = 0; for (const x of u) s += gain(x); return s; }`,
  "switch, while, errors, patterns with defaults":
    `export function map({ u, kind = 3 }, { params: { mode = "a", list: [first = 1] = [] } = {} }) {
    const out = new Float32Array(u.length);
    let k = 0;
    switch (mode) { case "a": { k = 1; break; } default: throw new RangeError("mode " + mode); }
    while (k < u.length) { out[k++] = first ** 2; }
    do { k--; } while (k > 0);
    return { out, kind: u.map(() => kind) };
  }`,
};

const OTHER: Record<string, string> = {
  "a variable outside of functions":
    `let calls = 0; export const map = ({ u }) => ({ v: u.map(() => calls++) });`,
  "an old variable outside of functions": `var calls = 0; export const map = ({ u }) => ({ u });`,
  "an old variable in a function": `export const map = ({ u }) => { var v = u; return { v }; };`,
  "a list that grows":
    `const seen = []; export const map = ({ u }) => { seen.push(u); return { u }; };`,
  "a list by a call that is optional":
    `const list = []; export function chunk(c) { (list?.push)(1); return list.length; }`,
  "a list in a table":
    `const T = { seen: [] }; export const map = ({ u }) => { T.seen[0] = u; return { u }; };`,
  "a list in a table, by a method":
    `const T = { seen: [] }; export const map = ({ u }) => { T.seen.push(u); return { u }; };`,
  "a member of a function":
    `export const chunk = function chunk(c) { chunk.offset ??= c.u[0]; return chunk.offset; };`,
  "a member of a function, by a computed name":
    `const f = () => 1; export const chunk = (c) => { f["u"] = c.u; return 1; };`,
  "a property of a fresh array":
    `export function chunk(c) { const out = new Float64Array([0]); out.samples = c.u; return out; }`,
  "a property of a fresh array, by a text":
    `export function chunk(c, { params }) { const out = new Float64Array([0]); out[params.key] = c.u; return out; }`,
  "a property by a name that hides a number":
    `export function chunk(c) { const k = 0; const out = new Float64Array(1);
    { const put = () => { out[k] = c.u; }; const k = "samples"; put(); } return out; }`,
  "a property by a name of another case":
    `export function chunk(c) { const k = 0; const out = new Float64Array(1);
    switch (c.u[0]) { case 0: const put = () => { out[k] = c.u; }; const k = "samples"; put(); } return out; }`,
  "a property by a parameter that hides a number":
    `export function chunk(c) { const k = 0; const out = new Float64Array(1);
    const put = (f = () => { out[k] = c.u; }, k = "samples") => f(); put(); return out; }`,
  "a property by a variable that becomes a text":
    `export function chunk(c) { let k = 0; const out = new Float64Array(1); k += "samples"; out[k] = c.u; return out; }`,
  "a property by a big integer":
    `export const int64 = "bigint"; export function chunk(c) { const out = new Float64Array(1); out[-c.n[0]] = c.u; return out; }`,
  "a property of a map":
    `export function chunk(c) { const m = new Map(); m.samples = c.u; return m; }`,
  "the buffer of an array": `export const map = ({ u }) => { const b = u.buffer; return { u }; };`,
  "the buffer by a pattern":
    `export const map = ({ u }) => { const { buffer } = u; return { u }; };`,
  "the buffer by a computed name":
    `export const map = ({ u }, { params }) => { const b = u[params.name]; return { u }; };`,
  "a constructor": `export const map = ({ u }) => ({ v: u.constructor.from(u) });`,
  "the chunk of another call":
    `export const map = ({ u }) => chunk(u); export const chunk = (c) => c["buffer"];`,
  "an array that is changed": `export const map = ({ u }) => { u[0] = 1; return { u }; };`,
  "an array that is changed by a method":
    `export const map = ({ u }) => { u.fill(1); return { u }; };`,
  "an array of the library that is returned":
    `import { hann } from "measuring/windows"; const w = hann(8); export const map = ({ u }) => ({ w });`,
  "an array of the library by a part of it":
    `import { hann } from "measuring/windows"; const w = hann(8); export const map = ({ u }) => ({ v: w.subarray(1) });`,
  "an array of another file that is returned":
    `import { w } from "./windows.js"; export const map = ({ u }) => ({ w });`,
  "a number that is drawn": `const seed = Math.random(); export const chunk = () => seed;`,
  "a number of a function of the formula's own":
    `const draw = () => Math.random(); const seed = draw(); export const chunk = () => seed.length;`,
  "an iterator":
    `import { hann } from "measuring/windows"; const it = hann(8).keys(); export const chunk = () => it.next().value;`,
  "a class": `class C { static n = 0; } export const chunk = () => ++C.n;`,
  "this": `export function chunk(c) { return this; }`,
  "a generator": `export const chunk = function* () { yield 1; };`,
  "what waits in a call": `export const map = async ({ u }) => { await null; return { u }; };`,
  "a promise beside main":
    `export const main = async (frame) => { const f = async () => 1; f(); return 1; };`,
  "a timer": `export const map = ({ u }) => { setTimeout(() => u[0], 5); return { u }; };`,
  "the console": `export const map = ({ u }) => { console.log(u); return { u }; };`,
  "a tagged text": "export const map = ({ u }) => { const f = (t) => t; f`x`; return { u }; };",
  "a pattern of text": `export const map = ({ u }) => { const r = /a/g; return { u }; };`,
  "a getter": `export const map = ({ u }) => ({ get u() { return u; } });`,
  "a prototype": `export const map = ({ u }) => ({ __proto__: u });`,
  "an import that is called": `export const map = async () => { await import("./a.js"); };`,
  "a namespace": `import * as fft from "measuring/fft"; export const map = ({ u }) => ({ u });`,
  "JSON": `import t from "./t.json" with { type: "json" }; export const map = ({ u }) => ({ u });`,
  "a default export": `export default ({ u }) => ({ u });`,
  "Reflect": `export const map = ({ u }) => { Reflect.set(u, "x", 1); return { u }; };`,
  "with a name of a global that is its own":
    `export const map = ({ u }, { Math }) => ({ v: Math.abs(u) });`,
  "catch": `export const map = ({ u }) => { try { u[0]; } catch { } return { u }; };`,
  "deep nesting": `export const map = ({ u }) => ({ v: ${"(".repeat(20_000)}u${
    ")".repeat(20_000)
  } });`,
};

Deno.test("formulas of loops, arithmetic and library calls are plain", () => {
  for (const [name, code] of Object.entries(PLAIN)) assertEquals(isPlain(code), true, name);
});

Deno.test("formulas that might keep state or change their arguments are not plain", () => {
  for (const [name, code] of Object.entries(OTHER)) {
    const found = findImports(code);
    assertEquals("message" in found ? false : found.plain, false, name);
  }
});

Deno.test("a formula that uses a name of Object.prototype can be read", () => {
  const found = findImports(`export const map = ({ u }) => ({ v: toString.call(u) });`);
  assertEquals("message" in found ? found.message : found.plain, false);
});

Deno.test("no part of a plain formula can be replaced by a name of the realm that is not allowed", () => {
  const names = [
    "globalThis",
    "self",
    "Deno",
    "Object",
    "Reflect",
    "Promise",
    "Map",
    "WeakMap",
    "eval",
  ];
  for (
    const name of [...names, "Function", "Proxy", "Symbol", "crypto", "performance", "console"]
  ) {
    const code = `export const map = ({ u }) => { const v = ${name}; return { u }; };`;
    assertEquals(isPlain(code), false, name);
  }
});
