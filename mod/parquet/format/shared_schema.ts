/** Files of a dataset mostly have the same schema: it is parsed once, and is one object for all of them. */
import type { SchemaElement } from "hyparquet";

/** Bytes of a schema that are remembered at most. */
const MOST_BYTES = 1 << 20;

let known: { bytes: Uint8Array; schema: SchemaElement[] } | null = null;

/**
 * The schema that stands in a footer.
 *
 * @param bytes As it stands there.
 * @param parse Reads it, where it is another one than that of the last file.
 */
export function sharedSchema(bytes: Uint8Array, parse: () => SchemaElement[]): SchemaElement[] {
  if (known && isSame(known.bytes, bytes)) return known.schema;
  const schema = parse();
  known = bytes.length <= MOST_BYTES ? { bytes: bytes.slice(), schema } : null;
  return schema;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
