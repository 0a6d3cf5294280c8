/**
 * pyarrow and Polars: other people's readers and writers of Parquet, in a Python of their own. They are
 * installed once into `dist/python`; where that can't be, tests that need them are skipped and say so.
 */
import { fromFileUrl, join } from "@std/path";
import { patiently } from "../../../scripts/patience.ts";
import { pythonWith } from "../../../scripts/python.ts";
import { ROOT } from "../../../scripts/sources.ts";
import { testWith } from "../needs.ts";

const HERE = fromFileUrl(new URL(".", import.meta.url));

export type Peer = "pyarrow" | "polars";
export const PEERS: readonly Peer[] = ["pyarrow", "polars"];

async function find(): Promise<{ python: string } | { missing: string }> {
  try {
    return { python: await pythonWith(join(HERE, "requirements.txt"), join(ROOT, "dist/python")) };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

const found = await find();

/** A test with pyarrow and Polars. */
export function peerTest(name: string, fn: () => Promise<void>): void {
  testWith("python" in found ? null : found.missing, name, fn);
}

let process: PeerProcess | undefined;

/** One Python for all calls of a file, since it takes long to load its packages. */
class PeerProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(python: string) {
    this.#child = new Deno.Command(python, {
      args: [join(HERE, "peers.py")],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.getReader();
  }

  /** Sends a line, gives the line that answers. */
  async ask(line: string): Promise<string> {
    await this.#writer.write(new TextEncoder().encode(`${line}\n`));
    let end: number;
    while ((end = this.#text.indexOf("\n")) < 0) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error("Python has ended");
      this.#text += this.#decoder.decode(value, { stream: true });
    }
    const answer = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return answer;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#writer.close();
    await this.#reader.cancel();
    const { success } = await this.#child.status;
    if (!success) throw new Error("Python did not end well");
  }
}

if ("python" in found) {
  const { python } = found;
  Deno.test.beforeAll(() => {
    process = new PeerProcess(python);
  });
  Deno.test.afterAll(() => process?.stop());
}

/**
 * Calls a function of `peers.py`.
 *
 * @throws Error with what Python says when it fails.
 */
export async function callPeer<T>(name: string, ...args: unknown[]): Promise<T> {
  const line = JSON.stringify([name, args]);
  const task = `Python to ${name}`;
  const answer = JSON.parse(await patiently(process!.ask(line), task, () => process?.kill()));
  if ("error" in answer) throw new Error(answer.error);
  return answer.value;
}
