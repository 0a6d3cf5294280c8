import { assert, assertEquals, assertThrows } from "@std/assert";
import { ServiceError } from "../../mod/common/errors.ts";
import { type Frame, Framer } from "../../mod/wire/framing.ts";
import { compact, members } from "../../mod/wire/json_text.ts";
import { SEED } from "../support/suite_options.ts";
import { randomFrom } from "../support/random_numbers.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** All frames of a stream that came in these pieces. */
function framesOf(pieces: Uint8Array<ArrayBuffer>[], framer = new Framer(1 << 20)): Frame[] {
  const frames: Frame[] = [];
  for (const piece of pieces) {
    framer.feed(piece);
    for (let frame = framer.next(); frame !== null; frame = framer.next()) frames.push(frame);
  }
  framer.end();
  return frames;
}

function cut(stream: Uint8Array<ArrayBuffer>, lengths: () => number): Uint8Array<ArrayBuffer>[] {
  const pieces = [];
  for (let at = 0; at < stream.length;) {
    const length = lengths();
    // A copy that is overwritten later, as a read buffer is.
    pieces.push(stream.slice(at, at + length));
    at += length;
  }
  return pieces;
}

const AWKWARD =
  '{"a\\"}{":"}\\\\","b":[{"c":"[[{{"},{}],"d":"\\u007d é € 𝄞 \\\\\\"","e":{"f":null}}';

function assertStops(input: string | Uint8Array<ArrayBuffer>, code: string, part: string) {
  const framer = new Framer(1000);
  framer.feed(typeof input === "string" ? bytes(input) : input);
  const error = assertThrows(() => framer.next(), ServiceError, part);
  assertEquals(error.code, code);
  assert(framer.broken);
  assertEquals(framer.next(), null);
}

Deno.test("an object is found whole, however its bytes are divided", () => {
  const stream = bytes(AWKWARD);
  assertEquals(JSON.parse(AWKWARD).b[0].c, "[[{{");
  for (let first = 1; first < stream.length; first++) {
    const [frame, none] = framesOf([stream.slice(0, first), stream.slice(first)]);
    assertEquals(frame?.text, AWKWARD);
    assertEquals(none, undefined);
  }
  assertEquals(framesOf(cut(stream, () => 1)).map(({ text }) => text), [AWKWARD]);
});

Deno.test("a stream of random objects is split into the same objects", () => {
  console.log(`seed ${SEED}`);
  const random = randomFrom(SEED + 1);
  const value = (depth: number): unknown => {
    switch (random(depth > 5 ? 4 : 6)) {
      case 0:
        return random(1 << 30) / 7;
      case 1:
        return ["", '"', "\\", "}{][", "\u0000\n", "ключ", "𝄞", "\ud800"][random(8)];
      case 2:
        return random(2) === 0;
      case 3:
        return null;
      case 4:
        return Array.from({ length: random(4) }, () => value(depth + 1));
      default:
        return object(depth + 1);
    }
  };
  const object = (depth: number) =>
    Object.fromEntries(
      Array.from({ length: random(5) }, () => [`k${random(9)}":{`, value(depth)]),
    );
  for (let round = 0; round < 300; round++) {
    const texts = Array.from(
      { length: 1 + random(5) },
      () => JSON.stringify(object(0), null, random(3)),
    );
    const gaps = ["", " ", "\n", "\r\n\t "];
    const stream = bytes(texts.map((text) => gaps[random(4)] + text).join("") + gaps[random(4)]);
    const longest = 1 + random(40);
    const frames = framesOf(cut(stream, () => 1 + random(longest)));
    assertEquals(frames.map(({ text }) => text), texts);
    for (const frame of frames) {
      const parsed = JSON.parse(frame.text);
      assertEquals(frame.keys, Object.keys(parsed).length);
      const inner = Object.values(parsed).filter((one) =>
        typeof one === "object" && one !== null && !Array.isArray(one)
      );
      assertEquals(frame.innerKeys, inner.flatMap((one) => Object.keys(one as object)).length);
      assertEquals(compact(frame.text), JSON.stringify(parsed));
      assertEquals(members(compact(frame.text)).map(({ key }) => key), Object.keys(parsed));
    }
  }
});

