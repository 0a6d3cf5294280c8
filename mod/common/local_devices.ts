/** File systems on disks of this machine that give a folder another time whenever a name in it changes. */
const TIMED = new Set(["ext2", "ext3", "ext4", "xfs", "f2fs"]);

let devices: ReadonlySet<number> = new Set();

/**
 * Disks whose file systems keep the times of folders, by the numbers that files have as `dev`. Those of networks and of
 * programs (FUSE) may do as they like, and numbers that belong to no disk are given out again. Where this process may
 * not look any more, those that it saw before.
 */
export function localDevices(): ReadonlySet<number> {
  try {
    devices = devicesIn(Deno.readTextFileSync("/proc/self/mountinfo"));
  } catch {
    // An engine has given up the right to look there.
  }
  return devices;
}

/** proc(5): `36 35 98:0 /root /mnt rw master:1 - ext4 /dev/sda1 rw`. */
function devicesIn(mounts: string): Set<number> {
  const found = new Set<number>();
  for (const mount of mounts.split("\n")) {
    const [, major, minor, type] = /^\d+ \d+ (\d+):(\d+) .* - (\S+) /.exec(mount) ?? [];
    if (TIMED.has(type ?? "") && major !== "0") found.add(numberOf(Number(major), Number(minor)));
  }
  return found;
}

/** A device's number as stat(2) gives it, of the 12 bits and 20 bits that Linux has for its halves. */
function numberOf(major: number, minor: number): number {
  return (minor & ~0xff) * 2 ** 12 + (major << 8) + (minor & 0xff);
}
