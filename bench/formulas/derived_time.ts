// Two columns made of two columns, beside the time.

export { map } from "./derived.ts";
export const keep = ["time"];
