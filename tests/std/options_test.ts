import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import ts from "typescript";
import * as fft from "measuring/fft";
import * as filters from "measuring/filters";
import * as fit from "measuring/fit";
import * as interpolation from "measuring/interpolation";
import * as statistics from "measuring/statistics";
import * as windows from "measuring/windows";
import { ROOT } from "../../scripts/sources.ts";
import { SEED } from "../support/suite_options.ts";
import { runFormula, writeSample } from "../support/fixtures.ts";
import { startServer, tempDir, ways } from "../support/harness.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";

// deno-lint-ignore no-explicit-any
type Library = Record<string, (...args: any[]) => unknown>;
const MODULES: Record<string, Library> = {
  fft,
  filters,
  fit,
  interpolation,
  statistics,
  windows,
} as unknown as Record<string, Library>;

const X = [0, 1, 2, 4, 5, 7], Y = [3, 1, NaN, 2, 8, 5], TAPS = [0.25, 0.5, 0.25];
const SECTIONS = filters.butterworthLowpass(2, 50, 1000);

/** What each function that takes options or words is called with before them. */
const BEFORE: Record<string, unknown[]> = {
  convolve: [Y, TAPS],
  filterFir: [Y, TAPS],
  firOverlap: [TAPS],
  firLowpass: [9, 100, 1000],
  firHighpass: [9, 100, 1000],
  firBandpass: [9, [100, 200], 1000],
  firBandstop: [9, [100, 200], 1000],
  filterIir: [Y, SECTIONS],
  filterBothWays: [Y, SECTIONS],
  iirOverlap: [SECTIONS],
  movingSum: [Y, 3],
  movingMean: [Y, 3],
  movingRms: [Y, 3],
  movingMin: [Y, 3],
  movingMax: [Y, 3],
  windowOverlap: [3],
  detrend: [Y],
  interpolate: [X, Y, [0.5]],
  toEvenGrid: [X, Y, 0.5],
  fillGaps: [Y],
  variance: [Y],
  standardDeviation: [Y],
  covariance: [X, Y],
  rectangular: [9],
  bartlett: [9],
  hann: [9],
  hamming: [9],
  blackman: [9],
  blackmanHarris: [9],
  flatTop: [9],
  kaiser: [9, 5],
  gaussian: [9, 2],
};

/** What a parameter is by its type: options by name, or one of several words. */
interface Said {
  name: string;
  /** Where among the arguments. */
  at: number;
  words: string[] | null;
  /** Words of each option; null where it takes something else. */
  options: Map<string, string[] | null> | null;
}

/** Parameters of the library's functions that take options or words, by the functions' types. */
function saidToFunctions(): Map<string, Said[]> {
  const files = Object.keys(MODULES).map((name) => join(ROOT, "mod", "std", `${name}.ts`));
  const program = ts.createProgram(files, {
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noEmit: true,
    strict: true,
    target: ts.ScriptTarget.ESNext,
    types: [],
  });
  const checker = program.getTypeChecker();
  const wordsOf = (type: ts.Type): string[] | null => {
    const members = (type.isUnion() ? type.types : [type])
      .filter((member) => !(member.flags & ts.TypeFlags.Undefined));
    const words = members.map((member) => member.isStringLiteral() ? member.value : null);
    return words.length > 0 && words.every((word) => word !== null) ? words as string[] : null;
  };
  const found = new Map<string, Said[]>();
  for (const file of files) {
    const source = program.getSourceFile(file)!;
    for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(source)!)) {
      const type = checker.getTypeOfSymbolAtLocation(exported, source);
      for (const signature of type.getCallSignatures()) {
        const said = signature.getParameters().map((parameter, at): Said | null => {
          const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
          const words = wordsOf(type);
          const members = type.getProperties();
          const areOptions = words === null && !type.isUnion() && members.length > 0 &&
            members.every((member) => member.flags & ts.SymbolFlags.Optional);
          if (words === null && !areOptions) return null;
          const options = words !== null ? null : new Map(
            members.map((member) => [member.name, wordsOf(checker.getTypeOfSymbol(member))]),
          );
          return { name: parameter.name, at, words, options };
        }).filter((said) => said !== null);
        if (said.length > 0) found.set(exported.name, said);
      }
    }
  }
  return found;
}

/** A word as somebody mistypes it: another case, a letter less, one doubled, two exchanged. */
function mistyped(word: string, random: Random): string {
  const at = random(word.length);
  const ways = [
    word[0]!.toUpperCase() + word.slice(1),
    word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + word[at] + word.slice(at),
    word.slice(0, at) + (word[at + 1] ?? "") + word[at] + word.slice(at + 2),
  ].filter((way) => way !== word && way !== "");
  return ways[random(ways.length)]!;
}

const functions = new Map(Object.values(MODULES).flatMap((module) => Object.entries(module)));
const said = saidToFunctions();

Deno.test("these tests cover every function with options or words", () => {
  assertEquals([...said.keys()].sort(), Object.keys(BEFORE).sort());
});

/** Calls a function with one thing said to it, the rest as where absent. */
function callWith(name: string, at: number, value: unknown): unknown {
  const args = [...BEFORE[name]!];
  while (args.length < at) args.push(undefined);
  return functions.get(name)!(...args, value);
}

