/** Networks that can be cut: namespaces of the kernel. */
import { missingCommand, notRoot } from "./needs.ts";

/** Networks that a process of tests may make. */
const MOST_NETWORKS = 2;

/** A machine of its own, as far as its network goes: a namespace of the kernel's, with a cable to this one. */
export class Namespace implements AsyncDisposable {
  readonly #name: string;
  /** Number of the network's first address among those of 198.18.0.0/15, which is kept for such tests. */
  readonly #first: number;

  private constructor(index: number) {
    this.#name = `mt${Deno.pid}_${index}`;
    this.#first = 4 * (MOST_NETWORKS * (Deno.pid % 2 ** 14) + index);
  }

  /** @param index From 0, below {@linkcode MOST_NETWORKS}; each has a network of its own. */
  static async make(index: number): Promise<Namespace> {
    const made = new Namespace(index), name = made.#name;
    await ip("netns", "add", name);
    await ip("link", "add", `${name}a`, "type", "veth", "peer", "name", `${name}b`);
    await ip("link", "set", `${name}b`, "netns", name);
    await ip("addr", "add", `${made.near}/30`, "dev", `${name}a`);
    await ip("link", "set", `${name}a`, "up");
    await ip("-n", name, "addr", "add", `${made.far}/30`, "dev", `${name}b`);
    await ip("-n", name, "link", "set", `${name}b`, "up");
    await ip("-n", name, "link", "set", "lo", "up");
    return made;
  }

  /** Address of this machine, as the other sees it; and of the other. */
  get near(): string {
    return this.#address(1);
  }

  get far(): string {
    return this.#address(2);
  }

  #address(place: number): string {
    const number = this.#first + place;
    return `198.${18 + (number >> 16)}.${number >> 8 & 255}.${number & 255}`;
  }

  /** What stands before a command that is run there. */
  get before(): string[] {
    return ["ip", "netns", "exec", this.#name];
  }

  cut(): Promise<void> {
    return ip("link", "set", `${this.#name}a`, "down");
  }

  mend(): Promise<void> {
    return ip("link", "set", `${this.#name}a`, "up");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ip("link", "del", `${this.#name}a`);
    await ip("netns", "del", this.#name);
  }
}

/** What is missing for networks to be made; null where they can be. */
export async function missingNamespaces(): Promise<string | null> {
  const missing = missingCommand(["ip", "iproute2"]) ?? notRoot;
  if (missing !== null) return missing;
  try {
    await using _one = await Namespace.make(0);
    return null;
  } catch {
    return "networks can't be made here: the kernel refuses namespaces";
  }
}

async function ip(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("ip", { args }).output();
  if (!success) throw new Error(`ip ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
