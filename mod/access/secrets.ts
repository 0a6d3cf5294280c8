import { createHash } from "node:crypto";

/** Words of 32 bits of a digest. */
const WORDS = 8;

/** SHA-256 of a text in UTF-8. */
export function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/**
 * What secrets stand for, by their digests. A look takes the same time for each of them, and for what is
 * none of them: it goes through all, and nothing on the way depends on what was found.
 */
export class SecretTable<T> {
  readonly #words: Int32Array;
  readonly #values: readonly T[];

  /** @param entries the SHA-256 of each secret, and what it stands for */
  constructor(entries: readonly (readonly [digest: Uint8Array, value: T])[]) {
    this.#values = entries.map(([, value]) => value);
    this.#words = new Int32Array(entries.length * WORDS);
    entries.forEach(([digest], index) => this.#words.set(wordsOf(digest), index * WORDS));
  }

  /** The value of a secret; null if the text is no known secret. */
  find(text: unknown): T | null {
    if (typeof text !== "string") return null;
    const asked = wordsOf(digestOf(text));
    let found = 0;
    for (let index = 0; index < this.#values.length; index++) {
      let differs = 0;
      for (let word = 0; word < WORDS; word++) {
        differs |= this.#words[index * WORDS + word]! ^ asked[word]!;
      }
      // All bits where nothing differs, else none.
      const equal = ~(differs | -differs) >> 31;
      found |= (index + 1) & equal;
    }
    return found === 0 ? null : this.#values[found - 1]!;
  }
}

function wordsOf(digest: Uint8Array): Int32Array {
  return new Int32Array(Uint8Array.from(digest).buffer);
}
