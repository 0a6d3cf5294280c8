// Raw Snappy blocks (format description, google/snappy). Output is produced piece by piece, so that of a
// large page no more is decompressed than is wanted.

let target: usize = 0;
let size: u32 = 0;
let done: u32 = 0;
/** Bytes of a literal that are still to be copied. */
let literal: u32 = 0;
/** Bytes of the output that are no longer there. */
let dropped: u32 = 0;
let missed: bool = false;

/** Begins a block whose `length` bytes go to `output`, behind which 64 bytes may be overwritten. */
export function snappyBegin(output: usize, length: u32): void {
  target = output;
  size = length;
  done = 0;
  literal = 0;
  dropped = 0;
  missed = false;
}

/** Says that the output was moved `count` bytes to the front, and is gone that far before its `first` byte. */
export function snappyMoved(count: u32, first: u32): void {
  target -= count;
  dropped = first;
}

/** Says that the block goes on behind its first `count` bytes, which are not there. */
export function snappySkipped(count: u32): void {
  done = count;
  dropped = count;
}

/**
 * Steps over the next bytes of the output up to `until`, or a little further, without producing them, until the input
 * gives out. Returns where the input goes on, which may lie behind `end`, or 0 where the block is damaged.
 *
 * @param last Whether the block ends at `end`.
 */
export function snappySkip(at: usize, end: usize, last: bool, until: u32): usize {
  let to = done;
  while (to < until && at < end && (last || end - at >= 5)) {
    const tag = <u32>load<u8>(at++);
    let count = (tag >>> 2) + 1;
    switch (tag & 3) {
      case 0: {
        if (count > 60) {
          const extra = count - 60;
          if (at + extra > end) return 0;
          count = (load<u32>(at) & (0xffffffff >>> (32 - 8 * extra))) + 1;
          if (count == 0) return 0;
          at += extra;
        }
        at += count;
        break;
      }
      case 1:
        count = ((count - 1) & 7) + 4;
        at += 1;
        break;
      case 2:
        at += 2;
        break;
      default:
        at += 4;
    }
    if (count > size - to) return 0;
    to += count;
  }
  done = to;
  return at;
}

/** Whether the block was given up because it repeats bytes that are no longer there. */
export function snappyMissed(): bool {
  return missed;
}

/** Bytes produced so far. */
export function snappyDone(): u32 {
  return done;
}

/** Whether a literal is not copied to its end yet. */
export function snappyOpen(): bool {
  return literal > 0;
}

/**
 * Decompresses until `until` bytes are there or the input gives out; 16 bytes behind `end` are readable.
 * Returns where it stopped reading, or 0 where the block is damaged.
 *
 * @param last Whether the block ends at `end`.
 */
