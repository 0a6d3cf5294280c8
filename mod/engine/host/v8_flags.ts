/**
 * What V8 is told in engines from the sources. Most threads are young and run much code a few
 * times: it is compiled at once, though not for speed. docs/decisions/runtime-flags.md has the rest, and what was tried.
 */
export const SOURCES_FLAGS: string = "--always-sparkplug,--expose-gc,--max-semi-space-size=4";

/** The same in the executable, where heaps that begin small would be marked once or twice a job. */
export const V8_FLAGS: string = `${SOURCES_FLAGS},--initial-heap-size=128`;
