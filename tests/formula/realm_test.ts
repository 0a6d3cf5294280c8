/** What a formula can reach is what the list of the realm allows, and none of what is shared can be changed. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { FREE, MEMBERS } from "../../mod/formula/realm/permits.ts";
import { job } from "../support/fixtures.ts";
import { bothWays, startServer, tempDir } from "../support/harness.ts";

/** Rows of a partition at least, so that a thread is given several. */
const PARTITION = 1 << 16;
const PARTITIONS = 6;

/** What the host gives beside the language. */
const HOST: Readonly<Record<string, string>> = {
  console:
    "assert clear count countReset debug dir dirxml error group groupCollapsed groupEnd info log " +
    "table time timeEnd timeLog trace warn",
  crypto: "getRandomValues randomUUID subtle",
  performance: "now",
  Deno: "build errors exit lstat lstatSync readDirSync readFile readFileSync readTextFile " +
    "readTextFileSync stat statSync",
};

/** Names of functions of the host. */
const HOST_FUNCTIONS = [
  ...["setTimeout", "setInterval", "clearTimeout", "clearInterval"],
  ...["close", "postMessage", "eval", "globalThis", "self"],
  // It does nothing: the host calls it for what is thrown outside of calls.
  "dispatchEvent",
];

/** What is shared beside all that: by its members. */
const OTHERS = [
  ...Object.values(HOST),
  // crypto.subtle
  "decrypt deriveBits deriveKey digest encrypt exportKey generateKey importKey sign unwrapKey " +
  "verify wrapKey",
  // Deno.build
  "os",
  // ServiceError
  "from fromRecord length name prototype",
  "constructor toRecord",
  // Frame
  "column columns constructor files input mapPartitions reduction seconds",
  // a template's texts, and its raw ones
  "0 1 length raw",
  "0 1 length",
];

/** Names that some host has, beside those of this process. */
const NAMES = [
  ...["process", "Buffer", "global", "require", "module", "exports", "__filename", "__dirname"],
  ...["window", "document", "frames", "parent", "top", "opener", "external", "chrome", "browser"],
  ...["setImmediate", "clearImmediate", "requestAnimationFrame", "requestIdleCallback"],
  ...["XMLHttpRequest", "SharedWorker", "ServiceWorker", "WorkerGlobalScope", "importScripts"],
  ...["DedicatedWorkerGlobalScope", "WorkerNavigator", "WorkerLocation", "IDBFactory", "indexedDB"],
  ...[
    "RTCPeerConnection",
    "Notification",
    "Image",
    "Audio",
    "Option",
    "Element",
    "Node",
    "Atomics",
  ],
  ...["MutationObserver", "ResizeObserver", "AudioContext", "OffscreenCanvas", "ShadowRealm"],
  ...["Bun", "Iterator", "AsyncIterator", "AsyncFunction", "GeneratorFunction", "WeakRef", "gc"],
  ...["FinalizationRegistry", "SuppressedError", "Temporal", "Float16Array", "DisposableStack"],
  ...["AsyncContext", "ModuleSource", "Compartment", "Tuple", "Record", "StructType", "Observable"],
  ...["scheduler", "navigation", "cookieStore", "trustedTypes", "crossOriginIsolated", "origin"],
  ...["primordials", "internals", "internalBinding", "bootstrap", "__bootstrap", "core", "ops"],
  ...["print", "read", "load", "version", "quit", "d8", "Realm", "performance", "testRunner"],
  ...["DenoNamespace", "_error_", "webidl", "parentPort", "workerData", "threadId", "isMainThread"],
  ...["onmessage", "onmessageerror", "postMessage", "close", "self", "eval", "globalThis"],
];

