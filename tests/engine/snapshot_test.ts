import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { restoreSnapshot } from "../../mod/engine/snapshot/restore_snapshot.ts";
import { takeSnapshot } from "../../mod/engine/snapshot/snapshot.ts";
import { ServiceError } from "../../mod/common/errors.ts";

async function withFiles(
  files: Record<string, string>,
  check: (folder: string, into: string) => Promise<void>,
): Promise<void> {
  const top = await Deno.realPath(await Deno.makeTempDir());
  try {
    const folder = join(top, "formulas");
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      await Deno.writeTextFile(path, text);
    }
    await check(folder, join(top, "copy"));
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

async function invalid(files: Record<string, string>, entry = "work.ts"): Promise<ServiceError> {
  let error!: ServiceError;
  await withFiles(files, async (folder, into) => {
    error = await assertRejects(() => takeSnapshot(join(folder, entry), into), ServiceError);
  });
  assertEquals(error.code, "FORMULA_INVALID");
  return error;
}

Deno.test("a snapshot runs with the files it imports: TypeScript, JavaScript and JSON", async () => {
  const files = {
    "work.ts": `import { twice } from "./lib/twice.ts";
import type { Unused } from "./lib/nowhere.ts";
import { half } from "./lib/half.mjs";
import table from "./table.json" with { type: "json" };
export const value: number = twice(table.factor) + half(1 as number);`,
    "lib/twice.ts":
      `import { two } from "../two.js"; export const twice = (x: number): number => two * x;`,
    "lib/half.mjs": `export { half } from "../two.js";`,
    "two.js": `export const two = 2, half = (x) => x / two;`,
    "table.json": `{ "factor": 10 }`,
  };
  await withFiles(files, async (folder, into) => {
    const { entry, sources } = await takeSnapshot(join(folder, "work.ts"), into);
    await Deno.remove(folder, { recursive: true });
    assertEquals((await import(entry)).value, 20.5);
    assertEquals(
      sources.map(([, name]) => name).sort(),
      ["lib/half.mjs", "lib/twice.ts", "table.json", "two.js", "work.ts"],
    );
  });
});

Deno.test("files with any name can be imported", async () => {
  const names = [
    "100%.ts",
    "a%20b.js",
    "no#1.mts",
    "what?.js",
    `it's "it".ts`,
    "back\\slash.js",
    "größe 日本 🜁.ts",
    "@home+,;=$&!~*().mjs",
    ".hidden/below.js",
    "..dots/..more.ts",
    '";globalThis.broken = true;".js',
  ];
  const files = Object.fromEntries(
    names.map((name, index) => [name, `export const value = ${index};`]),
  );
  const lines = names.map((name, index) =>
    `import { value as v${index} } from ${JSON.stringify(`./${name}`)};`
  );
  const values = names.map((_, index) => `v${index}`);
  files["work.ts"] = `${lines.join("\n")}\nexport const all = [${values}];`;
  await withFiles(files, async (folder, into) => {
    const { entry, sources, pack } = await takeSnapshot(join(folder, "work.ts"), into);
    const again = await restoreSnapshot(await pack(), join(folder, "work.ts"), `${into}-again`);
    await Deno.remove(folder, { recursive: true });
    for (const one of [entry, again.entry]) {
      assertEquals((await import(one)).all, names.map((_, index) => index));
    }
    assertEquals(sources.map(([, name]) => name).sort(), ["work.ts", ...names].sort());
  });
  assert(!("broken" in globalThis));
});

Deno.test("a file is either a module or JSON, whatever the import says", async () => {
  const evil = `import "npm:is-number@7";`;
  const texts = [
    `import a from "./evil.js" with { type: "json" };`,
    `import("./evil.js", { with: { type: "json" } }).catch(() => {}); import "./evil.js";`,
    `import("./evil.ts", {}); `,
    `import("./evil.js", { ["with"]: { type: "json" } });`,
    `const o = {}; import("./evil.json", o);`,
    `import("./evil.json", { with: {} });`,
    `import "./evil.json";`,
  ];
  for (const text of texts) {
    const files = { "evil.js": evil, "evil.ts": evil, "evil.json": evil };
    await invalid({ ...files, "work.js": text }, "work.js");
  }
});

Deno.test("a snapshot from elsewhere is checked as strictly", async () => {
  const module = (target: string, text: string, meta = false) => ({
    target,
    name: target,
    bytes: new TextEncoder().encode(text).toBase64(),
    meta,
  });
  const packs = [
    [],
    [module("work.json", "{}")],
    [module("work.ts", `import "npm:is-number@7";`)],
    [module("../work.js", "")],
    [module("/etc/work.js", "")],
    [module("work.js", `import "./other.ts";`), module("other.ts", "")],
    [module("work.js", `import "./other";`), module("other", "")],
    [module("work.js", `import "./%2e%2e/x.js";`), module("%2e%2e/x.js", "")],
    [module("work.js", `import "./..\\\\x.js";`), module("..\\x.js", "")],
    [module("work.js", `import "./x.js?y";`), module("x.js?y", "")],
    [module("work.js", `import "./a.js" with { type: "json" };`), module("a.js", "1")],
    [module("work.js", `import(globalThis.name);`)],
    [module("work.js", `export const url = import.meta.url;`)],
    ...["/etc/x.js", "file:///etc/x.js", "npm:x", "node:fs", "https://example.com/x.js", "x"]
      .map((specifier) => [module("work.js", `export * from "${specifier}";`)]),
  ];
  for (const pack of packs) {
    await withFiles({}, async (folder, into) => {
      const { code } = await assertRejects(
        () => restoreSnapshot(pack, join(folder, "work.js"), into),
        ServiceError,
        undefined,
        JSON.stringify(pack),
      );
      assertEquals(code, "FORMULA_INVALID");
    });
  }
});

Deno.test("a .ts and a .js file of the same name stay two modules, also in a cycle", async () => {
  const files = {
    "work.ts":
      `import { js } from "./a.js"; import { ts } from "./a.ts"; export const both = [js, ts()];`,
    "a.js": `import { ts } from "./a.ts"; export const js = "js of " + typeof ts;`,
    "a.ts": `import { js } from "./a.js"; export function ts(): string { return "ts with " + js; }`,
  };
  await withFiles(files, async (folder, into) => {
    const { entry } = await takeSnapshot(join(folder, "work.ts"), into);
    assertEquals((await import(entry)).both, ["js of function", "ts with js of function"]);
  });
});

Deno.test("types are blanked in place, and every other character keeps its line and column", async () => {
  const text = `type A = { x: number };
export function map<T extends A>({ x }: T, n?: number): Record<string, number> {
  return { y: x! * (n as number) } satisfies object;
}
`;
  await withFiles({ "work.ts": text }, async (folder, into) => {
    const { entry } = await takeSnapshot(join(folder, "work.ts"), into);
    const copy = await Deno.readTextFile(new URL(entry));
    const [, second, third] = copy.split("\n");
    assertEquals(copy.split("\n").length, text.split("\n").length);
    assertEquals(second!.indexOf("({ x }"), text.split("\n")[1]!.indexOf("({ x }"));
    assertEquals(third!.indexOf("x  *"), text.split("\n")[2]!.indexOf("x! *"));
  });
});

Deno.test("import.meta gives the author's file, not the copy", async () => {
  const files = {
    "work.ts": `export const url: string = import.meta.url, folder = import.meta.dirname;`,
  };
  await withFiles(files, async (folder, into) => {
    const { entry } = await takeSnapshot(join(folder, "work.ts"), into);
    const module = await import(entry);
    assertEquals(module.url, `file://${join(folder, "work.ts")}`);
    assertEquals(module.folder, folder);
  });
});

Deno.test("a forbidden import is refused with its position", async () => {
  const { message, position } = await invalid({
    "work.ts": `import "./lib.ts";`,
    "lib.ts": `const a: number = 1;\nexport { x } from "npm:is-number@7";\n`,
  });
  assert(message.includes(`"npm:is-number@7" can't be imported`), message);
  assertEquals(position.where, "lib.ts:2:20");
  for (
    const specifier of [
      "https://example.com/x.js",
      "data:text/javascript,",
      "is-number",
      "/etc/x.js",
    ]
  ) {
    assertEquals(
      (await invalid({ "work.ts": `import "${specifier}";` })).position.where,
      "work.ts:1:9",
    );
    assert((await invalid({ "work.ts": `await import("${specifier}");` })).position.where);
  }
});

Deno.test("an import that is missing or outside the folder is refused", async () => {
  assert((await invalid({ "work.ts": `import "./x.ts";` })).message.includes("no such file"));
  const outside = { "in/work.ts": `import "../x.ts";`, "x.ts": "" };
  assert((await invalid(outside, "in/work.ts")).message.includes("outside"));
  await withFiles({ "work.ts": `import "./link.ts";` }, async (folder, into) => {
    await Deno.writeTextFile(join(folder, "../secret.ts"), "");
    await Deno.symlink(join(folder, "../secret.ts"), join(folder, "link.ts"));
    const error = await assertRejects(() => takeSnapshot(join(folder, "work.ts"), into));
    assert((error as Error).message.includes("outside"));
  });
});

Deno.test("TypeScript syntax that needs generated code is refused with its position", async () => {
  const { message, position } = await invalid({
    "work.ts": `export const a = 1;\n  enum Colour { Red }\n`,
  });
  assert(message.includes("enum"), message);
  assertEquals(position.where, "work.ts:2:3");
});

Deno.test("a file that is not UTF-8 is refused", async () => {
  await withFiles({ "work.ts": "" }, async (folder, into) => {
    await Deno.writeFile(join(folder, "work.ts"), new Uint8Array([0x2f, 0x2f, 0xff, 0xfe]));
    const error = await assertRejects(
      () => takeSnapshot(join(folder, "work.ts"), into),
      ServiceError,
    );
    assert(error.message.includes("UTF-8"));
  });
});
