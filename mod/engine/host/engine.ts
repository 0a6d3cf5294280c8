import { join } from "@std/path";
import { removeIfThere } from "../../common/remove_if_there.ts";
import { ServiceError } from "../../common/errors.ts";
import type { FormulaSource } from "../../job/formula_source.ts";
import type { LogLine } from "../../job/log_line.ts";
import type { JobProgress, Publication } from "../../job/request.ts";
import { REPORT } from "../../job/shapes.ts";
import { Channel, type FromEngine, type JobEnd, type ToEngine } from "../link/channel.ts";
import type { ExpectedJob, Greeting } from "../link/expected.ts";
import { makePrivateFolder } from "../link/folder.ts";
import { checked } from "../link/steps/step.ts";
import { type Plan, type StepAnswer, stepOf, type StepType } from "../link/steps/steps.ts";
import { spawnEngine } from "./spawn.ts";

/** How long a new engine may take until it is connected, in milliseconds. */
const CONNECT_WITHIN = 60_000;
/** How much of what an engine writes to its standard error is kept, in characters. */
const KEPT_STDERR = 8_192;

/** How engines are started and watched. */
export interface EngineOptions {
  /** Folders under which data, formulas and results lie. */
  roots: readonly string[];
  /** `HOST:PORT` of the HTTP servers that jobs may read from. */
  hosts: readonly string[];
  /** Seconds of silence after which an engine counts as hanging and is ended. */
  silenceSeconds: number;
}

/** Who is told of a job while an engine runs it. */
export interface EngineListener {
  progress(progress: JobProgress): void;
  log(lines: LogLine[]): void;
  formula(source: FormulaSource): void;
  /** The result is whole: it gets its name once this resolves, and never where it rejects. */
  publish(publication: Publication): Promise<void>;
}

/** The engine ended before the job had begun: another engine may run it. */
export class NotBegun extends ServiceError {
  constructor(how: string) {
    super("INTERNAL", `the job's engine ended before the job had begun (${how})`);
  }
}

interface RunningJob {
  id: string;
  begun: boolean;
  listener: EngineListener;
  /** Takes what the engine answers. Throws for an answer that is none. */
  done(answer: unknown): void;
  failed(error: ServiceError): void;
}

/** The server's hold on one engine process. It runs one job at a time. */
export class Engine {
  /** When it was started, in milliseconds of this process. */
  readonly started = performance.now();
  /** What its last job had in common with others: {@linkcode EnginePool.lease}. */
  affinity: readonly string[] = [];
  /** Bytes of memory it was left with after its last job. */
  resident = 0;
  /** Settles when the process is gone. */
  readonly ended: Promise<void>;
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #channel: Channel<ToEngine, FromEngine>;
  /** Processes that the kernel had ended for want of memory when this one was started. */
  readonly #kills: number | null;
  readonly #silence: number;
  #stderr = "";
  #heard = performance.now();
  #hangs = false;
  #job: RunningJob | null = null;
  #alive = true;
  #released = false;

  private constructor(
    process: Deno.ChildProcess,
    folder: string,
    channel: Channel<ToEngine, FromEngine>,
    messages: AsyncIterator<FromEngine>,
    silenceSeconds: number,
  ) {
    this.#process = process;
    this.#folder = folder;
    this.#channel = channel;
    this.#kills = kernelKills();
    this.#silence = silenceSeconds * 1000;
    this.ended = this.#watch();
    this.#receive(messages);
    this.#listen();
  }

