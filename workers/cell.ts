/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/// <reference lib="esnext" />
/**
 * A cell: a worker with no more permissions than one formula needs. The formula workers are its
 * threads and inherit them. No formula runs in the cell itself: it limits each thread's heap, tells how
 * threads end, and watches the memory of the process while they run.
 */
import { Worker as Thread } from "node:worker_threads";
import type { FromCell, ToCell } from "../mod/formula/cell_messages.ts";
import { kernelModule } from "#kernel";
import { transformModule } from "#transform";

/** How often memory is looked at, in milliseconds. */
const LOOK_EVERY = 20;

// The cell holds the compiled modules, so that each new thread finds their machine code.
const held = [kernelModule, transformModule];

const threads = new Map<number, Thread>();
let watch: number | undefined;

void held;

function tell(message: FromCell): void {
  self.postMessage(message);
}

function spawn({ id, heapMebibytes, port }: ToCell & { type: "spawn" }): void {
  const thread = new Thread(new URL("./formula.ts", import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: heapMebibytes },
  });
  threads.set(id, thread);
  thread.postMessage({ port }, [port as never]);
  const ended = (why: FromCell & { type: "ended" }) => {
    if (threads.delete(id)) tell(why);
  };
  thread.on("error", (error: unknown) => {
    const { code, message = String(error) } = (error ?? {}) as { code?: string; message?: string };
    const heap = code === "ERR_WORKER_OUT_OF_MEMORY";
    ended({ type: "ended", id, why: heap ? "heap" : "error", message });
  });
  thread.on("exit", () => ended({ type: "ended", id, why: "exit", message: "" }));
}

function watchMemory(mostBytes: number | null): void {
  clearInterval(watch);
  if (mostBytes === null) return;
  watch = setInterval(() => {
    const resident = Deno.memoryUsage().rss;
    if (resident <= mostBytes) return;
    clearInterval(watch);
    tell({ type: "full", resident });
    const all = [...threads.values()];
    threads.clear(); // so that their ends are not told one by one
    for (const thread of all) thread.terminate();
  }, LOOK_EVERY);
}

self.onmessage = ({ data }: MessageEvent<ToCell>) => {
  switch (data.type) {
    case "spawn":
      return spawn(data);
    case "end":
      threads.get(data.id)?.terminate();
      return void threads.delete(data.id);
    case "watch":
      return watchMemory(data.mostBytes);
  }
};
