import { describeConfiguration } from "../../settings/description.ts";
import { err, out } from "../output/standard_output.ts";
import { configurationOf, SETTING_OPTIONS } from "../arguments/setting_options.ts";
import { type Command, type Given, PROGRAM } from "../arguments/usage.ts";

export const config: Command = {
  name: "config",
  operands: "",
  summary: "print the settings in force and where each comes from",
  description: `Takes the options of serve and prints what the service would start with, as a
settings file; a remark says whether a value is the default, or comes from the
file, the environment or an option. Secrets are not shown.`,
  options: SETTING_OPTIONS,
  examples: [`${PROGRAM} config --config /etc/measuring.toml`],
  run: printConfiguration,
};

// deno-lint-ignore require-await
async function printConfiguration(given: Given): Promise<number> {
  const configuration = configurationOf(given);
  for (const name of configuration.strangers) {
    err(`the environment's ${name} is no setting and is not looked at\n`);
  }
  out(describeConfiguration(configuration));
  return 0;
}
