import { type Certificate, readCertificate } from "../access/certificate.ts";
import type { NamedTokens } from "../access/named_tokens.ts";
import { readTokenFile, Token, TOKEN_VARIABLE } from "../access/token.ts";
import { readTokensFile } from "../access/tokens_file.ts";
import { SettingsError } from "../common/errors.ts";
import { type GivenSettings, lastWith } from "./given_settings.ts";
import { filePath } from "./setting_types.ts";
import { SETTINGS } from "./table.ts";

/** What settings say where to read: each is made of several rows, and of the last layer that has one. */
export interface Credentials {
  token: Token | null;
  tokens: NamedTokens | null;
  tls: Certificate | null;
}

/**
 * Reads the files with tokens and the certificate. Those of layers that others go over are not even read.
 *
 * @throws {SettingsError}
 */
export function readCredentials(
  layers: readonly GivenSettings[],
  hasHttpTokenFile: boolean,
): Credentials {
  const token = tokenOf(layers), tokens = tokensOf(layers);
  if (tokens !== null && token !== null) refuseBothTokens(layers);
  if (tokens !== null && hasHttpTokenFile) {
    throw new SettingsError(
      "http-token-file and tokens-file are both given: leave http-token-file out, as the page asks for " +
        "the tokens of tokens-file; whoever only looks may be a client of the role look there",
    );
  }
  return { token, tokens, tls: certificateOf(layers) };
}

/** The token of the last layer that has one, in a file before that in the environment. */
function tokenOf(layers: readonly GivenSettings[]): Token | null {
  const given = lastWith(layers, "token-file", "token");
  if (given === undefined) return null;
  const file = given["token-file"];
  return new Token(
    file === undefined
      ? SETTINGS.token.type.read("token", given.token)!
      : readTokenFile(filePath.read("token-file", file)),
  );
}

function tokensOf(layers: readonly GivenSettings[]): NamedTokens | null {
  const given = lastWith(layers, "tokens-file");
  return given === undefined
    ? null
    : readTokensFile(filePath.read("tokens-file", given["tokens-file"]));
}

function refuseBothTokens(layers: readonly GivenSettings[]): never {
  const single = lastWith(layers, "token-file") === undefined
    ? `the variable ${TOKEN_VARIABLE}`
    : "token-file";
  throw new SettingsError(
    `${single} and tokens-file are both given: leave one of them out; whoever has the token of ` +
      `${single} may be a client of the role admin in tokens-file`,
  );
}

function certificateOf(layers: readonly GivenSettings[]): Certificate | null {
  const cert = lastWith(layers, "tls-cert")?.["tls-cert"];
  const key = lastWith(layers, "tls-key")?.["tls-key"];
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? "tls-cert" : "tls-key";
    throw new SettingsError(`${missing} is missing: TLS needs both tls-cert and tls-key`);
  }
  return readCertificate(filePath.read("tls-cert", cert), filePath.read("tls-key", key));
}