  /**
   * Starts an engine and waits until it is connected.
   *
   * The socket lies in a folder that only this user may enter and takes one connection; the token on
   * its standard input proves that it is the engine's.
   *
   * @param job What it is started for, where that is known.
   * @param onSpawned Is called when its process is there, which is much sooner.
   */
  static async start(
    { roots, hosts, silenceSeconds }: EngineOptions,
    job: ExpectedJob | null = null,
    onSpawned = () => {},
  ): Promise<Engine> {
    const folder = await makePrivateFolder();
    const listener = Deno.listen({ transport: "unix", path: join(folder, "socket") });
    const token = crypto.randomUUID();
    const process = spawnEngine(folder, roots, hosts);
    const timer = setTimeout(() => kill(process), CONNECT_WITHIN);
    try {
      const input = process.stdin.getWriter();
      await input.write(
        new TextEncoder().encode(JSON.stringify({ token, job } satisfies Greeting)),
      );
      await input.close();
      onSpawned();
      const connection = await Promise.race([listener.accept(), failedStart(process)]);
      const channel = new Channel<ToEngine, FromEngine>(connection);
      const messages = channel[Symbol.asyncIterator]();
      const { value: hello } = await messages.next();
      if (hello?.type !== "hello" || hello.token !== token) {
        channel.close();
        throw new ServiceError(
          "INTERNAL",
          "something else than the engine connected to its socket",
        );
      }
      return new Engine(process, folder, channel, messages, silenceSeconds);
    } catch (thrown) {
      kill(process);
      await process.status;
      removeIfThere(folder);
      throw thrown;
    } finally {
      clearTimeout(timer);
      listener.close();
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Id of the job it runs. */
  get job(): string | null {
    return this.#job?.id ?? null;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Runs a job, or a step of it, and gives the checked answer. Rejects with a `ServiceError` when it fails or the
   * engine dies of it.
   */
  run<T extends StepType>(plan: Plan<T>, listener: EngineListener): Promise<StepAnswer<T>> {
    const { promise, resolve, reject } = Promise.withResolvers<StepAnswer<T>>();
    const { id, step } = plan;
    const done = (answer: unknown) => resolve(stepOf<T>(step.type).check(answer, step));
    this.#job = { id, begun: false, listener, done, failed: reject };
    this.#stderr = ""; // what an earlier job's formula wrote there is not this one's
    if (!this.#alive) this.#fail(new NotBegun("it had ended already"));
    else this.#channel.send({ type: "run", plan: plan as Plan }).catch(() => {}); // its end is told by `#watch`
    return promise;
  }

  /** Ends the process and whatever it runs, at once. */
  kill(): void {
    this.#alive = false;
    kill(this.#process);
  }

  /** Whether it was let go. */
  get released(): boolean {
    return this.#released;
  }

  /** Lets go of the engine: an idle one ends by itself. */
  close(): void {
    this.#released = true;
    this.#channel.close();
  }

  /** Ends the engine when it has been silent for too long. */
  #listen(): void {
    const timer = setInterval(() => {
      if (performance.now() - this.#heard < this.#silence) return;
      this.#hangs = true;
      this.kill();
    }, this.#silence / 4);
    this.ended.then(() => clearInterval(timer));
  }

  #fail(error: ServiceError): void {
    const job = this.#job;
    this.#job = null;
    job?.failed(error);
  }

  #end(message: JobEnd): void {
    this.resident = message.resident;
    if (message.type === "failed") return this.#fail(ServiceError.fromRecord(message.error));
    const job = this.#job;
    this.#job = null;
    try {
      job?.done(message.answer);
    } catch (thrown) {
      this.kill(); // it is in no state for another job
      job?.failed(ServiceError.from(thrown));
    }
  }

  async #receive(messages: AsyncIterator<FromEngine>): Promise<void> {
    try {
      for (;;) {
        const { value: message, done } = await messages.next();
        if (done) return;
        this.#heard = performance.now();
        if (message.type === "begun") this.#job!.begun = true;
        else if (message.type === "progress") this.#job?.listener.progress(message.progress);
        else if (message.type === "log") this.#job?.listener.log(message.lines);
        else if (message.type === "formula") this.#job?.listener.formula(message.source);
        else if (message.type === "publish") this.#permit(message.publication);
        else if (message.type === "done" || message.type === "failed") this.#end(message);
      }
    } catch (thrown) {
      if (thrown instanceof SyntaxError) this.kill();
      // every other end of the channel is the end of the process, which `#watch` tells
    }
  }

  async #permit(publication: Publication): Promise<void> {
    try {
      checked(REPORT, publication.report);
      await this.#job?.listener.publish(publication);
    } catch (thrown) {
      this.kill();
      return this.#fail(ServiceError.from(thrown));
    }
    this.#channel.send({ type: "publish" }).catch(() => {}); // its end is told by `#watch`
  }

  async #watch(): Promise<void> {
    const [status] = await Promise.all([this.#process.status, this.#keepStderr()]);
    this.#alive = false;
    this.#channel.close();
    const how = status.signal ? `it was ended by ${status.signal}` : `exit code ${status.code}`;
    const short = status.signal === "SIGKILL" && (kernelKills() ?? 0) > (this.#kills ?? Infinity);
    if (this.#job && !this.#job.begun) this.#fail(new NotBegun(how));
    else this.#fail(short ? memoryShort() : this.#died(how));
    removeIfThere(this.#folder);
  }

  #died(how: string): ServiceError {
    if (this.#hangs) {
      return new ServiceError(
        "FORMULA_TIMEOUT",
        `the job's engine gave no sign of life for ${this.#silence / 1000} seconds and was ended`,
      );
    }
    if (/out of memory|Allocation failed/i.test(this.#stderr)) {
      return memoryShort();
    }
    const last = this.#stderr.trim().split("\n").at(-1) ?? "";
    return new ServiceError(
      "FORMULA_FAILED",
      `the job's engine ended before the job did (${how})${last && `: ${last}`}`,
    );
  }

  async #keepStderr(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR);
      // A formula that floods the stream waits here, instead of taking the server's time.
      if (text.length > KEPT_STDERR) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function memoryShort(): ServiceError {
  return new ServiceError(
    "OUT_OF_MEMORY",
    "the formula used up the memory of its engine; work on fewer rows at once or keep less",
  );
}

/**
 * How many processes the kernel has ended for want of memory since it started: proc(5), `vmstat`.
 * `null` where this process may not look.
 */
function kernelKills(): number | null {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(Deno.readTextFileSync("/proc/vmstat"))?.[1] ?? 0);
  } catch {
    return null;
  }
}

async function failedStart(process: Deno.ChildProcess): Promise<never> {
  const { code } = await process.status;
  const text = (await new Response(process.stderr).text()).trim();
  throw new ServiceError(
    "INTERNAL",
    `an engine could not be started (exit code ${code}): ${text.slice(-KEPT_STDERR)}`,
  );
}

function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch (thrown) {
    if (!(thrown instanceof TypeError)) throw thrown; // it has ended already
  }
}
