/** Globs against std's regular expressions, and that what is hard for those is not for them. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { globToRegExp } from "@std/path";
import { ServiceError } from "../../mod/common/errors.ts";
import { globTest } from "../../mod/system/glob.ts";
import { fuzzRandom, type Random } from "../support/random_numbers.ts";
import { randomTest } from "../support/random_tests.ts";

/** What globs and paths are made of. */
const PIECES = ["a", "b", "ab", ".", "-", "é", "x=1", "*", "*", "?", "[ab]", "[!a]", "[a-c]"];
const BRACES = ["{a,b}", "{ab,?}", "{a,{b,x=1}}"];
const PATHS = ["a", "b", "c", "ab", ".", "-", "é", "x=1", "/", "/"];

function randomGlob(random: Random): string {
  const segment = () => {
    if (random(5) === 0) return "**";
    const pieces = some(random, 4, () => pick(random, random(20) === 0 ? BRACES : PIECES));
    return pieces.join("").replace(/\*+/g, "*");
  };
  return some(random, 3, segment).join("/");
}

function randomPath(random: Random): string {
  return some(random, 8, () => pick(random, PATHS)).join("").split("/").filter(Boolean).join("/");
}

/** std lets `?` and `[!a]` stand for a slash. */
function withinNames({ source }: RegExp): RegExp {
  return new RegExp(source.replace(/(?<!\\)\.(?!\*)/g, "[^/]").replaceAll("[^a]", "[^a/]"));
}

function some<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: 1 + random(most) }, make);
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)]!;
}

randomTest("globs", "globs fit what std's regular expressions fit", (count) => {
  for (let index = 0; index < count; index++) {
    const random = fuzzRandom(index);
    const glob = randomGlob(random);
    if (glob.split("{").length > 5) continue; // there is a bound
    const expression = withinNames(globToRegExp(glob, { globstar: true, extended: false }));
    const test = globTest(glob);
    for (let k = 0; k < 30; k++) {
      const path = randomPath(random);
      if (path === "") continue;
      assertEquals(test(path), expression.test(path), `${index}: ${glob} on ${path}`);
    }
  }
});

Deno.test("globs match every kind of character", () => {
  const fits = (glob: string, path: string) => assert(globTest(glob)(path), `${glob}: ${path}`);
  const fails = (glob: string, path: string) => assert(!globTest(glob)(path), `${glob}: ${path}`);
  fits("speed [[]rpm].parquet", "speed [rpm].parquet");
  fits("[]a]", "]");
  fits("[^]a]", "b");
  fits("[a-]", "-");
  fits("?", "😀");
  fits("\\*", "*");
  fails("\\*", "a");
  fits("[unclosed", "[unclosed");
  fits("**/*.parquet", "a.parquet");
  fits("**/*.parquet", "a/b/c.parquet");
  fails("*.parquet", "a/b.parquet");
  fits("**", "a/b");
  fits("{a,b{c,d}}/*", "bd/x");
  fails("a", "A");
});

Deno.test("the time of a glob is bounded by its length times that of the path", () => {
  const name = "a".repeat(250);
  for (const one of ["*?", "*a", "{a,aa}", "[a-b]*", "*{a,b}", "**/", "?*"]) {
    for (let count = 1; count * one.length < 900; count *= 2) {
      const glob = `${one.repeat(count)}Z`;
      try {
        assert(!globTest(glob)(name));
        assert(!globTest(glob)(Array(100).fill(name).join("/")));
      } catch (thrown) {
        if (!(thrown instanceof ServiceError)) throw thrown;
        assertEquals(thrown.code, "BAD_REQUEST");
      }
    }
  }
});

Deno.test("an unsupported glob is refused by name", () => {
  for (const glob of ["@(a|b)", "!(a)", "[[:alpha:]]", "x".repeat(1001), "{a,b}".repeat(20)]) {
    const { code } = assertThrows(() => globTest(glob), ServiceError);
    assertEquals(code, "BAD_REQUEST");
  }
});