Deno.test("bytes of an object in many small pieces are scanned once", () => {
  let touched = 0;
  const framer = new Framer(1 << 20);
  const counted = (piece: Uint8Array<ArrayBuffer>) =>
    new Proxy(piece, {
      get(target, key) {
        if (typeof key === "string" && /^\d+$/.test(key)) touched++;
        const value = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  const text = `{"long":"${"x".repeat(5000)}"}`;
  let found: Frame | null = null;
  for (const piece of cut(bytes(text), () => 3)) {
    framer.feed(counted(piece));
    found = framer.next();
  }
  assertEquals(found?.text, text);
  assertEquals(touched, text.length);
});

Deno.test("an object of the greatest length is accepted, and one byte more is TOO_LARGE", () => {
  const object = (length: number) => bytes(`{"a":"${"x".repeat(length - 8)}"}`);
  for (const pieces of [1000, 7]) {
    const fits = framesOf(cut(object(100), () => pieces), new Framer(100));
    assertEquals(fits[0]?.text.length, 100);
    const framer = new Framer(100);
    const error = assertThrows(
      () => framesOf(cut(object(101), () => pieces), framer),
      ServiceError,
      "longer than 100 bytes",
    );
    assertEquals(error.code, "TOO_LARGE");
    assert(framer.broken);
  }
});

Deno.test("an object without an end is TOO_LARGE before more than the limit is kept", () => {
  const framer = new Framer(1000);
  framer.feed(bytes('{"a":"'));
  assertEquals(framer.next(), null);
  framer.feed(bytes("x".repeat(900)));
  assertEquals(framer.next(), null);
  framer.feed(bytes("x".repeat(95)));
  assertThrows(() => framer.next(), ServiceError, "longer than 1000 bytes");
});

Deno.test("128 levels of nesting are accepted, and 129 are not", () => {
  const nested = (levels: number) => `{"a":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;
  assertEquals(framesOf([bytes(nested(128))]).length, 1);
  assertStops(nested(129), "BAD_JSON", "deeper than 128");
});

Deno.test("a byte order mark is accepted at the start of a stream, also in pieces", () => {
  const stream = new Uint8Array([0xef, 0xbb, 0xbf, ...bytes(' {"a":1}\n{"b":2}')]);
  for (const length of [1, 2, 1000]) {
    const texts = framesOf(cut(stream, () => length)).map(({ text }) => text);
    assertEquals(texts, ['{"a":1}', '{"b":2}']);
  }
});

Deno.test("an incomplete or late byte order mark is BAD_JSON", () => {
  assertStops(new Uint8Array([0xef, 0xbb, 0x7b, 0x7d]), "BAD_JSON", '"{" came');
  assertStops(new Uint8Array([0xef, 0x20]), "BAD_JSON", "0x20 came");
  assertStops(new Uint8Array([0x20, 0xef, 0xbb, 0xbf]), "BAD_JSON", "0xef came");
  const framer = new Framer(100);
  framer.feed(new Uint8Array([...bytes("{}"), 0xef, 0xbb, 0xbf, ...bytes("{}")]));
  assertEquals(framer.next()?.text, "{}");
  assertThrows(() => framer.next(), ServiceError, "0xef came");
});

Deno.test("input that doesn't start with a brace is BAD_JSON at its first byte", () => {
  assertStops("[1]", "BAD_JSON", '"[" came');
  assertStops("GET / HTTP/1.1\r\n", "BAD_JSON", '"G" came');
  assertStops(' "text"', "BAD_JSON", "came");
  assertStops(new Uint8Array([0x16, 0x03, 0x01]), "BAD_JSON", "0x16 came");
  assertStops(new Uint8Array([0]), "BAD_JSON", "0x00 came");
});

Deno.test("input that can no longer become JSON is refused without waiting for its end", () => {
  assertStops('{"a":[1}', "BAD_JSON", "other kind");
  assertStops('{"a":1]', "BAD_JSON", "other kind");
  assertStops('{"Request":"Status}\n', "BAD_JSON", "inside a string");
  assertStops('{"a":\u0001', "BAD_JSON", "outside a string");
  assertStops(new Uint8Array([0x7b, 0xff]), "BAD_JSON", "outside a string");
});

Deno.test("an object that isn't UTF-8 is BAD_JSON, and the next one is read", () => {
  for (const wrong of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]]) {
    const framer = new Framer(100);
    framer.feed(new Uint8Array([...bytes('{"a":"'), ...wrong, ...bytes('"}{"b":2}')]));
    const error = assertThrows(() => framer.next(), ServiceError, "UTF-8");
    assertEquals(error.code, "BAD_JSON");
    assert(!framer.broken);
    assertEquals(framer.next()?.text, '{"b":2}');
  }
});

Deno.test("a stream may end between objects, but not inside one", () => {
  for (const whole of ["", " \n", "{}", "{} "]) framesOf([bytes(whole)]);
  for (const part of ["{", '{"a', '{"a":{}', '{"a":"}']) {
    const error = assertThrows(() => framesOf([bytes(part)]), ServiceError, "ended inside");
    assertEquals(error.code, "BAD_JSON");
  }
  for (const length of [1, 2]) {
    const mark = new Uint8Array([0xef, 0xbb, 0xbf]).slice(0, length);
    assertThrows(() => framesOf([mark]), ServiceError, "ended inside a byte order mark");
  }
});

Deno.test("the limit takes precedence over a later fault, in one piece and in many", () => {
  const stream = bytes(`{"a":"${"x".repeat(94)}]`);
  for (const length of [stream.length, 1]) {
    const error = assertThrows(
      () => framesOf(cut(stream, () => length), new Framer(100)),
      ServiceError,
    );
    assertEquals(error.code, "TOO_LARGE");
  }
});

Deno.test("members of an object keep their text, including repeated and escaped keys", () => {
  const text = '{"a":1.0,"\\u0061":"x,}","b":{"c":[1,{"d":2}]},"e":[],"f":12345678901234567890}';
  assertEquals(members(text), [
    { key: "a", value: "1.0", text: '"a":1.0' },
    { key: "a", value: '"x,}"', text: '"\\u0061":"x,}"' },
    { key: "b", value: '{"c":[1,{"d":2}]}', text: '"b":{"c":[1,{"d":2}]}' },
    { key: "e", value: "[]", text: '"e":[]' },
    { key: "f", value: "12345678901234567890", text: '"f":12345678901234567890' },
  ]);
  assertEquals(members("{}"), []);
});
