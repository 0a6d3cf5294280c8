/** Finds the objects of a realm by the names that `permits.ts` gives them. */

/** The prototypes of all kinds of functions; their constructors make code from text. */
// deno-lint-ignore ban-types
export function functionKinds(): { constructor: Function }[] {
  return [
    function () {},
    async function () {},
    function* () {},
    async function* () {},
  ].map((kind) => Object.getPrototypeOf(kind));
}

/**
 * Finds an owner of the list: a global, a member of a global, or an object that no global leads to.
 *
 * @return undefined when the realm has no such object
 */
export function ownerOf(name: string): object | undefined {
  const [first = "", ...rest] = name.split(".");
  let owner = first.startsWith("%")
    ? (hidden ??= findHidden())[first]
    : (globalThis as unknown as Record<string, unknown>)[first];
  for (const member of rest) owner = (owner as Record<string, unknown> | undefined)?.[member];
  return Object(owner) === owner ? owner as object : undefined;
}

/** What nothing but segments leads to, by its names in the list. */
export function segmentOwners(segments: Intl.Segments): [name: string, owner: object][] {
  return [
    ["%Segments%", Object.getPrototypeOf(segments)],
    ["%SegmentIterator%", Object.getPrototypeOf(segments[Symbol.iterator]())],
  ];
}

/**
 * Objects whose own properties lead to shared functions that no prototype leads to: an error's `stack` is an accessor,
 * the same for all errors.
 */
export function specimens(): object[] {
  return [new Error()];
}

/** Objects that no global names, by their names in the list; but for those of {@linkcode segmentOwners}. */
let hidden: Record<string, unknown> | null = null;

function findHidden(): Record<string, unknown> {
  const prototypeOf = Object.getPrototypeOf;
  const generator = prototypeOf(function* () {});
  const asyncGenerator = prototypeOf(async function* () {});
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
