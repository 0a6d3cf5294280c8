import manifest from "../../deno.json" with { type: "json" };

/** Version of the service, as `--version` prints it and `Info` reports it. */
export const VERSION: string = manifest.version;
