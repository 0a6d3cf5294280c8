// A formula shares the realm, and what it finds there by then is less.
const { inspect } = Deno;

/**
 * A value as the console shows it. Members of the value that say how, which would be given the host's functions, have
 * no say.
 */
export function show(value: unknown, how: Deno.InspectOptions = {}): string {
  const all = { ...how, customInspect: false }; // an option that Deno's types don't have
  return inspect(value, all);
}
