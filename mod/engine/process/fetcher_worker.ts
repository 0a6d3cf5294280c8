/// <reference lib="deno.unstable" />
import { ServiceError } from "../../common/errors.ts";
import { programFile } from "../../common/program_file.ts";
import type { FetcherReady, ToFetcher } from "../../remote/range_fetcher.ts";

/**
 * The engine's hold on its fetcher: a Web Worker that may reach the allowed HTTP servers and nothing
 * else, while nothing else in the engine may use the network.
 */
export class FetcherWorker {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** @param addresses `HOST:PORT` of the allowed servers. */
  static async start(addresses: string[]): Promise<FetcherWorker> {
    const off = { env: false, ffi: false, import: false, read: false, run: false, sys: false };
    const worker = new Worker(programFile("workers/fetcher.ts"), {
      type: "module",
      name: "fetcher",
      deno: { permissions: { ...off, write: false, net: addresses } },
    });
    const ready = Promise.withResolvers<void>();
    worker.onerror = (event) => {
      event.preventDefault();
      ready.reject(new ServiceError("INTERNAL", `the fetcher failed: ${event.message}`));
    };
    worker.onmessage = ({ data }: MessageEvent<FetcherReady>) => {
      if (data.type === "ready") ready.resolve();
    };
    const fetcher = new FetcherWorker(worker);
    fetcher.#send({ type: "start", addresses });
    await ready.promise;
    return fetcher;
  }

  /** A line for one reader, which may ask for these URLs only. */
  open(urls: string[]): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#send({ type: "open", port: port1, urls }, [port1]);
    return port2;
  }

  /** Ends all lines. */
  closeAll(): void {
    this.#send({ type: "close" });
  }

  #send(message: ToFetcher, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
