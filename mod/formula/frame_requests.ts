/** What `main` asks of the engine while it runs, and what it is answered. */
import { fieldsOf, forged, isCount, isTexts } from "./checks.ts";

interface Requests {
  /** Whole columns. */
  columns: {
    names: string[];
    /** Of times: the instant that seconds are wanted from, in nanoseconds since 1970. */
    since?: bigint;
  };
  /** A reduction of all partitions by exports of the formula. */
  reduction: { chunk: string; combine: string; args: unknown[] };
  /** A long Fourier transform of which `count` other workers take shares. */
  help: { memory: WebAssembly.Memory; count: number };
}

/** Answers by the requests' types. */
export interface FrameAnswers {
  /** An array for each name. */
  columns: unknown[];
  /** What the formula's own exports came to. */
  reduction: unknown;
  help: null;
}

export type FrameRequestType = keyof Requests;

export type FrameRequest<T extends FrameRequestType = FrameRequestType> = {
  [K in T]: { type: K } & Requests[K];
}[T];

/** Sends a request to the engine and waits for its answer. */
export type Ask = <T extends FrameRequestType>(
  request: FrameRequest<T>,
) => Promise<FrameAnswers[T]>;

/** Checks what `main` asks. @throws ServiceError `FORMULA_FAILED`. */
export function checkedRequest(value: unknown): FrameRequest {
  const request = fieldsOf(value, "a request of main");
  const { type } = request;
  const known = typeof type === "string" && Object.hasOwn(FITS, type);
  if (!known || !FITS[type as FrameRequestType](request)) throw forged("a request of main");
  return request as unknown as FrameRequest;
}

const FITS: Record<FrameRequestType, (request: Record<string, unknown>) => boolean> = {
  columns: ({ names, since }) =>
    isTexts(names) && (since === undefined || typeof since === "bigint"),
  reduction: ({ chunk, combine, args }) =>
    typeof chunk === "string" && typeof combine === "string" && Array.isArray(args),
  help: ({ memory, count }) => memory instanceof WebAssembly.Memory && isCount(count),
};
