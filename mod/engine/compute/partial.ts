/** Partial results of a reduction, on their way from one engine to another. */
import { deserialize, serialize } from "node:v8";
import { crc32 } from "node:zlib";
import { ServiceError } from "../../common/errors.ts";
import type { ComputedPart } from "../../job/request.ts";
import type { Loader } from "../../loader.ts";
import { partialPath, type ResultPlace } from "../../result/place.ts";

/** Bytes of a value above which it travels as a file. */
const LARGEST_SENT_VALUE = 16 << 10;

/** A part of a job in a file of its own. */
export type PartPlace = ResultPlace & { part: string };

/** Packs what some partitions came to: a large value goes to a file under the place's hidden name. */
export function packValue(
  value: unknown,
  rows: number,
  loader: Loader,
  place: PartPlace,
): ComputedPart {
  const bytes = new Uint8Array(serialize(value));
  if (bytes.length <= LARGEST_SENT_VALUE) {
    return { rows, bytes: 0, file: place.part, value: bytes.toBase64() };
  }
  loader.part(place, bytes);
  return { rows, bytes: bytes.length, file: place.part, checksum: crc32(bytes) };
}

/** @throws ServiceError `INTERNAL` when the part's file is not what was written. */
export async function unpackValue(part: ComputedPart, place: ResultPlace): Promise<unknown> {
  if (part.value !== undefined) return deserialize(Uint8Array.fromBase64(part.value));
  const bytes = await Deno.readFile(pathOfPart(part, place));
  if (crc32(bytes) !== part.checksum) throw new Error(`the part ${part.file} is damaged`);
  return deserialize(bytes);
}

/** Where the file of a part lies. @throws ServiceError `INTERNAL` when it is not what was written. */
export function pathOfPart({ file, bytes }: ComputedPart, place: ResultPlace): string {
  const path = partialPath({ ...place, part: file });
  try {
    if (Deno.statSync(path).size === bytes) return path;
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  throw new ServiceError(
    "INTERNAL",
    `a part of the result is missing in ${place.directory}: all nodes must see the same folder`,
  );
}
