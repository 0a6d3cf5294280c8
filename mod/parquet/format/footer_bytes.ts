import { Malformed } from "../io/errors.ts";
import type { ByteSource } from "../io/source.ts";

/**
 * The bytes of a footer that was read before, from a file that is as it was.
 *
 * @throws Malformed when its length makes no sense.
 */
export function footerBytes(source: ByteSource): Uint8Array<ArrayBuffer> {
  const { size } = source;
  const end = source.read(size - 8, 8);
  const length = new DataView(end.buffer, end.byteOffset).getUint32(0, true);
  if (length > size - 12) throw new Malformed(`its footer can't be ${length} bytes long`);
  return source.read(size - 8 - length, length);
}
