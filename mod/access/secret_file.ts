import { SettingsError } from "../common/errors.ts";

/**
 * The text of a file with secrets.
 *
 * @param what the file's name in messages, such as `the token file`
 * @param most bytes that are read at most
 * @throws {SettingsError} when it can't be read, or every user may read or write it
 */
export function readSecretFile(what: string, path: string, most: number): string {
  let text, mode;
  try {
    using file = Deno.openSync(path);
    mode = file.statSync().mode;
    text = new TextDecoder().decode(readUpTo(file, most));
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it doesn't exist" : plain(error);
    throw new SettingsError(`${what} ${path} can't be read: ${reason}`);
  }
  if (mode !== null && (mode & 0o006) !== 0) {
    throw new SettingsError(
      `${what} ${path} is open to every user of this machine: chmod o-rw ${path}`,
    );
  }
  return text;
}

function readUpTo(file: Deno.FsFile, most: number): Uint8Array {
  const bytes = new Uint8Array(most);
  let length = 0;
  while (length < most) {
    const read = file.readSync(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

function plain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
