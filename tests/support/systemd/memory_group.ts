/** A group of processes that has little memory: cgroups(7), of version 1 or 2. */
import { join } from "@std/path";
import { until } from "../until.ts";

const TOP = "/sys/fs/cgroup";

/** Processes in it share so many bytes; where they want more, the kernel ends one. Disposing of it removes it. */
export class MemoryGroup implements AsyncDisposable {
  readonly #path: string;
  readonly #events: string;

  private constructor(path: string, events: string) {
    this.#path = path;
    this.#events = events;
  }

  /** @returns The group, or why there can be none here. */
  static async make(bytes: number): Promise<MemoryGroup | string> {
    try {
      return await MemoryGroup.#make(bytes);
    } catch (thrown) {
      if (!(thrown instanceof Error) || !("code" in thrown)) throw thrown;
      return thrown.message;
    }
  }

  static async #make(bytes: number): Promise<MemoryGroup> {
    const first = await isThere(join(TOP, "memory"));
    if (!first) await Deno.writeTextFile(join(TOP, "cgroup.subtree_control"), "+memory");
    const path = join(TOP, first ? "memory" : "", `tcp_server_test_${crypto.randomUUID()}`);
    await Deno.mkdir(path);
    const limit = first ? "memory.limit_in_bytes" : "memory.max";
    await Deno.writeTextFile(join(path, limit), `${bytes}`);
    return new MemoryGroup(path, join(path, first ? "memory.oom_control" : "memory.events"));
  }

  async add(pid: number): Promise<void> {
    await Deno.writeTextFile(join(this.#path, "cgroup.procs"), `${pid}`);
  }

  /** Processes that the kernel has ended. */
  async kills(): Promise<number> {
    return Number(/^oom_kill (\d+)$/m.exec(await Deno.readTextFile(this.#events))![1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await until("a group of processes to be empty", async () => {
      return (await Deno.readTextFile(join(this.#path, "cgroup.procs"))) === "";
    });
    await Deno.remove(this.#path);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}
