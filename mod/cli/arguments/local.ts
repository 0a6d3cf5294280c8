import { Math as MathPart } from "../../math.ts";
import { Hosts } from "../../remote/hosts.ts";
import { defaultSettings } from "../../settings/settings.ts";
import { Roots } from "../../system/roots.ts";

/**
 * What runs jobs of a command on this machine, without a service.
 *
 * @param folders Where data, formulas and results may lie.
 * @param hosts HTTP servers that data may be read from.
 * @throws {SettingsError} for a folder or a host that can't be used
 */
export function localMath(folders: string[], hosts: string[] = []): MathPart {
  const { workers, limits } = defaultSettings();
  return new MathPart({
    roots: new Roots(folders),
    hosts: new Hosts(hosts),
    workers,
    spare: 1,
    limits,
  });
}
