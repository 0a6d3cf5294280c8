/** The compiled program's modules are put together into a few files: where one was is not where it is. */
const MAIN = Deno.build.standalone
  ? Deno.mainModule
  : new URL("../../main.ts", import.meta.url).href;

/**
 * URL of a file of this program.
 *
 * @param path From the folder of `main.ts`.
 */
export function programFile(path: string): URL {
  return new URL(path, MAIN);
}
