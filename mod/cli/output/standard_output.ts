const encoder = new TextEncoder();

/** Standard output can't be written to: the message says why. */
export class OutputError extends Error {
  override readonly name = "OutputError";
}

/**
 * Writes all of a text to standard output.
 *
 * @return whether somebody reads it; where the reader has gone there is no use in writing more
 * @throws {OutputError} when it can't be written, as on a full disk
 */
export function out(text: string): boolean {
  try {
    write(Deno.stdout, text);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutputError(`standard output can't be written to: ${reason}`);
  }
}

/** Writes all of a text to standard error, or what can be written of it: nobody could be told of the rest. */
export function err(text: string): void {
  try {
    write(Deno.stderr, text);
  } catch {
    // the reader has gone, or the disk is full
  }
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes: Uint8Array = encoder.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
}
