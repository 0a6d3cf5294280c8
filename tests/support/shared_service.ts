/** A service that the tests of a file share where a fresh one isn't the point. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { type Sample, writeSample } from "./fixtures.ts";
import { type RunningServer, startServer, type TempDir, tempDir, type Way } from "./harness.ts";

/** What the tests of a file share. */
export interface SharedService {
  readonly server: RunningServer;
  /** Its root. */
  readonly root: string;
  /** A folder below the root for one test. */
  folder(): Promise<string>;
}

/** How a service that is shared is started. */
export interface SharedOptions {
  /** Further arguments of `serve`. */
  args?: readonly string[] | (() => readonly string[]);
  /** What comes first, with the service's root. */
  prepare?: (root: string) => Promise<void>;
  /** What comes last, when the service has ended. */
  close?: () => Promise<void>;
}

/**
 * Starts a service before the first test of the file that calls this, and stops it after the last, when it
 * has to end well.
 *
 * Its log has errors only, of which there may be none: a line that came while a test runs would be taken for
 * something that the test left behind.
 */
export function shareService(way: Way, options: SharedOptions = {}): SharedService {
  const { args = [], prepare, close } = options;
  let root: TempDir;
  /** None where it didn't start. */
  let server: RunningServer | undefined;
  Deno.test.beforeAll(async () => {
    root = await tempDir();
    await prepare?.(root.path);
    server = await startServer(way, {
      root: root.path,
      args: ["--log-level", "error", ...(typeof args === "function" ? args() : args)],
    });
  });
  Deno.test.afterAll(async () => {
    await server?.stop();
    await close?.();
    await root[Symbol.asyncDispose]();
    assertEquals(server?.stderr ?? "", "");
  });
  return {
    get server() {
      return server!;
    },
    get root() {
      return root.path;
    },
    folder: () => Deno.makeTempDir({ dir: root.path }),
  };
}

/** Writes a sample before the first test of the file that calls this; gives what copies it into a folder. */
export function shareSample(
  rows: number,
  rowGroupSize: number,
): (folder: string) => Promise<Sample> {
  const name = "time_series.parquet";
  let place: TempDir, sample: Sample;
  Deno.test.beforeAll(async () => {
    place = await tempDir();
    sample = await writeSample(place.path, rows, rowGroupSize, name);
  });
  Deno.test.afterAll(async () => await place[Symbol.asyncDispose]());
  return async (folder) => {
    await Deno.copyFile(join(place.path, name), join(folder, name));
    return sample;
  };
}
