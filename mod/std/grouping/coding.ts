/** Codes, and orders of texts and numbers. */

/** Which codes occur; looks at no more rows than it takes to find all of the dictionary's. */
export function usedCodes(codes: Int32Array, count: number): Uint8Array {
  const used = new Uint8Array(count);
  for (let row = 0, unseen = count; unseen > 0 && row < codes.length; row++) {
    const code = codes[row]!;
    if (code >>> 0 < count && used[code] === 0) {
      used[code] = 1;
      unseen--;
    }
  }
  return used;
}

/** Orders texts by code points, as Parquet's statistics and SQL do; JavaScript's own order is by UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at), y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** Order of numbers; NaN comes last, and is equal to itself. */
export function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number(a !== a) - Number(b !== b);
}
