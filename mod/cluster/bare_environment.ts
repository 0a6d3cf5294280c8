/**
 * A package that ioredis logs with lists all environment variables while it is loaded, which the service
 * has no right to. Imported before it, this module leaves none to be seen until they are put back.
 */
import process from "node:process";

const environment = process.env;
process.env = {};

/** Puts the environment back. */
export function restoreEnvironment(): void {
  process.env = environment;
}