/** The refusal names the option, what was given, and all that there is. */
function assertRefused(name: string, at: number, value: unknown, tells: readonly string[]): void {
  const error = assertThrows(() => callWith(name, at, value), Error);
  assert(error instanceof RangeError || error instanceof TypeError, `${name}: ${error}`);
  for (const told of tells) assertStringIncludes(error.message, told, name);
}

const quoted = (word: string) => `"${word}"`;

function assertWords(
  name: string,
  at: number,
  option: string,
  words: readonly string[],
  given: (word: unknown) => unknown,
  random: Random,
): void {
  const all = [option, ...words].map(quoted);
  for (const word of words) {
    callWith(name, at, given(word));
    const wrong = mistyped(word, random);
    if (words.includes(wrong)) continue;
    assertRefused(name, at, given(wrong), [...all, quoted(wrong), "did you mean"]);
  }
  assertRefused(name, at, given("quite another"), [...all, '"quite another"']);
  for (const wrong of [5, true, null, {}, words]) assertRefused(name, at, given(wrong), all);
}

Deno.test("an unknown name or word is refused with the known ones and the nearest", () => {
  console.log(`seed ${SEED}`);
  let round = 0;
  for (const [name, parameters] of said) {
    for (const { name: parameter, at, words, options } of parameters) {
      for (let repeat = 0; repeat < 10; repeat++) {
        const random = fuzzRandom(round++);
        if (words !== null) assertWords(name, at, parameter, words, (word) => word, random);
        if (options === null) continue;
        const names = [...options.keys()];
        callWith(name, at, {});
        callWith(name, at, Object.fromEntries(names.map((option) => [option, undefined])));
        for (const wrong of [null, 3, "centre", [1, 2], new Float64Array(3), () => {}]) {
          assertRefused(name, at, wrong, [...names, "options"]);
        }
        for (const [option, words] of options) {
          const wrong = mistyped(option, random);
          if (!options.has(wrong) && option.length > 1) {
            assertRefused(name, at, { [wrong]: 1 }, [wrong, ...names].map(quoted));
          }
          if (words === null) {
            for (const wrong of ["hann", null, true]) {
              assertRefused(name, at, { [option]: wrong }, [quoted(option), String(wrong)]);
            }
          } else assertWords(name, at, option, words, (word) => ({ [option]: word }), random);
        }
        assertRefused(name, at, { entirely: 1 }, ["entirely", ...names].map(quoted));
      }
    }
  }
});

Deno.test("names of other libraries are refused with the name to use here", () => {
  const u = Float64Array.of(1, 2, 3);
  const cases: [() => unknown, RegExp][] = [
    [() => filters.movingMean(u, 3, { align: "center" } as never), /align.*did you mean "centre"/],
    [() => filters.movingMean(u, 3, { aligned: "centre" } as never), /did you mean "align"/],
    [() => filters.windowOverlap(3, "center" as never), /did you mean "centre"/],
    [() => filters.convolve(u, u, "Same" as never), /did you mean "same"/],
    [() => windows.hann(8, "Periodic" as never), /did you mean "periodic"/],
    [
      () => interpolation.interpolate(u, u, u, { method: "cubic" as never }),
      /"linear", "pchip" or "spline", not "cubic"/,
    ],
    [
      () => interpolation.toEvenGrid(u, u, 1, { outside: "nearest" } as never),
      /no option "outside".*"method"/,
    ],
    [() => filters.firLowpass(4, 1, 9, { window: "hann" } as never), /"window".*"hann"/],
    [() => filters.firLowpass(4, 1, 9, windows.hann(4) as never), /\{ window: … \}/],
    [() => statistics.variance(u, 0 as never), /"sample" or "population", not 0/],
    [() => statistics.histogram(u, 5, { range: [0, 1] } as never), /range.*first and last edge/],
    [() => statistics.histogram(u, 5, [0, 1, 2] as never), /range.*first and last edge/],
    [() => statistics.histogram(u, "auto" as never), /number of bins.*"auto"/],
    [() => interpolation.fillGaps(u, { longest: 1.5 }), /"longest".*whole.*1.5/],
    [() => fit.detrend(u, { degree: -1 }), /"degree".*whole.*-1/],
  ];
  for (const [call, message] of cases) assertMatch(assertThrows(call, Error).message, message);
});

Deno.test("an option is read once, even from an object that changes", () => {
  let reads = 0;
  const options = {
    get align() {
      return reads++ === 0 ? "centre" as const : "center" as never;
    },
  };
  assertEquals(filters.movingSum([1, 2, 3], 3, options), Float64Array.of(3, 6, 5));
  assertEquals(reads, 1);
});

for (const way of ways) {
  Deno.test(`${way.name}: a formula is told of a word that the library doesn't know`, async () => {
    await using folder = await tempDir();
    await writeSample(folder.path, 100);
    await using server = await startServer(way, { root: folder.path });
    const { Response: { Error: error } } = await runFormula(
      server,
      folder.path,
      `import { movingMean } from "measuring/filters";
export async function main(frame) {
  return Array.from(movingMean(await frame.column("u"), 3, { align: "center" }));
}`,
    );
    assertEquals(error?.Code, "FORMULA_FAILED");
    assertMatch(error!.Message, /"align" must be .* did you mean "centre"\?/);
    assertEquals(error!.Where, "work.ts:3:21");
  });
}
