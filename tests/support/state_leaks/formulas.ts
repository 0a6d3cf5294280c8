/**
 * Formulas that try to keep something of a job for the next one. Each tells what it finds that another job has left,
 * and leaves the Params of its own, a number; a fresh process finds nothing.
 */
import { FREE, MEMBERS } from "../../../mod/formula/realm/permits.ts";
import type { Random } from "../random_numbers.ts";

/** A formula with the files that it imports. */
export interface KeepingFormula {
  /** What it tries, for messages. */
  name: string;
  /** Name of its own file. */
  file: string;
  /** Texts by name. */
  files: Record<string, string>;
  /** Whether its result is a file of columns. */
  columns: boolean;
}

/** What a formula's own modules may hold a value by: `holders.txt`. */
interface Holder {
  name: string;
  code: string;
  read: string;
  leave: string;
  files: Record<string, string>;
}

async function textOf(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(name, import.meta.url));
}

const HOLDERS: readonly Holder[] = (await textOf("holders.txt")).split(/^# /m).slice(1)
  .map((entry) => {
    const [name, ...lines] = entry.trimEnd().split("\n") as [string, ...string[]];
    const [own = "", ...others] = lines.join("\n").split(/^@ /m);
    const part = (sign: string) =>
      own.split("\n").filter((line) => line.startsWith(`${sign} `)).map((line) => line.slice(2));
    return {
      name,
      code: own.split("\n").filter((line) => !/^[?=] /.test(line)).join("\n").trim(),
      read: part("?").join(),
      leave: part("=").join(),
      files: Object.fromEntries(others.map((file) => {
        const [path, ...text] = file.split("\n") as [string, ...string[]];
        return [path, text.join("\n")];
      })),
    };
  });

/** Entries of a list, one a line below its title. */
async function listOf(name: string): Promise<string[]> {
  return (await textOf(name)).trim().split("\n").slice(2);
}

/** Ways to keep a value at a place. */
const WAYS = (await listOf("ways.txt")).map((line) => line.split(" ← ") as [string, string]);

/** Objects that no global names. */
const HIDDEN: Readonly<Record<string, string>> = {
  "%TypedArray%": "Object.getPrototypeOf(Int8Array)",
  "%ArrayIterator%": "Object.getPrototypeOf([].keys())",
  "%MapIterator%": "Object.getPrototypeOf(new Map().keys())",
  "%SetIterator%": "Object.getPrototypeOf(new Set().keys())",
  "%StringIterator%": "Object.getPrototypeOf('a'[Symbol.iterator]())",
  "%RegExpStringIterator%": "Object.getPrototypeOf('a'.matchAll(/a/g))",
  "%WrapForValidIterator%": "Object.getPrototypeOf(Iterator.from({ next() {} }))",
  "%IteratorHelper%": "Object.getPrototypeOf([].keys().take(1))",
  "%SegmentIterator%": "Object.getPrototypeOf(new Intl.Segmenter().segment('')[Symbol.iterator]())",
  "%Segments%": "Object.getPrototypeOf(new Intl.Segmenter().segment(''))",
  "%URLSearchParamsIterator%": "Object.getPrototypeOf(new URLSearchParams().keys())",
  "%AsyncFunction%": "({ prototype: Object.getPrototypeOf(async () => {}) })",
  "%GeneratorFunction%": "({ prototype: Object.getPrototypeOf(function* () {}) })",
  "%Generator%": "Object.getPrototypeOf(function* () {}).prototype",
  "%AsyncGeneratorFunction%": "({ prototype: Object.getPrototypeOf(async function* () {}) })",
  "%AsyncGenerator%": "Object.getPrototypeOf(async function* () {}).prototype",
  "%AsyncIterator%":
    "Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}).prototype)",
  "%AbstractModuleSource%": "Object.getPrototypeOf(WebAssembly.Module)",
};

/** A key as an expression. */
function keyOf(member: string): string {
  return member.startsWith("@@") ? `Symbol.${member.slice(2)}` : JSON.stringify(member);
}

/** Objects of the realm: owners of its list, their members, and the functions of their accessors. */
function* realmPlaces(): Generator<string> {
  yield* FREE.filter((name) => /^[a-z]/.test(name) && name !== "undefined");
  for (const [owner, members] of MEMBERS) {
    const [first, ...rest] = owner.split(".") as [string, ...string[]];
    if (first.startsWith("%") && HIDDEN[first] === undefined) continue;
    const at = [HIDDEN[first] ?? first, ...rest].join(".");
    yield at;
    for (const member of members) {
      if (member.startsWith("?")) continue;
      yield `${at}[${keyOf(member)}]`;
      const property = `Object.getOwnPropertyDescriptor(${at}, ${keyOf(member)})`;
      yield* [`${property}.get`, `${property}.set`];
    }
  }
}

const OF_REALM = [...realmPlaces()];
const OTHERS = await listOf("places.txt");

/** What formulas of places have beside. */
const TOOLS = `
const mark = Symbol.for("kept");
const weak = new WeakMap(), known = new WeakSet();
const deep = () => 1 + deep();
const refused = () => { throw new TypeError("refused"); };
class Same { constructor(value) { return value; } }
class Stamp extends Same {
  #kept;
  static of(value) { return #kept in value ? value.#kept : null; }
  static leave(value, kept) { new Stamp(value).#kept = kept; }
}
const printed = () => {
  const found = [];
  for (const name of ["Deno.customInspect", "nodejs.util.inspect.custom"]) {
    const note = (one) => found.push(one, ...Object.values(Object(one)));
    console.log({ [Symbol.for(name)](...args) { args.forEach(note); } });
  }
  return found.filter((one) => Object(one) === one);
};`;

/** What is kept is a number from here on, which nothing else is. */
export const LEAST_KEPT = 7_000_000;

/** What all formulas have. */
const COMMON = `
const tag = (texts) => texts;
const caught = (step) => {
  try { return step(); } catch (thrown) { return thrown; }
};`;

const LIBRARY: Readonly<Record<string, readonly string[]>> = {
  fft: ["fft", "rfft", "spectrum"],
  groups: ["groupBy"],
  statistics: ["max", "median", "quantiles", "standardDeviation", "sum"],
  windows: ["hann"],
};

/** Imports of what of the library a text names. */
function importsFor(text: string): string {
  return Object.entries(LIBRARY).map(([module, names]) => {
    const used = names.filter((name) => new RegExp(`(?<![\\w.])${name}\\(`).test(text));
    return used.length ? `import { ${used.join(", ")} } from "measuring/${module}";\n` : "";
  }).join("");
}

/** Statements that put into \`found\` what was there before, and leave \`v\`. */
function swap(read: string, leave: string): string {
  return `const was = ${read};\n${leave ? `  ${leave};\n` : ""}`;
}

/** The same, with what is thrown by each of both. */
function guarded(read: string, leave: string): string {
  return `let was, failed = [];
  try { was = ${read}; } catch (thrown) { failed.push(String(thrown?.name)); }
  try { ${leave}; } catch (thrown) { failed.push(String(thrown?.name)); }\n`;
}

const COMBINE = "export const combine = (a, b) => a ?? b;\n";

/** Where in a job a holder is read and written: the exports of a formula that does so. */
const SHAPES: Readonly<Record<string, (holder: Holder, wait: string) => string>> = {
  "in chunk": ({ read, leave }, wait) =>
    `export const chunk = ${wait}(c, { params: v }) => {
  ${swap(read, leave)}  return was ?? null;
};\n${COMBINE}`,
  "in a function chunk": ({ read, leave }, wait) =>
    `export ${wait}function chunk(c, { params: v }) {
  ${swap(read, leave)}  return was ?? null;
}\n${COMBINE}`,
  "in map": ({ read, leave }, wait) =>
    `export const map = ${wait}(c, { params: v }) => {
  ${swap(read, leave)}  return { found: [String(was ?? "nothing")] };
};\n`,
  "in aggregate": ({ read, leave }, wait) =>
    `export const chunk = () => 1;\n${COMBINE}
export ${wait}function aggregate(total, { params: v }) {
  ${swap(read, leave)}  return was ?? null;
}\n`,
  "in main": ({ read, leave }, wait) =>
    `export ${wait}function main(frame, { params: v }) {
  ${guarded(read, leave)}  return { found: was ?? null, failed };
}\n`,
  "in a part of main": ({ read, leave }, wait) =>
    `export const partOfMain = ${wait}(c, { params: v }) => {
  ${guarded(read, leave)}  return was ?? null;
};\nexport const mergeOfMain = (a, b) => a ?? b;
export const main = async (frame) => await frame.reduction(partOfMain, mergeOfMain);\n`,
  "when it is imported": ({ read, leave }) =>
    `const v = ${LEAST_KEPT} + Math.floor(Math.random() * 1e5);
let was, failed = [];
try { was = ${read}; } catch (thrown) { failed.push(String(thrown?.name)); }
try { ${leave}; } catch (thrown) { failed.push(String(thrown?.name)); }
export const main = () => ({ found: was ?? null, failed });\n`,
  "when its result is written": ({ read, leave }, wait) =>
    wait ? SHAPES["in main"]!({ read, leave } as Holder, wait) : `
export const main = (frame, { params: v }) => {
  let told;
  const look = () => {
    ${guarded(read, leave)}    return { found: was ?? null, failed };
  };
  return { get found() { return told ??= look(); } };
};\n`,
  "after its reply": ({ read, leave }, wait) =>
    `export const main = async (frame, { params: v }) => {
  let was, failed = [];
  try { was = ${read}; } catch (thrown) { failed.push(String(thrown?.name)); }
  Promise.resolve().then(() => {}).then(${wait}() => ${
      leave ? `{ ${leave}; }` : "{}"
    }).catch(() => {});
  return { found: was ?? null, failed };
};\n`,
};

const ENDINGS = ["js", "mjs", "ts", "mts"];

/** How many holders there are. */
export const HOLDER_COUNT = HOLDERS.length;

/** Places that one formula tries. */
const PLACES_OF_ONE = 8;

/** A formula of an index: each holder comes first, then places at random, with a holder here and there. */
export function keepingFormula(index: number, random: Random): KeepingFormula {
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const file = `work.${pick(ENDINGS)}`;
  if (index >= HOLDERS.length && random(3) > 0) return placesFormula(file, pick);
  const holder = HOLDERS[index] ?? pick(HOLDERS);
  const shape = pick(Object.keys(SHAPES));
  const wait = /\bawait\b/.test(holder.read + holder.leave) ? "async " : "";
  const exports = SHAPES[shape]!(holder, wait);
  const code = `${holder.code}\n${exports}`;
  const tools = /\b(tag|caught)\b/.test(code) ? COMMON : "";
  const text = `${importsFor(code)}${tools}\n${code}`;
  const all = { ...holder.files, [file]: text };
  return {
    name: `${holder.name}, ${shape} (${file})`,
    file,
    files: Object.fromEntries(
      Object.entries(all).map(([name, text]) => [name, text.replaceAll("FORMULA", file)]),
    ),
    columns: shape === "in map",
  };
}

function placesFormula(file: string, pick: <T>(list: readonly T[]) => T): KeepingFormula {
  const tried = Array.from({ length: PLACES_OF_ONE }, () => {
    const [read, leave] = pick(WAYS);
    return { place: pick(pick([OF_REALM, OTHERS])), read, leave };
  });
  const inMain = pick([true, false]);
  const tries = tried.map(({ place, read, leave }) =>
    `    look(() => ${place}, (t) => ${read}, (t) => ${leave}),`
  ).join("\n");
  const imports = ["fft", "filters", "fit", "groups", "interpolation", "statistics", "windows"]
    .map((name) => `import * as ${name} from "measuring/${name}";\n`).join("");
  const text = `${imports}${COMMON}${TOOLS}
const tries = (given, context) => {
  const v = context.params;
  const look = (place, read, leave) => {
    let found = null, failed = [];
    const note = (thrown) => void failed.push(String(thrown?.name));
    let t;
    try { t = place(); } catch (thrown) { note(thrown); }
    try { found = read(t) ?? null; } catch (thrown) { note(thrown); }
    const number = caught(() => Number(found?.v ?? found));
    return () => {
      try { leave(t); } catch (thrown) { note(thrown); }
      return { found: number >= ${LEAST_KEPT} ? number : null, failed };
    };
  };
  // Two places may be the same: all are looked at before anything is left.
  const looked = [
${tries}
  ];
  return looked.map((leave) => leave());
};
${
    inMain
      ? "export const chunk = () => 1;\nexport const main = (frame, context) => tries(frame, context);\n"
      : `export const chunk = (c, context) => tries(c, context);\n${COMBINE}`
  }`;
  return {
    name: tried.map(({ place, leave }) => `${place}: ${leave}`).join("\n  "),
    file,
    files: { [file]: text },
    columns: false,
  };
}
