import { parse as parseToml } from "@std/toml";
import { SettingsError } from "../common/errors.ts";
import { nearest } from "../common/nearest.ts";
import { type NamedClient, NamedTokens } from "./named_tokens.ts";
import { type Role, ROLES } from "./principal.ts";
import { readSecretFile } from "./secret_file.ts";
import { digestOf } from "./secrets.ts";
import { checkedToken } from "./token.ts";

/** Limits: length of the file, and number of clients. */
const MOST_BYTES = 2 ** 20, MOST_CLIENTS = 1000;

const WORDS = ["name", "token", "sha256", "role", "roots"];

/** A name that fits a line of the log: letters and digits of any script, and some signs. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,63}$/u;

/**
 * The clients in a TOML file: a table `[[client]]` each, with `name`, `token` or `sha256`, `role` and,
 * where it may not name files under all roots, `roots`. No message shows any of a token.
 *
 * @throws {SettingsError} when the file can't be read, every user may read or write it, or it says
 * anything else
 */
export function readTokensFile(path: string): NamedTokens {
  const text = readSecretFile("the tokens file", path, MOST_BYTES + 1);
  const file = `the tokens file ${path}`;
  if (text.length > MOST_BYTES) throw new SettingsError(`${file} is longer than ${MOST_BYTES}`);
  const given = parsed(text, file);
  refuseUnknown(given, ["client"], file);
  const { client: tables } = given;
  if (!Array.isArray(tables) || tables.length === 0) {
    throw new SettingsError(`${file} names no client: begin each of them with a line [[client]]`);
  }
  if (tables.length > MOST_CLIENTS) {
    throw new SettingsError(`${file} names ${tables.length} clients: ${MOST_CLIENTS} are allowed`);
  }
  const clients = tables.map((table, index) => clientOf(table, `client ${index + 1} of ${file}`));
  refuseTwice(clients.map(({ name }) => name.normalize("NFKC").toLowerCase()), file, "name");
  refuseTwice(clients.map(({ digest }) => digest.join()), file, "token");
  return new NamedTokens(clients, path);
}

/** The parser's own message would show the file's contents. */
function parsed(text: string, file: string): Record<string, unknown> {
  try {
    return parseToml(text);
  } catch (error) {
    const [place = ""] = /line \d+/.exec(error instanceof Error ? error.message : "") ?? [];
    throw new SettingsError(`${file} is not TOML${place === "" ? "" : `: look at ${place}`}`);
  }
}

function clientOf(table: unknown, which: string): NamedClient {
  if (typeof table !== "object" || table === null) throw new SettingsError(`${which} is no table`);
  const given = table as Record<string, unknown>;
  refuseUnknown(given, WORDS, which);
  const { name } = given;
  if (typeof name !== "string" || !NAME.test(name)) {
    throw new SettingsError(
      `${which} needs a name: 1 to 64 letters, digits, spaces and signs of . _ @ -, the first a letter or digit`,
    );
  }
  const named = `${which}, ${name},`;
  const role = roleOf(given.role, named);
  return { name, role, roots: rootsOf(given.roots, role, named), digest: tokenOf(given, named) };
}

function roleOf(given: unknown, which: string): Role {
  const role = ROLES.find((one) => one === given);
  if (role !== undefined) return role;
  const meant = typeof given === "string" ? hint(given, ROLES) : "";
  const came = given === undefined ? "none" : shown(given);
  throw new SettingsError(
    `${which} needs a role, one of ${ROLES.join(", ")}, and has ${came}${meant}`,
  );
}

function rootsOf(given: unknown, role: Role, which: string): string[] | null {
  if (given === undefined) return null;
  if (role === "look") {
    throw new SettingsError(`${which} has the role look and names no files: leave its roots out`);
  }
  const roots = Array.isArray(given) ? given : [given];
  if (roots.length > 0 && roots.every((one) => typeof one === "string" && one !== "")) return roots;
  throw new SettingsError(
    `${which} has roots that are no list of folders: leave them out to allow all`,
  );
}

function tokenOf({ token, sha256 }: Record<string, unknown>, which: string): Uint8Array {
  if ((token === undefined) === (sha256 === undefined)) {
    const fault = token === undefined ? "has neither token nor sha256" : "has token and sha256";
    throw new SettingsError(`${which} ${fault}: give one of them`);
  }
  if (sha256 !== undefined) {
    if (typeof sha256 === "string" && /^[0-9a-f]{64}$/i.test(sha256)) {
      return Uint8Array.fromHex(sha256);
    }
    throw new SettingsError(
      `${which} has a sha256 that isn't 64 hexadecimal digits; make one with: printf %s TOKEN | sha256sum`,
    );
  }
  if (typeof token !== "string") throw new SettingsError(`${which} has a token that is no string`);
  return digestOf(checkedToken(token, `the token of ${which}`));
}

function refuseUnknown(given: object, known: readonly string[], which: string): void {
  for (const word of Object.keys(given)) {
    if (known.includes(word)) continue;
    const meant = hint(word, known) || `; use ${known.join(", ")}`;
    throw new SettingsError(`the word ${shown(word)} in ${which} is not known${meant}`);
  }
}

/** A longer name may be a token in the wrong place. */
function shown(given: unknown): string {
  const text = JSON.stringify(given);
  return text.length < 16 ? text : "…";
}

function hint(typed: string, known: readonly string[]): string {
  const meant = nearest(typed, known);
  return meant === null ? "" : `; did you mean ${meant}?`;
}

function refuseTwice(values: readonly string[], file: string, what: string): void {
  const seen = new Map<string, number>();
  values.forEach((value, index) => {
    const first = seen.get(value);
    if (first !== undefined) {
      throw new SettingsError(
        `clients ${first + 1} and ${index + 1} of ${file} have the same ${what}: give each its own`,
      );
    }
    seen.set(value, index);
  });
}
