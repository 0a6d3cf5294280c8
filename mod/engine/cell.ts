/// <reference lib="deno.unstable" />
import { fromFileUrl } from "@std/path";
import { ServiceError } from "../errors.ts";
import type { FromCell, ToCell, WorkerTurn } from "../formula/messages.ts";

/** What a cell may reach and take. */
export interface CellLimits {
  /** Files and folders its formulas may read. */
  readable: string[];
  /** JavaScript heap of each thread, in bytes. */
  heapBytes: number;
}

/** A thread of a cell, taken for one job. */
export interface Seat {
  /** To the thread's own code; the formula never holds the other end. */
  port: MessagePort;
  /** Ends the thread at once. */
  end(): void;
  /** Leaves the thread to other jobs of the same formula. */
  leave(): void;
}

/** A thread, and the port over which it is told of jobs. */
interface Thread {
  id: number;
  port: MessagePort;
}

type OnEnd = (error: ServiceError) => void;

/** A job that takes no longer than this, in milliseconds, is quick: a thread takes as long to start. */
const QUICK = 60;

const MEBIBYTE = 1 << 20;

/** Under `deno run` a cell must be allowed to read what its threads are made of. */
const OWN_CODE = Deno.build.standalone
  ? []
  : ["../../mod", "../../workers"].map((folder) => fromFileUrl(new URL(folder, import.meta.url)));

/**
 * The engine's hold on a cell: a sandboxed Web Worker whose threads import formulas. Threads are
 * started ahead of a job; each serves one formula only.
 */
export class Cell {
  readonly limits: CellLimits;
  readonly #worker: Worker;
  /** Threads that have run no formula yet. */
  readonly #warm: Thread[] = [];
  /** Threads that have run this formula, and may run it again. */
  readonly #left: Thread[] = [];
  #formula = "";
  /** The jobs of the others. */
  readonly #seated = new Map<number, OnEnd>();
  #onFull: OnEnd | null = null;
  #last = 0;
  /** Threads taken since the last were started ahead, and those that a job takes. */
  #taken = 0;
  #each = 0;
  #failure: ServiceError | null = null;

