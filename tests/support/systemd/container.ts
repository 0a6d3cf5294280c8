/** A Debian with systemd as its first process, in a container of its own beside this machine's system. */
import { dirname, join } from "@std/path";
import { patiently } from "../../../scripts/patience.ts";
import { userCache } from "../../../scripts/denort.ts";
import { missingCommand, notRoot } from "../needs.ts";
import { until } from "../until.ts";

const RELEASE = "bookworm";
const PACKAGES = ["dbus", "sudo", "systemd", "systemd-sysv"];

/** How nspawn ends where the container wants to be started again. */
const REBOOT = 133;

/** A command that has ended. */
export interface Ended {
  code: number;
  /** Both streams as they came. */
  text: string;
}

/** Why a container can't be had here; null where it can. */
export async function whyNoContainer(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "this is not Linux";
  if (notRoot !== null) return notRoot;
  if (userCache() === undefined) return "there is no folder for caches: set XDG_CACHE_HOME";
  const missing = missingCommand(
    ["debootstrap", "debootstrap"],
    ["systemd-nspawn", "systemd-container"],
    ["nsenter", "util-linux"],
  );
  if (missing !== null) return missing;
  const { code, text } = await shell("unshare --mount --uts --ipc --net --pid --fork true");
  return code === 0 ? null : `namespaces can't be made: ${text.trim()}`;
}

/** A container that runs, with a network of its own. Disposing of it ends and removes it. */
export class Container implements AsyncDisposable {
  /** Its files, as this machine sees them. */
  readonly root: string;
  #process: Deno.ChildProcess;
  #console: Promise<string>;

  private constructor(root: string) {
    this.root = root;
    this.#process = start(root);
    this.#console = written(this.#process);
  }

  /** Boots a fresh copy of a Debian that is kept for the next time. */
  static async boot(): Promise<Container> {
    const base = await baseRoot();
    const parent = await Deno.makeTempDir({ dir: dirname(base), prefix: "systemd-test-" });
    const root = join(parent, "root");
    await succeed(`cp --archive --reflink=auto '${base}' '${root}'`);
    await Deno.writeTextFile(join(root, "etc/hostname"), "localhost\n");
    const container = new Container(root);
    await container.booted();
    return container;
  }

  /** Runs a command of a shell inside, in root's home. */
  async run(command: string): Promise<Ended> {
    const leader = await this.#leader();
    return await execute("nsenter", [
      ...[`--target=${leader}`, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"],
      "/usr/bin/env",
      "--ignore-environment",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "sh",
      "-c",
      `cd /root && ${command}`,
    ]);
  }

  /** Runs a command that has to go well. @return what it wrote, without the last line's end */
  async succeed(command: string): Promise<string> {
    const { code, text } = await this.run(command);
    if (code !== 0) throw new Error(`${command} ended with exit code ${code}: ${text}`);
    return text.trimEnd();
  }

  /** Waits until a command goes well. */
  async until(command: string): Promise<void> {
    await until(command, async () => (await this.run(command)).code === 0, 200);
  }

  /** Waits until systemd has started all that it starts. */
  booted(): Promise<void> {
    return this.until("systemctl is-system-running --wait");
  }

  /** Numbers that this machine has for the processes inside that are called so. */
  async pids(name: string): Promise<number[]> {
    const inside = await Deno.readLink(`/proc/${await this.#leader()}/ns/pid`);
    const pids: number[] = [];
    for await (const { name: pid } of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        const own = (await Deno.readTextFile(`/proc/${pid}/comm`)).trim();
        if (own === name && await Deno.readLink(`/proc/${pid}/ns/pid`) === inside) {
          pids.push(Number(pid));
        }
      } catch {
        continue; // it has ended
      }
    }
    return pids;
  }

  /** Starts the container's system once more. */
  async reboot(): Promise<void> {
    await this.run("systemctl reboot");
    const { code } = await this.#end();
    if (code !== REBOOT) throw new Error(`systemd-nspawn has ended: ${await this.#console}`);
    this.#process = start(this.root);
    this.#console = written(this.#process);
    await this.booted();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // To nspawn's first process, this is the order to power off.
    this.#process.kill("SIGTERM");
    await this.#end();
    await this.#console;
    await Deno.remove(dirname(this.root), { recursive: true });
  }

  #end(): Promise<Deno.CommandStatus> {
    const kill = () => this.#process.kill("SIGKILL");
    return patiently(this.#process.status, "the container to end", kill);
  }

  /** The process that is the first inside. @throws Error with what nspawn said when it ended. */
  #leader(): Promise<string> {
    const { pid } = this.#process;
    return until("the container's first process", async () => {
      try {
        const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
        return /^(\d+)\s*$/.exec(children)?.[1];
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        throw new Error(`systemd-nspawn has ended: ${await this.#console}`);
      }
    }, 50);
  }
}

function start(root: string): Deno.ChildProcess {
  const nspawn = "systemd-nspawn --quiet --register=no --keep-unit --private-network " +
    `--console=pipe --boot '--directory=${root}'`;
  // What nspawn keeps below /run has to be gone with it.
  const own = "mkdir -p /run/systemd/nspawn && mount -t tmpfs tmpfs /run/systemd/nspawn";
  return new Deno.Command("unshare", {
    args: ["--mount", "sh", "-c", `${own} && exec ${nspawn}`],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function written({ stdout, stderr }: Deno.ChildProcess): Promise<string> {
  const texts = [stdout, stderr].map((stream) => new Response(stream).text());
  return (await Promise.all(texts)).join("");
}

/** A Debian as debootstrap makes it; made where it isn't there yet. */
async function baseRoot(): Promise<string> {
  const root = join(userCache()!, `debian-${RELEASE}-${PACKAGES.join("-")}`);
  if ((await shell(`test -d '${root}'`)).code === 0) return root;
  await Deno.mkdir(dirname(root), { recursive: true });
  const partial = `${root}.${Deno.pid}`;
  const include = PACKAGES.join(",");
  console.log(`making a Debian ${RELEASE} with debootstrap, this once`);
  await succeed(
    `debootstrap --variant=minbase --include=${include} ${RELEASE} '${partial}' '${await mirror()}'`,
  );
  await succeed(`chroot '${partial}' apt-get clean`);
  await Deno.rename(partial, root);
  return root;
}

/** The server that apt gets Debian's packages from. */
async function mirror(): Promise<string> {
  const format = "$(ORIGIN) $(CODENAME) $(REPO_URI)";
  const { text } = await shell(`apt-get indextargets --format '${format}' 2>/dev/null`);
  return new RegExp(`^Debian ${RELEASE} (\\S+)$`, "m").exec(text)?.[1] ??
    "http://deb.debian.org/debian/";
}

function shell(command: string): Promise<Ended> {
  return execute("sh", ["-c", command]);
}

async function succeed(command: string): Promise<void> {
  const { code, text } = await shell(command);
  if (code !== 0) throw new Error(`${command} ended with exit code ${code}:\n${text}`);
}

async function execute(command: string, args: string[]): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}
