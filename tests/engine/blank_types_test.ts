/** The quick way to blank out types, against amaro: the same text, or none. */
import { assert, assertEquals } from "@std/assert";
import { transformSync } from "amaro";
import { blankTypes } from "../../mod/engine/snapshot/blank_types.ts";
import { filesUnder, ROOT } from "../../scripts/sources.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomTest } from "../support/random_tests.ts";

/** What amaro makes of a text; null where it refuses it. */
function slowly(text: string): string | null {
  try {
    return transformSync(text, { mode: "strip-only" }).code;
  } catch {
    return null;
  }
}

/** Whether both ways agree; the quick one may have nothing to say. */
function assertSame(text: string, what: string): boolean {
  const blanked = blankTypes(text);
  if (blanked !== null) assertEquals(blanked, slowly(text), what);
  return blanked !== null;
}

const USUAL = [
  'import type { Chunk } from "measuring/types";\nexport const chunk = (c: Chunk) => c.u!;',
  'import { type A, sum, type B } from "./a.ts";\nexport function f(a: A, b: B[]): number { return sum(a, b); }',
  "const f = (a: { x: number; y?: string }, [b]: number[] = [1]): Map<string, A<B<C>>> => new Map<string, A<B<C>>>();",
  "interface Point { readonly x: number; at: (t: number) => void }\nlet a = b as unknown as Point;",
  "export type T = 'a' | 2 | { [key: string]: null } | (() => void)[] | typeof f;\nfor (const x of y as T[]) x!.z!(1);",
  "const r = a ? (b) : c; const s = a ? (x: number): number => x : d; try { f(); } catch (e: unknown) { g(); }",
];

/** Where blanks would change what a text means, or where the syntax has two readings. */
const UNUSUAL = [
  "let a = b as T\n(c)",
  "let a = b\ntype T = number\n(c)",
  "f<a>(b)",
  "g(f < a, b > (c))",
  "let a = b < c >\n(d)",
  "const f = (a: T)\n: R => a",
  "const f = (a: T):\nR => a",
  "let x = (a: T)",
  "enum E { A }",
  "class A { constructor(private x: number) {} }",
  "const a = <T>b;",
  "let a = b as T / 2 / c",
  "function f(this: A, b: B) {}",
  "let x!: number",
  'let a: "ä" = b',
  "let type = 1; type\nT = 2",
  "a as T = 5",
  "const f = (a?: number) => a",
  "le!: number",
  "x = ((a: T): R => aa: T)",
  "let a = b /* c */ as T",
  "let a = b <A>as >> T / 2 / c",
  "let a = b < keyof\n C >\n(d)",
  "f<a>/x/(b)",
  "const { a, c: number: d } = e",
  "for (const x: number of y) f(x)",
  "const r = a ? (x: A): B => n ? (a) : b => x : d",
  "let a: string<A>",
  "await",
  "return_: { let interface_ = 1 }",
];

/** What is changed at random. */
const FORMULAS = [...USUAL, ...UNUSUAL];
for (const folder of ["bench/formulas", "examples/formulas", "views"]) {
  for (const path of await filesUnder(folder)) {
    if (path.endsWith(".ts")) FORMULAS.push(await Deno.readTextFile(`${ROOT}/${path}`));
  }
}

const PIECES = [
  ..." as T|!|: number|<A>|<A>(b)|(|)|{|}|[|]|,|;|\n|?|=>|=|<|>|>>|/|/x/|`a`|${|`|type T = A|\ntype T = A\n"
    .split("|"),
  ..."interface A { b: C }|new A<B>(c)|import type { A } from 'b'|(a: T): R => a|? (a) : b|as const|satisfies T"
    .split("|"),
  ..."async |await |// c\n|/* c */|.x|?.x|&& | as T | in | of | is A|keyof A|A[B]|A[]|...a|+ -1|\nlet x: T\n|ä|\t"
    .split("|"),
];

function mutated(text: string, random: Random): string {
  for (let changes = 1 + random(3); changes > 0; changes--) {
    const at = random(text.length + 1);
    const [before, after] = [text.slice(0, at), text.slice(at)];
    const kind = random(5);
    if (kind < 3) text = before + PIECES[random(PIECES.length)] + after;
    else if (kind === 3) text = before + after.slice(random(6));
    else text = before + after.slice(0, random(20)) + after;
  }
  return text;
}

Deno.test("types of the usual kinds are blanked out without amaro, as amaro does it", () => {
  for (const text of USUAL) assertEquals(assertSame(text, text), true, text);
  for (const text of UNUSUAL) assertSame(text, text);
});

Deno.test("of all modules of the program the quick way makes what amaro makes, or nothing", async () => {
  let quick = 0;
  for (const path of (await filesUnder("mod")).filter((path) => path.endsWith(".ts"))) {
    if (assertSame(await Deno.readTextFile(`${ROOT}/${path}`), path)) quick++;
  }
  assert(quick > 200, `${quick} modules`);
});

randomTest(
  "blanked-types",
  "of formulas with random changes the quick way makes what amaro makes, or nothing",
  (count) => {
    let quick = 0;
    for (let number = 0; number < count; number++) {
      const random = fuzzRandom(number);
      const text = mutated(FORMULAS[random(FORMULAS.length)]!, random);
      if (assertSame(text, `text ${number}:\n${text}`)) quick++;
    }
    assert(quick > count / 50, `${quick} of ${count} texts`);
  },
);
