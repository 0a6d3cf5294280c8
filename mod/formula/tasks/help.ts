import { help as takeShares } from "#transform";
import { noParts, plain, type TaskDefinition } from "./task.ts";

interface HelpMessage {
  memory: WebAssembly.Memory;
  thread: number;
}

/** Takes shares of another worker's Fourier transform. */
export const help: TaskDefinition<HelpMessage, null> = {
  run(_formula, { memory, thread }) {
    takeShares(memory, thread);
    return plain(null);
  },
  check: () => null,
  checkPart: noParts,
};
