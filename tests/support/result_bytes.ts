/** Results as bytes, without what tells one job from another. */
import { parquetMetadata } from "hyparquet";

/** What a result's footer says of where it came from, read by hyparquet; `null` where it says nothing. */
export function lineageText(bytes: Uint8Array<ArrayBuffer>): string | null {
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "PAR1") return null;
  const { key_value_metadata = [] } = parquetMetadata(bytes.slice().buffer);
  return key_value_metadata.find(({ key }) => key === "measuring.lineage")?.value ?? null;
}

/** The same without job and time: nothing else may differ between two runs of a job. */
// deno-lint-ignore no-explicit-any
export function timelessLineage(bytes: Uint8Array<ArrayBuffer>): any {
  const text = lineageText(bytes);
  if (text === null) return null;
  const { Job: _, Made: __, ...rest } = JSON.parse(text);
  return rest;
}

/** The bytes of a result; of a Parquet file all but the text that says where it came from, and the lengths that count it. */
export async function resultBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return withoutLineage(await Deno.readFile(path));
}

/** The same of what was read. */
export function withoutLineage(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const text = lineageText(bytes);
  if (text === null) return bytes;
  const value = new TextEncoder().encode(text);
  const tail = Math.min(bytes.length, 8 + 2 * value.length + (1 << 20));
  const at = bytes.length - tail + positionOf(value, bytes.subarray(-tail));
  // A varint of seven bits a byte is before it.
  const lengthBytes = Math.ceil(value.length.toString(2).length / 7);
  const [before, after] = [
    bytes.subarray(0, at - lengthBytes),
    bytes.subarray(at + value.length, -8),
  ];
  const all = new Uint8Array(before.length + after.length);
  all.set(before);
  all.set(after, before.length);
  return all;
}

function positionOf(value: Uint8Array, bytes: Uint8Array): number {
  const first = value[0]!;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (value.every((byte, k) => bytes[at + k] === byte)) return at;
  }
  throw new Error("the footer doesn't hold the text that it says it holds");
}
