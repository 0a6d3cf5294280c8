import { join } from "@std/path";
import { ROOT } from "./sources.ts";
import { isTestOnly } from "./staging.ts";

/** An npm package that the program embeds. */
export interface EmbeddedPackage {
  name: string;
  version: string;
  /** As npm tells it: the digest's name, a dash, and the digest in base 64. */
  integrity: string;
  /** Where Deno keeps it. */
  folder: string;
}

/** What is read of deno.lock. */
interface Lock {
  npm: Record<string, { integrity: string; dependencies?: string[] }>;
  workspace: { dependencies: string[] };
}

/** The npm packages that the program embeds, in the order of their names: those of the lock file, without the tests' own. */
export async function embeddedPackages(): Promise<EmbeddedPackage[]> {
  const npm = await npmFolder();
  const lock: Lock = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.lock")));
  const locked = lock.npm;
  const direct = lock.workspace.dependencies.map((name) => name.replace(/^npm:/, ""))
    .filter((name) => !isTestOnly(name));
  const found = new Map<string, EmbeddedPackage>();
  const add = (wanted: string) => {
    const key = Object.keys(locked).find((one) => one === wanted || one.startsWith(`${wanted}_`))!;
    if (found.has(key)) return;
    const { integrity, dependencies = [] } = locked[key]!;
    // Behind the version may stand what else the package is used with: bullmq@6.7.0_ioredis@5.8.2.
    const [, name, version] = /^(.[^@]*)@([^_]+)/.exec(key) as unknown as [string, string, string];
    found.set(key, { name, version, integrity, folder: join(npm, name, version) });
    for (const dependency of dependencies) {
      const full = Object.keys(locked).find((one) =>
        one === dependency || one.startsWith(`${dependency}@`)
      );
      add(full!);
    }
  };
  for (const key of direct) add(key);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Where Deno keeps the packages of npm's registry. */
async function npmFolder(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
    stdin: "null",
  }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout)) as { npmCache: string };
  for await (const { name, isDirectory } of Deno.readDir(npmCache)) {
    if (isDirectory) return join(npmCache, name);
  }
  throw new Error(`there are no packages in ${npmCache}`);
}