/** What must be nowhere, as expressions that are undefined or throw. */
const ABSENT = [
  ...["navigator", "navigator.gpu", "GPU", "GPUAdapter", "GPUDevice", "GPUBuffer", "WebGPU"],
  ...[
    "performance.mark",
    "performance.measure",
    "performance.getEntries",
    "performance.timeOrigin",
  ],
  ...["performance.getEntriesByName", "performance.getEntriesByType", "performance.clearMarks"],
  ...["PerformanceObserver", "PerformanceMark", "PerformanceEntry"],
  ..."$1 $2 $3 $4 $5 $6 $7 $8 $9 $_ input lastMatch lastParen leftContext rightContext".split(" ")
    .map((name) => `RegExp.${name}`),
  ...["RegExp['$&']", "RegExp['$+']", "RegExp['$`']", `RegExp["$'"]`, "RegExp['$*']"],
  ..."cwd execPath mainModule pid ppid args env hostname uid gid version noColor".split(" ")
    .map((name) => `Deno.${name}`),
  ..."watchFs Command run kill open openSync create createSync permissions exitCode".split(" ")
    .map((name) => `Deno.${name}`),
  ..."FsFile stdin stdout stderr chdir umask memoryUsage systemMemoryInfo loadavg".split(" ")
    .map((name) => `Deno.${name}`),
  ..."flock flockSync lock connect listen serve dlopen inspect internal core test bench".split(" ")
    .map((name) => `Deno.${name}`),
  ..."readDir readLink readLinkSync realPath realPathSync makeTempDir writeFile copyFile".split(" ")
    .map((name) => `Deno.${name}`),
  ..."symlink link utime truncate rename remove mkdir chmod chown openKv cron".split(" ")
    .map((name) => `Deno.${name}`),
  ...["Deno.resources", "Deno.metrics", "Deno.addSignalListener", "Deno[Deno.internal]"],
  ...["Worker", "SharedWorker", "MessageChannel", "MessagePort", "BroadcastChannel", "EventTarget"],
  ...["addEventListener", "onmessage", "onerror", "reportError", "fetch", "Request", "Response"],
  ...["WebSocket", "EventSource", "WebTransport", "caches", "localStorage", "sessionStorage"],
  ...[
    "WeakRef",
    "FinalizationRegistry",
    "Atomics.waitAsync",
    "URL.createObjectURL",
    "Blob",
    "File",
  ],
  ...["WebAssembly.compileStreaming", "WebAssembly.instantiateStreaming", "WebAssembly.Suspending"],
  ...["WebAssembly.promising", "Error.prepareStackTrace", "new Error().getThis", "({}).__proto__"],
  ...["(() => {}).caller", "(() => {}).arguments", "Function.prototype.caller", "ShadowRealm"],
  ...["eval('1')", "globalThis.eval('1')", "(0, eval)('1')", "Function('return 1')"],
  ...["new Function('return 1')", "Reflect.construct(Function, ['return 1'])"],
  ...["new (class extends Function {})('return 1')", "Function.call(null, 'return 1')"],
  ...["function () {}", "async function () {}", "function* () {}", "async function* () {}"]
    .flatMap((kind) => [
      `(${kind}).constructor('return 1')`,
      `new ((${kind}).constructor)('return 1')`,
      `Object.getPrototypeOf(${kind}).constructor('return 1')`,
    ]),
  ...["(class {}).constructor('return 1')", "(() => {}).bind().constructor('return 1')"],
  ...["({ m() {} }).m.constructor('return 1')", "Map.constructor('return 1')"],
  ...["Object.getPrototypeOf((async () => {}).constructor)('return 1')"],
  ...["Object.getPrototypeOf((function* () {}).constructor)('return 1')"],
  ...["setTimeout('1')", "setInterval('1')", "(function () { return this; })()"],
  ...["[1].map(function () { return this; })[0]", "Reflect.apply(function () { return this; })"],
  ...["({ get g() { return this; } }, Reflect.get({ get g() { return this; } }, 'g', undefined))"],
];

/** Words that are no names. */
const RESERVED = ["await", "enum", "implements", "interface", "package", "static"];

/** Global names of this process, with those that it inherits. */
function ownNames(): string[] {
  const names: string[] = [];
  for (let each: object = globalThis; each; each = Object.getPrototypeOf(each)) {
    names.push(...Object.getOwnPropertyNames(each));
  }
  return names;
}

/** The module that looks for names. */
function probesText(): string {
  const names = new Set([
    ...ownNames(),
    ...NAMES,
    ...FREE,
    ...MEMBERS.keys(),
    ...Object.keys(HOST),
  ]);
  const probes = [...names].filter((name) => /^[\w$]+$/.test(name) && !RESERVED.includes(name))
    .map((name) => `  [${JSON.stringify(name)}, () => ${name}],`);
  const absences = ABSENT.map((text) => `  [${JSON.stringify(text)}, () => ${text}],`);
  return `export const probes = [\n${probes.join("\n")}\n];\n` +
    `export const absences = [\n${absences.join("\n")}\n];\n`;
}

