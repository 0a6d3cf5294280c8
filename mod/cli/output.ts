const encoder = new TextEncoder();

/** Writes all of a text to standard output, or nothing when its reader has gone. */
export function out(text: string): void {
  write(Deno.stdout, text);
}

/** Writes all of a text to standard error, or nothing when its reader has gone. */
export function err(text: string): void {
  write(Deno.stderr, text);
}

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes: Uint8Array = encoder.encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
