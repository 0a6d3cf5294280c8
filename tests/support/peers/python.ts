/**
 * Python with other people's libraries. They are installed once into `dist/python`; where that can't be,
 * tests that need them are skipped and say so.
 */
import { fromFileUrl, join } from "@std/path";
import { patiently } from "../../../scripts/patience.ts";
import { pythonWith } from "../../../scripts/python.ts";
import { ROOT } from "../../../scripts/sources.ts";
import { testWith } from "../needs.ts";

const HERE = fromFileUrl(new URL(".", import.meta.url));

async function find(): Promise<{ python: string } | { missing: string }> {
  try {
    return { python: await pythonWith(join(HERE, "requirements.txt"), join(ROOT, "dist/python")) };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

const found = await find();

/** A test that asks Python. */
/** Path of that Python; null where there is none. */
export const peerPython: string | null = "python" in found ? found.python : null;

export function pythonTest(name: string, fn: () => Promise<void>): void {
  testWith("python" in found ? null : found.missing, name, fn);
}

/** One Python for all calls of a file, since it takes long to load its packages. */
class PythonProcess {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(python: string, script: string) {
    this.#child = new Deno.Command(python, {
      args: [join(HERE, script)],
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

/**
 * Runs a script of this folder beside the tests of the file that calls this.
 *
 * @return Sends a line and gives the one that answers; what it is for is told where none comes.
 */
export function pythonScript(script: string): (line: string, task: string) => Promise<string> {
  let process: PythonProcess | undefined;
  if ("python" in found) {
    const { python } = found;
    Deno.test.beforeAll(() => {
      process = new PythonProcess(python, script);
    });
    Deno.test.afterAll(() => process?.stop());
  }
  return (line, task) => patiently(process!.ask(line), `Python to ${task}`, () => process?.kill());
}
