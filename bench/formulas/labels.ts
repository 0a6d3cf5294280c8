// What a text begins with, in upper case, and its length.

import type { Chunk } from "measuring/types";

export function map({ label }: Chunk<{ label: string[] }>) {
  const kind = new Array<string>(label.length);
  const size = new Int32Array(label.length);
  for (let row = 0; row < label.length; row++) {
    kind[row] = label[row]!.slice(0, 6).toUpperCase();
    size[row] = label[row]!.length;
  }
  return { kind, size };
}