  constructor(limits: CellLimits) {
    this.limits = limits;
    this.#worker = new Worker(new URL("../../workers/cell.ts", import.meta.url), {
      type: "module",
      name: "cell",
      deno: {
        permissions: {
          read: [...limits.readable, ...OWN_CODE],
          env: false,
          ffi: false,
          import: false,
          net: false,
          run: false,
          sys: false,
          write: false,
        },
      },
    });
    this.#worker.onmessage = ({ data }: MessageEvent<FromCell>) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new ServiceError("INTERNAL", `a cell failed: ${event.message}`));
    };
  }

  /** Whether it works as it should. */
  get healthy(): boolean {
    return this.#failure === null;
  }

  /** Whether it has threads that have run a formula and may run it again. */
  get rests(): boolean {
    return this.#left.length > 0;
  }

  /** Starts threads ahead: for as many jobs as this, each of which takes as many as the last one did. */
  warm(jobs: number): void {
    if (this.#taken > 0) this.#each = this.#taken;
    this.#taken = 0;
    while (this.#warm.length < jobs * this.#each) this.#warm.push(this.#spawn());
  }

  /**
   * A thread that has run nothing but this formula, or nothing at all.
   *
   * @param formula URL of its snapshot, which is never that of another.
   * @param onEnd Is told when the thread ends by itself.
   */
  seat(formula: string, onEnd: OnEnd): Seat {
    if (formula !== this.#formula) {
      for (const thread of this.#left.splice(0)) this.#end(thread);
      this.#formula = formula;
    }
    const again = this.#left.pop();
    const thread = again ?? this.#warm.shift() ?? this.#spawn();
    if (!again) this.#taken++;
    this.#seated.set(thread.id, onEnd);
    const { port1, port2 } = new MessageChannel();
    thread.port.postMessage({ type: "job", port: port2 } satisfies WorkerTurn, [port2]);
    if (this.#failure) onEnd(this.#failure);
    const stand = () => {
      this.#seated.delete(thread.id);
      port1.close();
    };
    return {
      port: port1,
      end: () => {
        stand();
        this.#end(thread);
      },
      leave: () => {
        const lives = this.#seated.has(thread.id);
        stand();
        if (!lives || formula !== this.#formula) return this.#end(thread);
        thread.port.postMessage({ type: "rest" } satisfies WorkerTurn);
        this.#left.push(thread);
      },
    };
  }

  /** Ends all threads when the process takes more than that; `null` ends the watch. */
  watch(mostBytes: number | null, onFull: OnEnd | null = null): void {
    this.#onFull = onFull;
    this.#send({ type: "watch", mostBytes });
  }

  /** Ends the cell with its threads, at once. */
  stop(): void {
    this.#worker.terminate();
    this.#fail(new ServiceError("CANCELLED", "the job was stopped"));
  }

  #spawn(): Thread {
    const id = ++this.#last;
    const heapMebibytes = Math.max(1, Math.floor(this.limits.heapBytes / MEBIBYTE));
    const { port1, port2 } = new MessageChannel();
    this.#send({ type: "spawn", id, heapMebibytes, port: port2 }, [port2]);
    return { id, port: port1 };
  }

  #end({ id, port }: Thread): void {
    port.close();
    this.#send({ type: "end", id });
  }

  #receive(message: FromCell): void {
    if (message.type === "full") {
      const tell = this.#onFull;
      this.#onFull = null;
      for (const { port } of [...this.#warm.splice(0), ...this.#left.splice(0)]) port.close();
      tell?.(fullProcess(message.resident));
      return;
    }
    for (const idle of [this.#warm, this.#left]) {
      const at = idle.findIndex(({ id }) => id === message.id);
      if (at >= 0) idle.splice(at, 1)[0]!.port.close();
    }
    const tell = this.#seated.get(message.id);
    this.#seated.delete(message.id);
    tell?.(this.#whyEnded(message));
  }

  #whyEnded({ why, message }: FromCell & { type: "ended" }): ServiceError {
    if (why === "heap") {
      const most = Math.round(this.limits.heapBytes / MEBIBYTE);
      return new ServiceError(
        "OUT_OF_MEMORY",
        `the formula ran out of memory: it filled the JavaScript heap of its worker, ${most} MiB, or wanted one larger block than there is; keep less at once, or typed arrays instead of plain ones`,
      );
    }
    const what = why === "error"
      ? `it threw outside of any call: ${message}`
      : "it ended its worker";
    return new ServiceError("FORMULA_FAILED", `the formula did not finish its work: ${what}`);
  }

  #fail(error: ServiceError): void {
    this.#failure ??= error;
    for (const tell of this.#seated.values()) tell(error);
    this.#seated.clear();
  }

  #send(message: ToCell, transfer: Transferable[] = []): void {
    if (this.#failure) return;
    this.#worker.postMessage(message, transfer);
  }
}

function fullProcess(resident: number): ServiceError {
  return new ServiceError(
    "OUT_OF_MEMORY",
    `the job took ${
      Math.round(resident / MEBIBYTE)
    } MiB of memory, more than it is allowed; work on fewer rows at once or keep less`,
  );
}

/** The cell of the last job, which serves the next one, too, if that needs the same. */
export class CellKeeper {
  #cell: Cell | null = null;

  /** A cell with these limits and no others. */
  take(limits: CellLimits): Cell {
    const same = this.#cell?.healthy &&
      JSON.stringify(this.#cell.limits) === JSON.stringify(limits);
    if (!same) {
      this.#cell?.stop();
      this.#cell = new Cell(limits);
    }
    return this.#cell!;
  }

  /**
   * Starts threads ahead of the next job, which is likely to need what the last one did; one of the same
   * formula needs none, where there are threads that may run it again. Quick jobs that come one after
   * another are over before a thread has started, so there are some in reserve.
   *
   * @param lasted Milliseconds that the last job took.
   */
  warm(lasted: number): void {
    const cell = this.#cell;
    if (cell?.healthy && !cell.rests) cell.warm(lasted < QUICK ? 3 : 1);
  }
}
