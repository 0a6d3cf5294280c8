/// <reference lib="deno.unstable" />
import { fromFileUrl } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import { programFile } from "../../common/program_file.ts";
import { MOST_LEFT } from "../../formula/thread_limits.ts";
import type { FromCell, ToCell, WorkerAnswer, WorkerTurn } from "../../formula/cell_messages.ts";

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
  /** The number of the data that the thread holds for later jobs; `null` where it holds none. */
  held: number | null;
  /** Ends the thread at once. */
  end(): void;
  /** Leaves the thread to other jobs, where nothing of this one is left. */
  leave(): void;
}

/** A thread, and the port over which it is told of jobs. */
interface Thread {
  id: number;
  port: MessagePort;
  /** Jobs that it has served. */
  jobs: number;
  held: number | null;
}

/** Jobs that a thread serves at most: what V8 keeps of their modules is not given back before the thread ends. */
const MOST_JOBS = 500;

/** How long a thread may take to let go of a job, in milliseconds, before it is ended. */
const REST_WITHIN = 200;
/** How long a thread may take to end, in milliseconds: one that runs a formula's loop is deaf, and nothing ends it. */
const END_WITHIN = 1_000;

type OnEnd = (error: ServiceError) => void;

/** A seat that has no thread yet. */
interface WaitingSeat {
  take(thread: Thread): void;
  onEnd: OnEnd;
}

/** A job that takes no longer than this, in milliseconds, is quick: a thread takes as long to start. */
const QUICK = 60;

const MEBIBYTE = 1 << 20;

/** Under `deno run` a cell must be allowed to read what its threads are made of. */
const OWN_CODE = Deno.build.standalone
  ? []
  : ["mod", "workers"].map((folder) => fromFileUrl(programFile(folder)));

/**
 * The engine's hold on a cell: a sandboxed Web Worker whose threads import formulas. Threads are
 * started ahead of a job; one that let go of all of a job serves another.
 */
export class Cell {
  readonly limits: CellLimits;
  readonly #worker: Worker;
  /** Threads that have run no formula yet. */
  readonly #warm: Thread[] = [];
  /** Threads that have let go of their last job. */
  readonly #left: Thread[] = [];
  /** Threads that are to let go of their last job, and when they are given up. */
  readonly #resting = new Map<Thread, number>();
  /** Threads that are to end, and when they are given up. */
  readonly #ending = new Map<Thread, number>();
  readonly #onStuck: () => void;
  #stopped = false;
  /** Whether memory is to be watched no longer than threads rest. */
  #watchEnds = false;
  /** The jobs of the others. */
  readonly #seated = new Map<number, OnEnd>();
  /** Seats that wait for a thread that lets go of its last job: that takes less time than to start one. */
  readonly #waiting = new Set<WaitingSeat>();
  #onFull: OnEnd | null = null;
  #last = 0;
  /** Threads taken since the last were started ahead, and those that a job takes. */
  #taken = 0;
  #each = 0;
  #failure: ServiceError | null = null;

