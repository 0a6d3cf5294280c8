/**
 * The framer and the parser behind it against streams of bytes of every kind, cut in every way. What
 * they give is compared with what an oracle finds that has the whole stream at once.
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { type Frame, Framer } from "../../mod/wire/framing.ts";
import { compact } from "../../mod/wire/json_text.ts";
import { parseFrame } from "../../mod/wire/request.ts";
import { amountOf, SEED } from "../support/suite_options.ts";
import { fuzzRandom } from "../support/random_numbers.ts";
import { type Event, eventsOf, isJson } from "../support/stream_oracle.ts";
import { cuts, shown, stream, type StreamLimits } from "../support/random_streams.ts";

const CASES = amountOf("framing-fuzz");

/** Limits of one case: small ones, so that short streams come close to them. */
const LIMITS: StreamLimits[] = [
  { bytes: 64, depth: 128 },
  { bytes: 300, depth: 128 },
  { bytes: 4096, depth: 128 },
  { bytes: 1000, depth: 4 },
];

/** What the framer and the parser give for a stream in pieces of these lengths. */
function actual(bytes: Uint8Array, lengths: number[], limits: StreamLimits): Event[] {
  const framer = new Framer(limits.bytes, limits.depth);
  const events: Event[] = [];
  // One buffer for all reads, overwritten by the next, as a connection has.
  const buffer = new Uint8Array(Math.max(1, ...lengths));

  /** One step; false when there is nothing more for now. */
  const step = (next: () => Frame | null): boolean => {
    const code = (error: unknown): string => {
      if (!(error instanceof ServiceError)) throw error;
      return error.code;
    };
    let frame;
    try {
      frame = next();
    } catch (error) {
      events.push({ code: code(error), lost: framer.broken });
      return true;
    }
    if (frame === null) return false;
    assert(!framer.broken && !framer.inside, "a frame is given, and the framer is amid another");
    try {
      const value = parseFrame(frame);
      assert(frame.keys >= Object.keys(value).length, "keys are missing from the count");
      assertEquals(frame.spaced, compact(frame.text) !== frame.text, "spaced");
      events.push({ text: frame.text, spaced: frame.spaced });
    } catch (error) {
      events.push({ code: code(error), lost: framer.broken });
    }
    return true;
  };

  let at = 0;
  for (const length of lengths) {
    buffer.set(bytes.subarray(at, at += length));
    framer.feed(buffer.subarray(0, length));
    while (step(() => framer.next()));
    buffer.fill(0x7d);
  }
  step(() => {
    framer.end();
    return null;
  });
  assert(!framer.broken || framer.next() === null, "a broken framer gives a frame");
  return events;
}

/**
 * The objects of a stream, found with nothing but `JSON.parse`: the shortest piece that is JSON, and
 * so on. Null when it is not made of objects alone.
 */
function parsedOut(bytes: Uint8Array<ArrayBuffer>): string[] | null {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
  const found: string[] = [];
  while ((text = text.replace(/^[ \t\r\n]+/, "")) !== "") {
    if (text[0] !== "{") return null;
    let end = 0;
    do {
      end = text.indexOf("}", end) + 1;
      if (end === 0) return null;
    } while (!isJson(text.slice(0, end)));
    found.push(text.slice(0, end));
    text = text.slice(end);
  }
  return found;
}

Deno.test("any bytes in any pieces give the requests of the whole stream, or a ServiceError", () => {
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  for (let index = 0; index < CASES; index++) {
    const random = fuzzRandom(index);
    const limits = LIMITS[random(LIMITS.length)]!;
    const { kind, bytes } = stream(random, limits);
    const wanted = eventsOf(bytes, limits);
    count(kind);
    for (const event of wanted) count("text" in event ? "objects" : event.code);
    for (const lengths of [[bytes.length], cuts(random, bytes)]) {
      try {
        assertEquals(actual(bytes, lengths, limits), wanted);
      } catch (error) {
        console.log(
          `seed ${SEED}, stream ${index} of ${CASES} (${kind})\n` +
            `limits ${JSON.stringify(limits)}\n${shown(bytes, lengths)}`,
        );
        throw error;
      }
    }
    if (bytes.length < 200 && limits.bytes > 200 && limits.depth > 100) {
      const objects = parsedOut(bytes);
      const found = wanted.map((event) => "text" in event ? event.text : null);
      const wrong = `seed ${SEED}: the oracle is wrong about stream ${index}`;
      if (objects === null) assert(found.includes(null), wrong);
      else assertEquals(found, objects, wrong);
      count(objects === null ? "refused by JSON.parse" : "taken apart by JSON.parse");
    }
  }
  console.log(`seed ${SEED}: ${CASES} streams, each whole and in pieces`);
  console.log([...counts].map(([what, times]) => `${what} ${times}`).join(", "));
});

Deno.test("a framer allocates no array longer than its limit, however an object grows", () => {
  const lengths: number[] = [];
  const Plain = Uint8Array;
  globalThis.Uint8Array = new Proxy(Plain, {
    construct(target, [length]) {
      lengths.push(length);
      return new target(length);
    },
  });
  try {
    const limit = 100_000;
    for (const size of [1, 700, 4096, 65_537, limit]) {
      const framer = new Framer(limit);
      const piece = new Plain(size).fill(0x78);
      framer.feed(new TextEncoder().encode('{"a":"'));
      assertEquals(framer.next(), null);
      const error = assertThrows(() => {
        for (let fed = 0; fed <= limit; fed += size) {
          framer.feed(piece);
          assertEquals(framer.next(), null);
        }
      }, ServiceError);
      assertEquals(error.code, "TOO_LARGE");
      assert(Math.max(...lengths) <= limit, `pieces of ${size}: ${Math.max(...lengths)} bytes`);
    }
    assert(Math.max(...lengths) > limit / 4, "no array was seen");
  } finally {
    globalThis.Uint8Array = Plain;
  }
});
