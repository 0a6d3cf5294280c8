/** The library that writes Arrow IPC. It is loaded when the first result of that kind is written, and never before. */
export type Arrow = typeof import("apache-arrow");

/** Loads the library. */
export async function loadArrow(): Promise<Arrow> {
  return await import("apache-arrow");
}