export function snappyStep(at: usize, end: usize, last: bool, until: u32): usize {
  let to = done;
  const output = target;
  while (to < until) {
    if (literal == 0) {
      // Far from both ends: short literals, copies of the eight bytes before, as numbers of eight bytes have them,
      // and short ones from further back, where these begin to differ. The last eight bytes are in `recent`: loading what was just stored in parts would wait for it.
      const farthest = min(until, size - min<u32>(size, 80));
      let recent = to - dropped >= 8 ? load<u64>(output + to - 8) : 0;
      while (to < farthest && to - dropped >= 8 && at + 16 <= end) {
        let tag = <u32>load<u8>(at);
        if ((tag & 3) == 0) {
          const count = (tag >>> 2) + 1;
          if (count > 8) break;
          const bytes = load<u64>(at, 1);
          store<u64>(output + to, bytes);
          recent = count == 8 ? bytes : (recent >>> (count << 3)) | (bytes << (64 - (count << 3)));
          at += 1 + count;
          to += count;
          tag = <u32>load<u8>(at);
        }
        let count: u32 = 0, offset: u32 = 0, next = at;
        if ((tag & 3) == 1) {
          count = ((tag >>> 2) & 7) + 4;
          offset = ((tag >>> 5) << 8) | <u32>load<u8>(at, 1);
          next += 2;
        } else if ((tag & 3) == 2) {
          count = (tag >>> 2) + 1;
          offset = <u32>load<u16>(at, 1);
          next += 3;
        } else if ((tag & 3) == 0) continue;
        else break;
        const into = output + to;
        if (offset == 8) {
          store<u64>(into, recent);
          store<u64>(into, recent, 8);
          for (let more: u32 = 16; more < count; more += 8) store<u64>(into + more, recent);
          recent = rotr<u64>(recent, (count & 7) << 3);
        } else {
          if (offset < 16 || count > 16 || offset > to - dropped) break;
          const bytes = load<u64>(into - offset);
          store<u64>(into, bytes);
          store<u64>(into, load<u64>(into - offset, 8), 8);
          recent = count < 8
            ? (recent >>> (count << 3)) | (bytes << (64 - (count << 3)))
            : load<u64>(into - offset + (count - 8));
        }
        at = next;
        to += count;
      }
      if (to >= until) break;
    }
    if (literal) {
      const count = min<u32>(literal, <u32>(end - at));
      if (count == 0) break;
      memory.copy(output + to, at, count);
      at += count;
      to += count;
      literal -= count;
      continue;
    }
    if (end - at < 5 && !last) break;
    if (at >= end) return 0;
    const tag = <u32>load<u8>(at++);
    let count = tag >>> 2;
    let offset: u32;
    switch (tag & 3) {
      case 0: {
        count++;
        if (count > 60) {
          const extra = count - 60;
          if (at + extra > end) return 0;
          count = (load<u32>(at) & (0xffffffff >>> (32 - 8 * extra))) + 1;
          if (count == 0) return 0;
          at += extra;
        }
        if (count > size - to) return 0;
        if (count <= 16 && at + count <= end) {
          v128.store(output + to, v128.load(at));
          at += count;
          to += count;
        } else literal = count;
        continue;
      }
      case 1:
        if (at >= end) return 0;
        count = (count & 7) + 4;
        offset = ((tag >>> 5) << 8) | <u32>load<u8>(at);
        at += 1;
        break;
      case 2:
        if (at + 2 > end) return 0;
        count++;
        offset = <u32>load<u16>(at);
        at += 2;
        break;
      default:
        if (at + 4 > end) return 0;
        count++;
        offset = load<u32>(at);
        at += 4;
    }
    if (offset == 0 || offset > to || count > size - to) return 0;
    if (offset > to - dropped) {
      missed = true;
      return 0;
    }
    let into = output + to;
    to += count;
    let from = into - offset;
    if (offset >= 16) {
      for (let left: i32 = count; left > 0; left -= 16, into += 16, from += 16) {
        v128.store(into, v128.load(from));
      }
    } else if (offset >= 8) {
      for (let left: i32 = count; left > 0; left -= 8, into += 8, from += 8) {
        store<u64>(into, load<u64>(from));
      }
    } else {
      for (const stop = into + count; into < stop; into++, from++) store<u8>(into, load<u8>(from));
    }
  }
  done = to;
  return at;
}

// Copies reach back less than 2^16 bytes, and each block is compressed for itself.
const BLOCK: u32 = 1 << 16;
const HASH_BITS: u32 = 13;
/** Copies after which a run of alike numbers is looked for again where there was none. */
const PAUSE: i32 = 16;
const table = memory.data(2 << 13, 16);

// @ts-ignore: decorator
@inline
function slotOf(word: u32): usize {
  return table + (((word * 0x9e3779b1) >>> (32 - HASH_BITS)) << 1);
}

/** Compresses bytes to a block without its length in front; gives the end of what was written. */
export function snappyEncode(input: usize, length: u32, to: usize): usize {
  for (let at: u32 = 0; at < length; at += BLOCK) {
    to = encodeBlock(input + at, min<u32>(BLOCK, length - at), to);
  }
  return to;
}

