/** Watching a server from outside while clients crowd it: Linux's figures of its process. */
import type { RunningServer } from "./harness.ts";
import { openFiles } from "./processes.ts";

const MEBIBYTE = 2 ** 20;
const PERIOD_MILLISECONDS = 25;
/** Points of a curve that are printed. */
const POINTS = 16;

/** Resident memory of a server, in MiB, sampled until it is disposed of, then printed. */
export class MemoryCurve implements Disposable {
  readonly #server: RunningServer;
  readonly #title: string;
  readonly #samples: number[];
  readonly #timer: number;

  constructor(server: RunningServer, title: string) {
    this.#server = server;
    this.#title = title;
    this.#samples = [residentOf(server.pid)];
    this.#timer = setInterval(
      () => this.#samples.push(residentOf(server.pid)),
      PERIOD_MILLISECONDS,
    );
  }

  /** The most that the server has grown by since the first sample. */
  get growth(): number {
    this.#samples.push(residentOf(this.#server.pid));
    return Math.max(...this.#samples) - this.#samples[0]!;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    const each = Math.ceil(this.#samples.length / POINTS);
    const points = [];
    for (let at = 0; at < this.#samples.length; at += each) {
      points.push(Math.round(Math.max(...this.#samples.slice(at, at + each))));
    }
    console.log(`${this.#title}: resident MiB ${points.join(" ")}`);
  }
}

function residentOf(pid: number): number {
  const [, kibibytes] = /VmRSS:\s*(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))!;
  return Number(kibibytes) * 1024 / MEBIBYTE;
}

/** Sockets that a server's process has open, whatever they are for. */
export function socketsOf(server: RunningServer): number {
  return openFiles(server.pid).filter((file) => file.startsWith("socket:")).length;
}

/** Descriptors that a process started from here may open, this one included. */
export function descriptorLimit(): number {
  const limits = Deno.readTextFileSync("/proc/self/limits");
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? Infinity);
}