async function writeData(folder: string): Promise<void> {
  const rows = PARTITION * PARTITIONS;
  const each = <T>(value: (row: number) => T) =>
    Array.from({ length: rows }, (_, row) => value(row));
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "u", data: Float64Array.from({ length: rows }, (_, row) => row), type: "DOUBLE" },
      { name: "unit", data: each((row) => `unit ${row % 3}`), type: "STRING" },
      { name: "n", data: each((row) => row % 5 ? row : null), type: "INT32", nullable: true },
      { name: "ok", data: each((row) => row % 2 === 0), type: "BOOLEAN" },
      { name: "big", data: each((row) => BigInt(row)), type: "INT64" },
      { name: "time", data: each((row) => new Date(row * 1000)), type: "TIMESTAMP" },
    ],
    rowGroupSize: PARTITION,
  });
  await Deno.writeFile(join(folder, "time_series.parquet"), new Uint8Array(buffer));
}

interface Walk {
  problems: string[];
  shared: number;
  repeated: number;
  names: string[];
  owners: [name: string, keys: string[]][];
  others: [path: string, members: string][];
  there: string[];
}

/** What a global name of the list is; members of prototypes of the global object are names, too. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...[...MEMBERS.keys()].filter((name) => !/[.%]/.test(name)),
  ...MEMBERS.get("Object.prototype")!,
  ...FREE,
  ...Object.keys(HOST),
  ...HOST_FUNCTIONS,
]);

function sorted(text: string): string {
  return text.split(" ").sort().join(" ");
}

for (const way of bothWays) {
  Deno.test(`a formula reaches only what is listed, and can't change it [${way.name}]`, async (t) => {
    await using folder = await tempDir();
    const { path } = folder;
    await writeData(path);
    await Deno.writeTextFile(join(path, "probes.js"), probesText());
    await Deno.writeTextFile(join(path, "data.txt"), "a text");
    await Deno.copyFile(
      new URL("../support/realm_walk.txt", import.meta.url),
      join(path, "walk.js"),
    );
    await using server = await startServer(way, { root: path });
    const { Response } = await server.request(
      job(path, { File: "walk.js", Params: { owners: [...MEMBERS.keys()] } }),
    );
    assertEquals(Response.Status, "complete", JSON.stringify(Response));
    const walk = Response.Result as Walk;

    await t.step("all that is shared is unchangeable", () => {
      assertEquals(walk.problems, []);
      assert(walk.shared > 1300, `only ${walk.shared} objects were found`);
      assert(walk.repeated > 100, `calls had only ${walk.repeated} objects in common`);
    });
    await t.step("global names are those of the list", () => {
      assertEquals(walk.names.filter((name) => !ALLOWED.has(name)), []);
      for (const name of ["Map", "Deno", "console", "structuredClone", "Temporal", "NaN"]) {
        assert(walk.names.includes(name), `${name} was not found`);
      }
    });
    await t.step("members are those of the list", () => {
      const wrong = walk.owners.flatMap(([owner, keys]) =>
        keys.filter((key) => !isAllowed(owner, key)).map((key) => `${owner}: ${key}`)
      );
      assertEquals(wrong, []);
      const missing = [...MEMBERS.keys()].filter((name) =>
        !walk.owners.some(([owner]) => owner === name)
      );
      assertEquals(missing, [], "owners of the list that the walk did not look at");
    });
    await t.step("what else is shared is known", () => {
      const known = new Set(OTHERS.map(sorted));
      const unscopables = sorted(
        [...Reflect.ownKeys(Array.prototype[Symbol.unscopables])].join(" "),
      );
      const wrong = walk.others.filter(([path, members]) =>
        !known.has(members) && members !== unscopables &&
        !/^(self|globalThis|Deno\.errors)$|^context\./.test(path)
      );
      assertEquals(wrong, []);
    });
    await t.step("what must not be there is not", () => assertEquals(walk.there, []));
  });
}

/** Whether a member of an owner is on the list; functions have a few of their own. */
function isAllowed(owner: string, key: string): boolean {
  const ofFunction = ["length", "name", "prototype"].includes(key) && !owner.endsWith(".prototype");
  return ofFunction || MEMBERS.get(owner)!.has(key);
}