  /** @param onStuck Is told of a thread that can't be ended: its process must be. */
  constructor(limits: CellLimits, onStuck: () => void) {
    this.limits = limits;
    this.#onStuck = onStuck;
    this.#worker = new Worker(programFile("workers/cell.ts"), {
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

  /** Whether it has threads that have served a job and may serve another. */
  get rests(): boolean {
    return this.#left.length > 0 || this.#resting.size > 0;
  }

  /** Starts threads ahead: for as many jobs as this, each of which takes as many as the last one did. */
  warm(jobs: number): void {
    if (this.#taken > 0) this.#each = this.#taken;
    this.#taken = 0;
    while (this.#warm.length < jobs * this.#each) this.#warm.push(this.#spawn());
  }

  /** Starts threads for a job that is about to take them, where fewer than these are free. */
  ahead(threads: number): void {
    const free = this.#left.length + this.#resting.size + this.#warm.length;
    for (let more = threads - free; more > 0; more--) this.#warm.push(this.#spawn());
  }

  /**
   * A thread for a job.
   *
   * @param onEnd Is told when the thread ends by itself.
   */
  seat(onEnd: OnEnd): Seat {
    const { port1, port2 } = new MessageChannel();
    let thread: Thread | null = null;
    const waiting: WaitingSeat = {
      take: (given) => {
        thread = given;
        thread.jobs++;
        this.#seated.set(thread.id, onEnd);
        thread.port.postMessage({ type: "job", port: port2 } satisfies WorkerTurn, [port2]);
      },
      onEnd,
    };
    const free = this.#left.pop() ?? this.#fresh();
    if (free) waiting.take(free);
    else this.#waiting.add(waiting);
    if (this.#failure) onEnd(this.#failure);
    const stand = () => {
      this.#waiting.delete(waiting);
      if (thread) this.#seated.delete(thread.id);
      port1.close();
    };
    return {
      port: port1,
      get held() {
        return thread?.held ?? null;
      },
      set held(data) {
        if (thread) thread.held = data;
      },
      end: () => {
        stand();
        if (thread) this.#end(thread);
      },
      leave: () => {
        const lives = thread !== null && this.#seated.has(thread.id);
        stand();
        if (thread === null) return;
        if (!lives || thread.jobs >= MOST_JOBS) return this.#end(thread);
        this.#rest(thread);
      },
    };
  }

  /** A thread that has run no formula yet; `null` where one is about to have let go of its last job. */
  #fresh(): Thread | null {
    const ready = this.#warm.shift();
    if (!ready && this.#resting.size > this.#waiting.size) return null;
    this.#taken++;
    return ready ?? this.#spawn();
  }

  #rest(thread: Thread): void {
    const late = setTimeout(() => this.#rested(thread, false), REST_WITHIN);
    this.#resting.set(thread, late);
    thread.port.postMessage({ type: "rest" } satisfies WorkerTurn);
  }

  /** A thread has let go of its job, or has not: then it is ended with all that it still does. */
  #rested(thread: Thread, clean: boolean): void {
    const late = this.#resting.get(thread);
    if (late === undefined) return;
    clearTimeout(late);
    this.#resting.delete(thread);
    if (clean) this.#give(thread, this.#left);
    else {
      this.#end(thread);
      // The next job needs another.
      if (this.healthy) this.#give(this.#spawn(), this.#warm);
    }
    if (this.#resting.size === 0 && this.#watchEnds) this.watch(null);
  }

  /** Gives a thread to the seat that waits longest, or else to those that wait for a seat. */
  #give(thread: Thread, idle: Thread[]): void {
    const [waiting] = this.#waiting;
    if (!waiting) return void idle.push(thread);
    this.#waiting.delete(waiting);
    waiting.take(thread);
  }

  /**
   * Ends all threads when the process takes more than that; `null` ends the watch, as soon as no thread
   * still lets go of a job.
   */
  watch(mostBytes: number | null, onFull: OnEnd | null = null): void {
    this.#onFull = onFull;
    this.#watchEnds = mostBytes === null && this.#resting.size > 0;
    if (this.#watchEnds) return;
    this.#send({ type: "watch", mostBytes });
  }

  /** Ends the cell with its threads. */
  stop(): void {
    for (const thread of this.#left.splice(0)) this.#end(thread);
    for (const [thread, late] of this.#resting) {
      clearTimeout(late);
      this.#end(thread);
    }
    this.#resting.clear();
    this.#fail(new ServiceError("CANCELLED", "the job was stopped"));
    this.#stopped = true;
    this.#stopWhenEnded();
  }

  #stopWhenEnded(): void {
    if (this.#stopped && this.#ending.size === 0) this.#worker.terminate();
  }

  #spawn(): Thread {
    const id = ++this.#last;
    const heapMebibytes = Math.ceil((this.limits.heapBytes + MOST_LEFT.heap) / MEBIBYTE);
    const { port1, port2 } = new MessageChannel();
    this.#send({ type: "spawn", id, heapMebibytes, port: port2 }, [port2]);
    const thread: Thread = { id, port: port1, jobs: 0, held: null };
    port1.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
      if (data.type === "rested") this.#rested(thread, data.clean === true);
      else if (data.type === "ending") this.#ended(thread);
    };
    return thread;
  }

  /** Has a thread end; by itself where it has run a formula, as one that is deaf couldn't be ended. */
  #end(thread: Thread): void {
    if (thread.jobs === 0) return this.#drop(thread);
    this.#ending.set(
      thread,
      setTimeout(() => {
        this.#ended(thread);
        this.#onStuck();
      }, END_WITHIN),
    );
    thread.port.postMessage({ type: "end" } satisfies WorkerTurn);
  }

  #ended(thread: Thread): void {
    clearTimeout(this.#ending.get(thread));
    if (this.#ending.delete(thread)) this.#drop(thread);
    this.#stopWhenEnded();
  }

  #drop({ id, port }: Thread): void {
    port.close();
    this.#send({ type: "end", id });
  }

  #receive(message: FromCell): void {
    if (message.type === "full") {
      const tell = this.#onFull;
      this.#onFull = null;
      const late = [...this.#resting.values(), ...this.#ending.values()];
      for (const timer of late) clearTimeout(timer);
      const idle = [
        ...[...this.#warm.splice(0), ...this.#left.splice(0)],
        ...[...this.#resting.keys(), ...this.#ending.keys()],
      ];
      this.#resting.clear();
      this.#ending.clear();
      for (const { port } of idle) port.close();
      tell?.(fullProcess(message.resident));
      return;
    }
    for (const idle of [this.#warm, this.#left]) {
      const at = idle.findIndex(({ id }) => id === message.id);
      if (at >= 0) idle.splice(at, 1)[0]!.port.close();
    }
    for (const thread of this.#resting.keys()) {
      if (thread.id === message.id) this.#rested(thread, false);
    }
    for (const thread of this.#ending.keys()) if (thread.id === message.id) this.#ended(thread);
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
    for (const { onEnd } of this.#waiting) onEnd(error);
    for (const tell of this.#seated.values()) tell(error);
    this.#waiting.clear();
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
  /** Is told of a thread that can't be ended. */
  onStuck: () => void = () => {};

  /** A cell with these limits and no others. */
  take(limits: CellLimits): Cell {
    const same = this.#cell?.healthy &&
      JSON.stringify(this.#cell.limits) === JSON.stringify(limits);
    if (!same) {
      this.#cell?.stop();
      this.#cell = new Cell(limits, () => this.onStuck());
    }
    return this.#cell!;
  }

  /**
   * Starts threads ahead of the next job, which is likely to need what the last one did; where there are
   * threads that may serve another job it needs none. Quick jobs that come one after another are over
   * before a thread has started, so there are some in reserve.
   *
   * @param lasted Milliseconds that the last job took.
   */
  warm(lasted: number): void {
    const cell = this.#cell;
    if (cell?.healthy && !cell.rests) cell.warm(lasted < QUICK ? 3 : 1);
  }
}
