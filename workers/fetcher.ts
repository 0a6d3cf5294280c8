/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/// <reference lib="esnext" />
/** The fetcher's worker: the only part of an engine that may use the network. */
import { Fetcher, type FetcherReady, type ToFetcher } from "../mod/remote/range_fetcher.ts";

const fetcher = new Fetcher();
self.onmessage = ({ data }: MessageEvent<ToFetcher>) => {
  fetcher.receive(data);
  if (data.type === "start") self.postMessage({ type: "ready" } satisfies FetcherReady);
};
