/** The objects of a realm that the list of what is allowed names. */

/** What runs code that is made of text, one constructor for each kind of function. */
// deno-lint-ignore ban-types
export function functionKinds(): { constructor: Function }[] {
  return [
    function () {},
    async function () {},
    function* () {},
    async function* () {},
  ].map((kind) => Object.getPrototypeOf(kind));
}

/** An owner of the list: a global by its name, a member of one, or what no global leads to; undefined where it isn't there. */
export function ownerOf(name: string): object | undefined {
  const [first = "", ...rest] = name.split(".");
  let owner = first.startsWith("%")
    ? hidden()[first]
    : (globalThis as unknown as Record<string, unknown>)[first];
  for (const member of rest) owner = (owner as Record<string, unknown> | undefined)?.[member];
  return Object(owner) === owner ? owner as object : undefined;
}

/**
 * Things of kinds that the realm makes all the time, whose own properties lead to what all of a kind have in
 * common and no prototype leads to: an error's `stack` is an accessor.
 */
export function specimens(): object[] {
  return [new Error()];
}

/** Objects that no global names, as the list calls them. */
function hidden(): Record<string, unknown> {
  const prototypeOf = Object.getPrototypeOf;
  const generator = prototypeOf(function* () {});
  const asyncGenerator = prototypeOf(async function* () {});
  const segments = new Intl.Segmenter().segment("a");
  return {
    "%TypedArray%": prototypeOf(Uint8Array),
    "%ArrayIterator%": prototypeOf([].values()),
    "%MapIterator%": prototypeOf(new Map().values()),
    "%SetIterator%": prototypeOf(new Set().values()),
    "%StringIterator%": prototypeOf(""[Symbol.iterator]()),
    "%RegExpStringIterator%": prototypeOf("".matchAll(/a/g)),
    "%WrapForValidIterator%": prototypeOf(
      Iterator.from({ next: () => ({ done: true, value: 0 }) }),
    ),
    "%IteratorHelper%": prototypeOf([].values().map((value) => value)),
    "%SegmentIterator%": prototypeOf(segments[Symbol.iterator]()),
    "%Segments%": prototypeOf(segments),
    "%URLSearchParamsIterator%": prototypeOf(new URLSearchParams().entries()),
    "%AsyncFunction%": { prototype: prototypeOf(async function () {}) },
    "%GeneratorFunction%": { prototype: generator },
    "%Generator%": generator.prototype,
    "%AsyncGeneratorFunction%": { prototype: asyncGenerator },
    "%AsyncGenerator%": asyncGenerator.prototype,
    "%AsyncIterator%": prototypeOf(asyncGenerator.prototype),
    "%AbstractModuleSource%": prototypeOf(WebAssembly.Module),
    "%CryptoKey%": CryptoKey,
    "%QuotaExceededError%": (globalThis as unknown as Record<string, unknown>).QuotaExceededError,
  };
}
