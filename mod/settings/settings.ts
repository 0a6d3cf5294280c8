import type { Certificate } from "../access/certificate.ts";
import type { NamedTokens } from "../access/named_tokens.ts";
import type { Token } from "../access/token.ts";
import { SettingsError } from "../common/errors.ts";
import { readCredentials } from "./credentials.ts";
import { FILE_ENTRIES, LIMIT_ENTRIES } from "./entries.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { type GivenSettings, refuseUnknown } from "./given_settings.ts";
import { misfit } from "./setting_types.ts";
import type { PlainSettings } from "./table.ts";

/** What the service is started with. */
export interface Settings extends PlainSettings {
  /** What requests have to carry, or null where everybody who gets through may ask. */
  token: Token | null;
  /** Clients with tokens of their own, in place of the one token; null where they aren't told apart. */
  tokens: NamedTokens | null;
  /** What makes connections TLS, or null where they are plain. */
  tls: Certificate | null;
  limits: Limits;
}

/** What holds where nothing else is said. */
export function defaultSettings(): Settings {
  const values: Record<string, unknown> = { limits: defaultLimits() };
  for (const { key, row } of FILE_ENTRIES) values[key] = structuredClone(row.default);
  return values as unknown as Settings;
}

/**
 * Settings made of the defaults and what was given, the later over the earlier.
 *
 * @throws {SettingsError}
 */
export function makeSettings(...layers: GivenSettings[]): Settings {
  const settings = defaultSettings();
  for (const given of layers) {
    Object.assign(settings, readPlain(given));
    Object.assign(settings.limits, readLimits(given.limits));
  }
  refuseWithoutCluster(settings);
  return { ...settings, ...readCredentials(layers, settings.httpTokenFile !== null) };
}

/** What one layer has of the settings that are what their row reads, by property. */
function readPlain(given: GivenSettings): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { name, key, row } of FILE_ENTRIES) {
    if (given[name] === undefined || row.makes !== undefined) continue;
    values[key] = row.type.read(name, given[name]);
  }
  return values;
}

function readLimits(given: unknown): Partial<Limits> {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw misfit("limits", given, "a table");
  }
  refuseUnknown(given, LIMIT_ENTRIES.map(({ name }) => name), "in [limits]");
  const values: Partial<Limits> = {};
  for (const [name, value] of Object.entries(given)) {
    const { key, row } = LIMIT_ENTRIES.find((entry) => entry.name === name)!;
    values[key] = row.type.read(`limits.${name}`, value);
  }
  return values;
}

function refuseWithoutCluster({ cluster, clusterCa, clusterSecret }: Settings): void {
  if (clusterCa !== null && !cluster?.startsWith("rediss:")) {
    throw new SettingsError("cluster-ca goes with a cluster that talks TLS: rediss://HOST:PORT");
  }
  if (clusterSecret !== null && cluster === null) {
    throw new SettingsError("cluster-secret goes with a cluster: redis://HOST:PORT");
  }
}
