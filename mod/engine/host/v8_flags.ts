/**
 * What V8 is told, in the executable and in engines from the sources. Most threads are young and run much code a few
 * times: it is compiled at once, though not for speed. Heaps that begin small would be marked once or twice a job.
 * docs/decisions/runtime-flags.md has the rest, and what was tried.
 */
export const V8_FLAGS: string =
  "--always-sparkplug,--expose-gc,--max-semi-space-size=8,--initial-heap-size=128";
