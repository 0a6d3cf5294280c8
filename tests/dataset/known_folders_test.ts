/** Folders are listed once as long as nothing changes in them, and whatever changes is seen. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { FolderLook } from "../../mod/common/known_folders.ts";
import { localDevices } from "../../mod/common/local_devices.ts";
import { withoutLinksOut } from "../../mod/engine/snapshot/readable.ts";
import { tempDir } from "../support/harness.ts";
import { type Random, randomFrom } from "../support/random_numbers.ts";
import { SEED } from "../support/suite_options.ts";

/** How long ago a folder must have been changed to be known again, and a little. */
const SETTLED = 2100;
const settled = () => new Promise((go) => setTimeout(go, SETTLED));

type Listing = [name: string, kind: string][];

const listed = (entries: Iterable<Deno.DirEntry>): Listing =>
  [...entries].map(({ name, isFile, isDirectory }): [string, string] => [
    name,
    isFile ? "file" : isDirectory ? "folder" : "link",
  ]).sort();

/** What is known of a folder, or what it holds, which is known from then on. */
function seen(path: string): { isKnown: boolean; entries: Listing } {
  const { entries, listing } = new FolderLook().at(path);
  if (entries) return { isKnown: true, entries: listed(entries) };
  const now = [...Deno.readDirSync(path)];
  for (const entry of now) listing.add(entry);
  listing.remember();
  return { isKnown: false, entries: listed(now) };
}

/** Ways to change what a folder that has files `a` and `b` and a folder `c` holds. */
const CHANGES: Readonly<Record<string, (folder: string) => void>> = {
  "a file more": (folder) => Deno.writeTextFileSync(join(folder, "d"), ""),
  "a folder more": (folder) => Deno.mkdirSync(join(folder, "d")),
  "a file less": (folder) => Deno.removeSync(join(folder, "a")),
  "another name": (folder) => Deno.renameSync(join(folder, "a"), join(folder, "d")),
  "a name that was there": (folder) => Deno.renameSync(join(folder, "a"), join(folder, "b")),
  "a link in place of a file": (folder) => {
    Deno.removeSync(join(folder, "a"));
    Deno.symlinkSync("/etc/passwd", join(folder, "a"));
  },
  "a folder in place of a file": (folder) => {
    Deno.removeSync(join(folder, "a"));
    Deno.mkdirSync(join(folder, "a"));
  },
  "another folder in its place": (folder) => {
    Deno.renameSync(folder, `${folder}.old`);
    Deno.mkdirSync(folder);
    Deno.writeTextFileSync(join(folder, "e"), "");
  },
  "a link to another folder in its place": (folder) => {
    Deno.renameSync(folder, `${folder}.old`);
    Deno.mkdirSync(`${folder}.new`);
    Deno.symlinkSync(`${folder}.new`, folder);
  },
  "a change whose time is set back": (folder) => {
    const { atime, mtime } = Deno.statSync(folder);
    Deno.writeTextFileSync(join(folder, "d"), "");
    Deno.utimeSync(folder, atime!, mtime!);
  },
};

function make(folder: string): void {
  Deno.mkdirSync(join(folder, "c"), { recursive: true });
  for (const name of ["a", "b"]) Deno.writeTextFileSync(join(folder, name), name);
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random(values.length)]!;
}

Deno.test("a folder is known as long as nothing changes in it, and every change of it is seen", async () => {
  await using top = await tempDir();
  const random = randomFrom(SEED);
  console.log(`seed ${SEED}`);
  const folders = Array.from({ length: 60 }, (_, index) => join(top.path, `f${index}`));
  for (const folder of folders) make(folder);
  assert(folders.every((folder) => !seen(folder).isKnown && !seen(folder).isKnown));
  await settled();
  for (const folder of folders) seen(folder);
  const isLocal = localDevices().has(Deno.statSync(top.path).dev);
  for (const folder of folders) assertEquals(seen(folder).isKnown, isLocal);
  for (let round = 0; round < 100; round++) {
    const folder = pick(random, folders), how = pick(random, Object.keys(CHANGES));
    try {
      CHANGES[how]!(folder);
    } catch (thrown) {
      if (!(thrown instanceof Error) || !("code" in thrown)) throw thrown; // what it changes is gone
    }
    assertEquals(seen(folder), { isKnown: false, entries: listed(Deno.readDirSync(folder)) }, how);
    const other = pick(random, folders);
    assertEquals(seen(other).entries, listed(Deno.readDirSync(other)));
  }
});

Deno.test("a link that leads out is seen in folders that are known", async () => {
  await using top = await tempDir();
  const { path } = top;
  for (const name of ["x", "x/y", "z"]) make(join(path, name));
  await settled();
  for (let time = 0; time < 2; time++) assertEquals(withoutLinksOut(path), [path]);
  await Deno.symlink("/etc/passwd", join(path, "x/y/out"));
  const readable = withoutLinksOut(path);
  assert(!readable.some((one) => `${path}/x/y/out`.startsWith(one)), readable.join(" "));
  assert(readable.includes(join(path, "z")));
  await settled(); // folders with links are looked through each time, for what a link leads to may change
  for (let time = 0; time < 2; time++) assertEquals(withoutLinksOut(path), readable);
  await Deno.remove(join(path, "x/y/out"));
  assertEquals(withoutLinksOut(path), [path]);
});
