/** Large, and loaded by the first formula whose types are not of the usual kinds. */
export { transformSync } from "amaro";