function encodeBlock(input: usize, length: u32, to: usize): usize {
  const end = input + length;
  const last = end - 8;
  let first = input;
  let at = input + 1;
  let misses: u32 = 32, pause: i32 = 0;
  memory.fill(table, 0, 2 << HASH_BITS);
  if (length >= 16) {
    while (at <= last) {
      const word = load<u32>(at);
      const slot = slotOf(word);
      let candidate = input + <usize>load<u16>(slot);
      store<u16>(slot, <u16>(at - input));
      if (load<u32>(candidate) != word || candidate >= at) {
        // Numbers of eight bytes often end as the one before, while they begin otherwise.
        const alike = at - input < 8 ? 0 : <u32>(clz(load<u64>(at) ^ load<u64>(at - 8)) >>> 3);
        if (alike < 4) {
          const step = misses >>> 5;
          at += step;
          misses += step;
          continue;
        }
        at += 8 - alike;
        if (at > last) break;
        candidate = at - 8;
      }
      misses = 32;
      let count: u32 = 4;
      while (at + count <= last) {
        const differs = load<u64>(at + count) ^ load<u64>(candidate + count);
        if (differs) {
          count += <u32>(ctz(differs) >>> 3);
          break;
        }
        count += 8;
      }
      if (at + count > last) {
        while (at + count < end && load<u8>(at + count) == load<u8>(candidate + count)) count++;
      }
      to = putLiteral(first, <u32>(at - first), to);
      to = putCopy(<u32>(at - candidate), count, to);
      const ofBefore = at - candidate == 8;
      at += count;
      if (ofBefore && pause-- == 0) {
        // As long as numbers go on so, all of one is known from two loads: none waits for the one before.
        while (at + 8 <= last) {
          const differs = load<u64>(at) ^ load<u64>(at - 8), then = load<u64>(at + 8) ^ load<u64>(at);
          const alike = <u32>(clz(differs) >>> 3), more = <u32>(ctz(then) >>> 3);
          if (alike < 4 || alike == 8 || more == 8) break;
          const word = load<u32>(at), slot = slotOf(word), other = input + <usize>load<u16>(slot);
          if (load<u32>(other) == word && other < at) break;
          store<u16>(slot, <u16>(at - input));
          const fresh = 8 - alike;
          store<u8>(to, <u8>((fresh - 1) << 2));
          store<u32>(to, word, 1);
          to = putShortCopy(8, alike + more, to + 1 + fresh);
          at += 8 + more;
          pause = 0;
        }
        if (pause < 0) pause = PAUSE;
      }
      first = at;
      if (at <= last) store<u16>(slotOf(load<u32>(at - 1)), <u16>(at - 1 - input));
    }
  }
  return putLiteral(first, <u32>(end - first), to);
}

function putLiteral(from: usize, length: u32, to: usize): usize {
  if (length == 0) return to;
  if (length <= 60) store<u8>(to++, <u8>((length - 1) << 2));
  else if (length <= 256) {
    store<u8>(to, 60 << 2);
    store<u8>(to + 1, <u8>(length - 1));
    to += 2;
  } else {
    store<u8>(to, 61 << 2);
    store<u16>(to + 1, <u16>(length - 1));
    to += 3;
  }
  if (length <= 16) v128.store(to, v128.load(from));
  else memory.copy(to, from, length);
  return to + length;
}

function putCopy(offset: u32, length: u32, to: usize): usize {
  while (length >= 68) {
    to = putShortCopy(offset, 64, to);
    length -= 64;
  }
  if (length > 64) {
    to = putShortCopy(offset, 60, to);
    length -= 60;
  }
  return putShortCopy(offset, length, to);
}

// @ts-ignore: decorator
@inline
function putShortCopy(offset: u32, length: u32, to: usize): usize {
  if (length < 12 && offset < 2048) {
    store<u8>(to, <u8>(1 | ((length - 4) << 2) | ((offset >>> 8) << 5)));
    store<u8>(to + 1, <u8>offset);
    return to + 2;
  }
  store<u8>(to, <u8>(2 | ((length - 1) << 2)));
  store<u16>(to + 1, <u16>offset);
  return to + 3;
}
