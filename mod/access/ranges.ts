import { BlockList, isIP } from "node:net";
import { SettingsError } from "../common/errors.ts";

type Family = "ipv4" | "ipv6";
const BITS: Record<Family, number> = { ipv4: 32, ipv6: 128 };
/** Bits of an IPv6 address before the IPv4 address that is mapped into it. */
const MAPPED_BITS = 96;

/**
 * Ranges of IP addresses. An IPv4 address that is mapped into IPv6 (`::ffff:10.0.0.1`) counts as IPv4.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { AddressRanges } from "./ranges.ts";
 *
 * const ranges = new AddressRanges(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]);
 * assertEquals(ranges.includes("10.1.2.3"), true);
 * assertEquals(ranges.includes("192.0.2.8"), false);
 * ```
 */
export class AddressRanges {
  // Node's class says whether an address is in a list, whatever is to be done with it then.
  readonly #list = new BlockList();
  readonly #ranges: readonly string[];

  /**
   * @param ranges `10.0.0.0/8`, `fd00::/8` or single addresses
   * @throws {SettingsError} that names the entry that is neither
   */
  constructor(ranges: readonly string[]) {
    this.#ranges = ranges;
    for (const range of ranges) {
      const [address, prefix, family] = parse(range);
      this.#list.addSubnet(address, prefix, family);
    }
  }

  /** The ranges as they were given. */
  toJSON(): readonly string[] {
    return this.#ranges;
  }

  /** Whether this text is an address in one of the ranges. */
  includes(address: string): boolean {
    const plain = unmapped(address);
    const family = familyOf(plain);
    return family !== null && this.#list.check(plain, family);
  }
}

const LOOPBACK = new AddressRanges(["127.0.0.0/8", "::1"]);

/** Whether this address or name can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || LOOPBACK.includes(host);
}

/**
 * What identifies a client: an IPv4 address, or the first 64 bits of
 * an IPv6 address, since whoever has one address of such a network has all.
 */
export function networkOf(address: string): string {
  const plain = unmapped(address);
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("::");
  const before = head.split(":").filter((group) => group !== "");
  const after = tail === undefined ? [] : tail.split(":");
  const groups = [
    ...before,
    ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0"),
    ...after,
  ];
  return groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16)).join(":");
}

function parse(range: string): [address: string, prefix: number, family: Family] {
  const [, address, digits] = /^([0-9A-Fa-f.:]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(range) ?? [];
  const family = address === undefined ? null : familyOf(address);
  if (family === null) throw misfit(range);
  const prefix = digits === undefined ? BITS[family] : Number(digits);
  if (prefix > BITS[family]) throw misfit(range);
  const plain = unmapped(address!);
  if (plain === address || prefix < MAPPED_BITS) return [address!, prefix, family];
  return [plain, prefix - MAPPED_BITS, "ipv4"];
}

function misfit(range: string): SettingsError {
  return new SettingsError(
    `allow must be addresses or ranges of them, such as 10.0.0.0/8, 192.0.2.7 or fd00::/8, not ${
      JSON.stringify(range)
    }`,
  );
}

function familyOf(address: string): Family | null {
  const version = isIP(address);
  return version === 0 ? null : version === 4 ? "ipv4" : "ipv6";
}

/** The IPv4 address that is mapped into an IPv6 address, or the address itself. */
function unmapped(address: string): string {
  const [, four] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  return four ?? address;
}
