/** A thread that helps with transforms: it tells how many shares it took of each. */
/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/// <reference lib="esnext" />
import { help } from "#transform";

/** A call for help, and where its end is told: 1 more than the shares that were taken. */
export interface Call {
  memory: WebAssembly.Memory;
  thread: number;
  taken: Int32Array<SharedArrayBuffer>;
}

self.onmessage = ({ data: { memory, thread, taken } }: MessageEvent<Call>) => {
  Atomics.store(taken, 0, 1 + help(memory, thread));
  Atomics.notify(taken, 0);
};
