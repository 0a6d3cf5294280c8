/** File systems that tests fill up. */
import { assert } from "@std/assert";
import { join } from "@std/path";
import { tempDir, type Way, ways } from "./harness.ts";
import { missingCommand, notRoot, testWith } from "./needs.ts";

/** Mounts a small file system. */
async function mount(path: string, options: string): Promise<boolean> {
  const args = ["-t", "tmpfs", "-o", options, "tmpfs", path];
  const { success } = await new Deno.Command("mount", { args, stderr: "null" }).output();
  return success;
}

async function unmount(path: string): Promise<void> {
  const { success } = await new Deno.Command("umount", { args: ["--lazy", path] }).output();
  assert(success, "the test's own file system can be unmounted");
}

/** What is missing for file systems to be mounted. */
async function missingMount(): Promise<string | null> {
  const missing = missingCommand(["mount", "mount"]) ?? notRoot;
  if (missing !== null) return missing;
  await using folder = await tempDir();
  if (!await mount(folder.path, "size=4k")) {
    return "no file system can be mounted here: the kernel refuses it";
  }
  await unmount(folder.path);
  return null;
}

const noMount = await missingMount();

/** A test on a small file system of its own; only root may mount one. */
export function onSmallDisk(
  name: string,
  options: string,
  run: (way: Way, disk: string) => Promise<void>,
) {
  for (const way of ways) {
    testWith(noMount, `${name} [${way.name}]`, async () => {
      await using folder = await tempDir();
      const disk = join(folder.path, "disk");
      await Deno.mkdir(disk);
      assert(await mount(disk, options));
      try {
        await run(way, disk);
      } finally {
        await unmount(disk);
      }
    });
  }
}

/** Fills a disk to its last bytes; gives the file that does it. */
export async function fillUp(disk: string): Promise<string> {
  const fill = join(disk, "fill");
  await Deno.writeFile(fill, new Uint8Array(0));
  for (let size = 1 << 20, room = true; room;) {
    room = await Deno.writeFile(fill, new Uint8Array(size), { append: true }).then(
      () => true,
      () => (size >>= 1) >= 1024,
    );
  }
  return fill;
}
