/** Values of a column in one partition that come from several files. */

/** Values, anything where there is a null, and 1 for a value and 0 for a null; no validity when there is no null. */
interface Part {
  values: ArrayLike<unknown>;
  validity: Uint8Array | null;
}

/** All rows null. */
export function nullsOf(rows: number): { values: null[]; validity: Uint8Array } {
  return { values: new Array<null>(rows).fill(null), validity: new Uint8Array(rows) };
}

/**
 * Parts that follow each other as one: a typed array where all are of the same, a list otherwise.
 *
 * @param typed Those that count for this; all others hold nothing but nulls.
 */
export function joinParts<T extends Part>(parts: T[], typed: T[] = parts): T {
  if (parts.length === 1) return parts[0]!;
  const rows = parts.reduce((sum, { values }) => sum + values.length, 0);
  const values = targetOf(typed, rows);
  let validity: Uint8Array | null = null;
  let at = 0;
  for (const part of parts) {
    if (Array.isArray(values)) push(values, part.values);
    else if (!Array.isArray(part.values)) values.set(part.values as Int32Array, at);
    if (part.validity) {
      validity ??= new Uint8Array(rows).fill(1);
      validity.set(part.validity, at);
    }
    at += part.values.length;
  }
  return { values, validity } as Part as T;
}

function targetOf(parts: Part[], rows: number): Int32Array | unknown[] {
  const types = new Set(parts.map(({ values }) => values.constructor));
  const [Type] = types as Set<Int32ArrayConstructor | ArrayConstructor>;
  return types.size === 1 && Type !== Array ? new (Type as Int32ArrayConstructor)(rows) : [];
}

function push(to: unknown[], from: ArrayLike<unknown>): void {
  for (let row = 0; row < from.length; row++) to.push(from[row]);
}
